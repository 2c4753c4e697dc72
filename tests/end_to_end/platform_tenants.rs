//! `/platform/v1/tenants`: tenants are made and listed, not looked into.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, dev, http};

fn platform(method: http::Method) -> reqwest::RequestBuilder {
    http()
        .request(method, format!("{}/platform/v1/tenants", dev().url))
        .bearer_auth(&dev().platform_admin)
}

#[tokio::test]
async fn a_tenant_is_made_with_its_first_admin_and_listed() {
    let tenant = Tenant::create("enterprise").await;
    let list: Value = platform(http::Method::GET)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let listed = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["tenant_id"] == tenant.tenant_id)
        .unwrap();
    assert_eq!(listed["plan"], "enterprise");
    assert_eq!(listed["status"], "active");
    let keys: Value = tenant.get("keys").await;
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bad_wishes_are_named() {
    for (body, status, code) in [
        (json!({ "name": "a", "plan": "gold" }), 400, "body"),
        (json!({ "plan": "free" }), 400, "body"),
        (json!({ "name": "", "plan": "free" }), 422, "name"),
    ] {
        let response = platform(http::Method::POST)
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_problem(response, status, code).await;
    }
}
