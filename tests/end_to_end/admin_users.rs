//! `/admin/v1/users`: registered, given roles, restricted, suspended; in force at once.

use serde_json::{Value, json};

use crate::support::{
    Assistant, Choice, Person, Tenant, assert_problem, dev, http as client, post, rpc,
};

#[tokio::test]
async fn suspending_a_user_stops_their_assistants() {
    let tenant = Tenant::create("starter").await;
    let user = tenant.user("viewer").await;
    let person = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    let body = assistant
        .connect(&person, "tool.read", Choice::default())
        .await;
    let (token, refresh) = (
        body["access_token"].as_str().unwrap(),
        body["refresh_token"].as_str().unwrap(),
    );
    let suspend = async |suspended: bool| {
        let path = format!("users/{user}");
        let response = tenant.patch(&path, json!({ "suspended": suspended })).await;
        assert_eq!(response.status(), 200);
    };
    let list = rpc("tools/list", json!({}));
    assert_eq!(post(token, &list).await.status(), 200);
    suspend(true).await;
    assert_eq!(post(token, &list).await.status(), 401);
    assert_eq!(assistant.refresh(refresh, &[]).await.0, 400);
    suspend(false).await;
    assert_eq!(post(token, &list).await.status(), 200, "and back");
    assert_eq!(
        assistant.refresh(refresh, &[]).await.0,
        200,
        "the token was not used up"
    );
}

#[tokio::test]
async fn bad_wishes_are_named() {
    let tenant = Tenant::create("starter").await;
    let create = async |body: Value| {
        let request = tenant.admin(http::Method::POST, "users");
        request.json(&body).send().await.unwrap()
    };
    for (body, status, code) in [
        (json!({ "name": "a", "role": "Owner!" }), 400, "body"),
        (json!({ "name": "a", "role": "owner" }), 422, "role"),
        (json!({ "name": " ", "role": "viewer" }), 422, "name"),
        (
            json!({ "name": "a", "role": "viewer", "email": "a" }),
            422,
            "email",
        ),
        (
            json!({ "name": "a", "role": "viewer", "phone": "0712" }),
            422,
            "phone",
        ),
        (
            json!({ "name": "a", "role": "viewer", "allow_tables": [""] }),
            422,
            "allow_tables",
        ),
    ] {
        assert_problem(create(body).await, status, code).await;
    }
    for user in ["p_0000000000000000000", "nonsense"] {
        let request = tenant.admin(http::Method::PATCH, &format!("users/{user}"));
        let response = request
            .header("If-Match", "*")
            .json(&json!({ "suspended": true }))
            .send()
            .await
            .unwrap();
        assert_problem(response, 404, "not_found").await;
    }
}

#[tokio::test]
async fn an_address_is_one_persons() {
    let (ours, theirs) = (
        Tenant::create("starter").await,
        Tenant::create("starter").await,
    );
    let person = json!({ "name": "a", "role": "viewer", "email": "Wanjiku@duka.test" });
    let created = ours.create_at("users", person.clone()).await;
    assert_eq!(created["email"], "wanjiku@duka.test");
    let request = ours.admin(http::Method::POST, "users").json(&person);
    assert_problem(request.send().await.unwrap(), 409, "conflict").await;
    theirs.create_at("users", person).await;
}

#[tokio::test]
async fn users_are_their_tenants_own() {
    let (ours, theirs) = (
        Tenant::create("starter").await,
        Tenant::create("starter").await,
    );
    let user = theirs.user("viewer").await;
    assert_eq!(ours.get("users").await["items"], json!([]));
    let request = ours.admin(http::Method::PUT, &format!("users/{user}/role"));
    let response = request
        .header("If-Match", "*")
        .json(&json!({ "role": "admin" }))
        .send()
        .await
        .unwrap();
    assert_problem(response, 404, "not_found").await;
    assert_eq!(theirs.get("users").await["items"][0]["role"], "viewer");
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let tenant = Tenant::create("starter").await;
    let (one, other) = (tenant.user("admin").await, tenant.user("admin").await);
    assert_eq!(tenant.assign(&other, "viewer").await.status(), 200);
    assert_problem(tenant.assign(&one, "viewer").await, 409, "last_admin").await;
    let path = format!("users/{one}");
    let suspended = tenant.patch(&path, json!({ "suspended": true })).await;
    assert_problem(suspended, 409, "last_admin").await;
    assert_eq!(tenant.assign(&other, "admin").await.status(), 200);
    assert_eq!(tenant.assign(&one, "viewer").await.status(), 200);
}

