//! `/admin/v1/keys`: issued once, listed without the token, revoked at once.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, dev, http};

#[tokio::test]
async fn a_token_is_shown_once() {
    let tenant = Tenant::create("starter").await;
    let key = tenant.key("cfo").await;
    let list = tenant
        .admin(http::Method::GET, "keys")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        list.contains(&key.key_id) && !list.contains(&key.token),
        "{list}"
    );
    assert!(!list.contains("sha256"), "{list}");
}

#[tokio::test]
async fn revoking_is_listed_and_can_be_repeated() {
    let tenant = Tenant::create("starter").await;
    let key = tenant.key("agent").await;
    for _ in 0..2 {
        let path = format!("keys/{}", key.key_id);
        let revoked = tenant
            .admin(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(revoked.status(), 204);
    }
    let list: Value = tenant.get("keys").await;
    let listed = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["key_id"] == key.key_id)
        .unwrap();
    assert!(listed["revoked_at"].is_i64(), "{listed}");
}

#[tokio::test]
async fn bad_wishes_are_named() {
    let tenant = Tenant::create("starter").await;
    let create = async |body: Value| {
        tenant
            .admin(http::Method::POST, "keys")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let long = "x".repeat(101);
    for (body, status, code) in [
        (json!({ "name": "a", "role": "owner" }), 400, "body"),
        (json!({ "name": "a" }), 400, "body"),
        (
            json!({ "name": "a", "role": "viewer", "scope": "all" }),
            400,
            "body",
        ),
        (json!({ "name": " ", "role": "viewer" }), 422, "name"),
        (json!({ "name": long, "role": "viewer" }), 422, "name"),
        (
            json!({ "name": "a", "role": "viewer", "expires_in_days": 0 }),
            422,
            "expires_in_days",
        ),
        (
            json!({ "name": "a", "role": "viewer", "expires_in_days": 366 }),
            422,
            "expires_in_days",
        ),
    ] {
        assert_problem(create(body).await, status, code).await;
    }
    let broken = tenant
        .admin(http::Method::POST, "keys")
        .header("Content-Type", "application/json")
        .body("{")
        .send()
        .await
        .unwrap();
    assert_problem(broken, 400, "body").await;
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let tenant = Tenant::create("starter").await;
    for key in ["k_0000000000000000000", "nonsense", "%27%20or%201=1"] {
        let path = format!("keys/{key}");
        let response = tenant
            .admin(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        assert_problem(response, 404, "not_found").await;
    }
}

#[tokio::test]
async fn only_an_admin_issues_keys() {
    for role in ["manager", "cfo", "agent", "viewer"] {
        let response = http()
            .post(format!("{}/admin/v1/keys", dev().url))
            .bearer_auth(dev().key(role))
            .json(&json!({ "name": "mine", "role": "admin" }))
            .send()
            .await
            .unwrap();
        assert_problem(response, 403, "not_permitted").await;
    }
}
