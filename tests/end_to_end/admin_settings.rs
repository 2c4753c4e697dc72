//! `/admin/v1/settings`: what a tenant has chosen, within its bounds.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem};

async fn change(tenant: &Tenant, version: &str, patch: Value) -> reqwest::Response {
    let request = tenant.admin(http::Method::PATCH, "settings");
    let request = request.header("If-Match", version).json(&patch);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_setting_is_the_default_until_it_is_set_and_again_when_it_is_null() {
    let tenant = Tenant::create("business").await;
    let read = tenant
        .admin(http::Method::GET, "settings")
        .send()
        .await
        .unwrap();
    assert_eq!(read.headers()["etag"], "\"0\"");
    let defaults: Value = read.json().await.unwrap();
    assert_eq!(defaults["access_token_minutes"], 15);
    let set = change(
        &tenant,
        "\"0\"",
        json!({ "session_hours": 2, "customer_sign_in": true }),
    )
    .await;
    assert_eq!(
        (set.status().as_u16(), &set.headers()["etag"]),
        (200, &"\"1\"".parse().unwrap())
    );
    let set: Value = set.json().await.unwrap();
    assert_eq!(
        (&set["session_hours"], &set["password_sign_in"]),
        (&json!(2), &json!(true))
    );
    let back = change(&tenant, "\"1\"", json!({ "session_hours": null })).await;
    let back: Value = back.json().await.unwrap();
    assert_eq!(back["session_hours"], defaults["session_hours"]);
    assert_eq!(back["customer_sign_in"], true);
    let entry = &tenant.log(2).await[0];
    let change = &entry["outcome"]["change"];
    assert_eq!(entry["action"], "settings.change");
    assert_eq!(
        (
            &change["before"]["session_hours"],
            &change["after"]["session_hours"]
        ),
        (&json!(2), &json!(12))
    );
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_taken() {
    let tenant = Tenant::create("business").await;
    for (patch, member) in [
        (
            json!({ "access_token_minutes": 1441 }),
            "access_token_minutes",
        ),
        (
            json!({ "session_hours": 3, "password_minimum_length": 8 }),
            "password_minimum_length",
        ),
        (json!({ "code_sign_in": "no" }), "code_sign_in"),
        (json!({ "colour": "green" }), "colour"),
    ] {
        let refused = change(&tenant, "\"0\"", patch).await;
        let document = assert_problem(refused, 422, "settings").await;
        assert_eq!(document["member"], member);
        assert!(
            document["detail"].as_str().unwrap().contains(member),
            "{document}"
        );
    }
    let settings: Value = tenant.get("settings").await;
    assert_eq!(settings["session_hours"], 12);
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let tenant = Tenant::create("business").await;
    assert_eq!(
        change(&tenant, "\"0\"", json!({ "session_hours": 2 }))
            .await
            .status(),
        200
    );
    let late = change(&tenant, "\"0\"", json!({ "session_hours": 3 })).await;
    assert_problem(late, 412, "stale").await;
    let blind = tenant
        .admin(http::Method::PATCH, "settings")
        .json(&json!({}));
    assert_problem(blind.send().await.unwrap(), 428, "if_match_missing").await;
    let any = change(&tenant, "*", json!({ "session_hours": 4 })).await;
    assert_eq!(any.status(), 200);
}

#[tokio::test]
async fn the_schema_says_what_fits_and_only_who_may_sees_it() {
    let tenant = Tenant::create("business").await;
    let schema: Value = tenant.get("settings/schema").await;
    assert_eq!(schema["properties"]["erase_after_days"]["maximum"], 90);
    let manager = tenant.key("manager").await;
    let request = crate::support::http()
        .get(format!("{}/admin/v1/settings", crate::support::dev().url))
        .bearer_auth(&manager.token);
    assert_problem(request.send().await.unwrap(), 403, "not_permitted").await;
}