/// Somebody who manages users and is no Admin: neither makes one, nor becomes one,
/// nor touches one.
#[tokio::test]
async fn nobody_grants_what_they_do_not_hold() {
    let tenant = Tenant::create("business").await;
    let hands = json!({
        "role": "hands", "permissions": ["user.view", "user.manage", "role.assign", "key.manage_all", "tool.read"],
    });
    tenant.create_at("roles", hands).await;
    let admin = tenant.user("admin").await;
    let key = tenant.key("hands").await;
    let ask = async |method: http::Method, path: &str, body: Value| {
        let url = format!("{}/admin/v1/{path}", dev().url);
        let request = client().request(method, url).bearer_auth(&key.token);
        request
            .header("If-Match", "*")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let (post, put, patch) = (http::Method::POST, http::Method::PUT, http::Method::PATCH);
    let role = format!("users/{admin}/role");
    for (method, path, body) in [
        (&post, "users", json!({ "name": "a", "role": "admin" })),
        (&post, "users", json!({ "name": "a", "role": "viewer" })),
        (&post, "keys", json!({ "name": "a", "role": "manager" })),
        (
            &post,
            "keys",
            json!({ "name": "a", "permissions": ["tool.money"] }),
        ),
        (
            &post,
            "roles",
            json!({ "role": "more", "permissions": ["tool.money"] }),
        ),
        (
            &patch,
            "roles/hands",
            json!({ "permissions": ["billing.manage"] }),
        ),
        (&put, role.as_str(), json!({ "role": "hands" })),
        (
            &patch,
            &format!("users/{admin}"),
            json!({ "suspended": true }),
        ),
    ] {
        let problem = assert_problem(ask(method.clone(), path, body).await, 403, "not_held").await;
        assert!(
            !problem["permissions"].as_array().unwrap().is_empty(),
            "{path}"
        );
    }
    let made = ask(post, "users", json!({ "name": "a", "role": "hands" })).await;
    assert_eq!(
        made.status(),
        201,
        "what they hold themselves they may give"
    );
}

#[tokio::test]
async fn what_an_admin_did_is_in_the_log_with_before_and_after() {
    let tenant = Tenant::create("starter").await;
    let user = tenant.user("viewer").await;
    tenant.assign(&user, "agent").await;
    tenant
        .patch(&format!("users/{user}"), json!({ "suspended": true }))
        .await;
    let log = tenant.log(3).await;
    let of = |action: &str| log.iter().find(|entry| entry["action"] == action).unwrap();
    let role = of("user.role");
    assert_eq!(role["target"], json!(user));
    assert_eq!(role["actor"], "program");
    assert_eq!(role["outcome"]["change"]["before"]["role"], "viewer");
    assert_eq!(role["outcome"]["change"]["after"]["role"], "agent");
    assert_eq!(
        of("user.create")["outcome"]["change"]["before"],
        Value::Null
    );
    assert!(of("user.suspend")["outcome"]["change"]["after"]["suspended_at"].is_string());
}

#[tokio::test]
async fn who_is_held_to_a_connection_that_is_gone_can_still_be_changed() {
    let tenant = Tenant::create("business").await;
    let connection = tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let person = json!({ "name": "a", "role": "viewer", "connections": [connection] });
    let user = tenant.create_at("users", person).await;
    let wanted = json!({ "name": "a", "role": "viewer", "connections": [connection] });
    let key = tenant.key_with(wanted).await;
    let gone = tenant.admin(http::Method::DELETE, &format!("connections/{connection}"));
    assert_eq!(gone.send().await.unwrap().status(), 204);
    let user = format!("users/{}", user["user_id"].as_str().unwrap());
    let suspended = tenant.patch(&user, json!({ "suspended": true })).await;
    assert_eq!(suspended.status(), 200);
    let key = format!("keys/{}", key.key_id);
    assert_eq!(
        tenant.patch(&key, json!({ "name": "b" })).await.status(),
        200
    );
    let again = tenant
        .patch(&user, json!({ "connections": [connection, "c_1"] }))
        .await;
    assert_problem(again, 422, "connections").await;
}
