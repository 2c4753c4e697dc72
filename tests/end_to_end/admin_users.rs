//! `/admin/v1/users`: registered, given roles, suspended; in force at once.

use serde_json::json;

use crate::support::{Assistant, Choice, Person, Tenant, assert_problem, post, rpc};

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
        let request = tenant.admin(http::Method::PATCH, &format!("users/{user}"));
        let response = request
            .json(&json!({ "suspended": suspended }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 204);
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
    let create = async |body: serde_json::Value| {
        tenant
            .admin(http::Method::POST, "users")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    assert_problem(
        create(json!({ "name": "a", "role": "owner" })).await,
        400,
        "body",
    )
    .await;
    assert_problem(
        create(json!({ "name": " ", "role": "viewer" })).await,
        422,
        "name",
    )
    .await;
    for user in ["p_0000000000000000000", "nonsense"] {
        let request = tenant.admin(http::Method::PATCH, &format!("users/{user}"));
        let response = request
            .json(&json!({ "suspended": true }))
            .send()
            .await
            .unwrap();
        assert_problem(response, 404, "not_found").await;
    }
}

#[tokio::test]
async fn users_are_their_tenants_own() {
    let (ours, theirs) = (
        Tenant::create("starter").await,
        Tenant::create("starter").await,
    );
    let user = theirs.user("viewer").await;
    assert_eq!(ours.get("users").await["items"], json!([]));
    let request = ours.admin(http::Method::PATCH, &format!("users/{user}"));
    let response = request
        .json(&json!({ "role": "admin" }))
        .send()
        .await
        .unwrap();
    assert_problem(response, 404, "not_found").await;
    assert_eq!(theirs.get("users").await["items"][0]["role"], "viewer");
    let manager = ours.key("manager").await;
    let url = format!("{}/admin/v1/users", crate::support::dev().url);
    let body = json!({ "name": "a", "role": "admin" });
    let response = crate::support::http()
        .post(url)
        .bearer_auth(&manager.token)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_problem(response, 403, "not_permitted").await;
}
