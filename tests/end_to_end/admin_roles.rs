//! `/admin/v1/roles`: the five, and those of a tenant's own.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, assert_refused, call};

#[tokio::test]
async fn the_five_are_listed_and_nobodys_to_change() {
    let tenant = Tenant::create("starter").await;
    let listed = tenant.get("roles").await;
    let names: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["role"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["admin", "manager", "cfo", "agent", "viewer"]);
    assert_eq!(
        listed["items"][0]["permissions"].as_array().unwrap().len(),
        35
    );
    for (method, body) in [
        (http::Method::PATCH, Some(json!({ "permissions": [] }))),
        (http::Method::DELETE, None),
    ] {
        let request = tenant.admin(method, "roles/viewer").header("If-Match", "*");
        let request = body
            .iter()
            .fold(request, |request, body| request.json(body));
        assert_problem(request.send().await.unwrap(), 409, "built_in").await;
    }
    let again = json!({ "role": "viewer", "permissions": [] });
    let request = tenant.admin(http::Method::POST, "roles").json(&again);
    assert_problem(request.send().await.unwrap(), 409, "built_in").await;
}

#[tokio::test]
async fn a_tenants_role_is_what_it_says_with_the_next_call() {
    let tenant = Tenant::connected("business").await;
    let role = json!({
        "role": "night-shift", "description": "Looks after the CRM at night.",
        "permissions": ["tool.read", "connector.crm"],
    });
    tenant.create_at("roles", role).await;
    let key = tenant.key("night-shift").await;
    let echo = async || call(&key.token, "crm_echo", json!({ "text": "a" })).await;
    assert_eq!(echo().await.1["result"]["structuredContent"]["text"], "a");
    let fewer = tenant
        .patch("roles/night-shift", json!({ "permissions": ["tool.read"] }))
        .await;
    assert_eq!(fewer.status(), 200);
    assert_refused(&echo().await, 403, "not_permitted");
    let more = json!({ "permissions": ["tool.read", "connector.crm"] });
    assert_eq!(tenant.patch("roles/night-shift", more).await.status(), 200);
    assert_eq!(echo().await.1["result"]["isError"], Value::Bool(false));
}

#[tokio::test]
async fn a_role_that_somebody_has_is_not_deleted() {
    let tenant = Tenant::create("starter").await;
    let role = json!({ "role": "trainee", "permissions": ["tool.read"] });
    tenant.create_at("roles", role).await;
    let user = tenant.user("trainee").await;
    let delete = async || {
        let request = tenant.admin(http::Method::DELETE, "roles/trainee");
        request.send().await.unwrap()
    };
    assert_problem(delete().await, 409, "in_use").await;
    assert_eq!(tenant.assign(&user, "viewer").await.status(), 200);
    assert_eq!(delete().await.status(), 204);
    assert_problem(delete().await, 404, "not_found").await;
    assert_problem(tenant.assign(&user, "trainee").await, 422, "role").await;
}
