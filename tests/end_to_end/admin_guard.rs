//! `/admin/v1/guard-policy` and `/admin/v1/trusted-values`: what a tenant wants of its
//! content guard.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call_tool, dev, held, http};

async fn change(tenant: &Tenant, version: &str, patch: Value) -> reqwest::Response {
    let request = tenant.admin(http::Method::PATCH, "guard-policy");
    let request = request.header("If-Match", version).json(&patch);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_policy_is_changed_from_the_version_that_was_read() {
    let tenant = Tenant::create("business").await;
    let request = tenant.admin(http::Method::GET, "guard-policy");
    let read = request.send().await.unwrap();
    assert_eq!(read.headers()["etag"], "\"0\"");
    let defaults: Value = read.json().await.unwrap();
    assert_eq!(
        (&defaults["arguments"], &defaults["approval"]["always"]),
        (&json!("block"), &json!("never"))
    );

    let patch = json!({ "approval": { "always": "money" }, "results": "log" });
    let set = change(&tenant, "\"0\"", patch).await;
    assert_eq!(set.headers()["etag"], "\"1\"");
    let set: Value = set.json().await.unwrap();
    assert_eq!(
        (&set["approval"], &set["results"]),
        (
            &json!({ "always": "money", "four_eyes": false, "expires_minutes": 60 }),
            &json!("log")
        )
    );
    let late = change(&tenant, "\"0\"", json!({ "results": "block" })).await;
    assert_problem(late, 412, "stale").await;
    let request = tenant.admin(http::Method::PATCH, "guard-policy");
    let blind = request.json(&json!({})).send().await.unwrap();
    assert_problem(blind, 428, "if_match_missing").await;
    let back = change(&tenant, "*", json!({ "approval": null })).await;
    let back: Value = back.json().await.unwrap();
    assert_eq!(
        (&back["approval"], &back["results"]),
        (&defaults["approval"], &json!("log"))
    );

    let changes = |log: &[Value]| -> Vec<Value> {
        let changed = log
            .iter()
            .filter(|entry| entry["action"] == "guard_policy.change")
            .filter(|entry| entry["outcome"]["status"] == "succeeded");
        changed.cloned().collect()
    };
    let log = tenant.log_until(|log| changes(log).len() == 2).await;
    let last = &changes(&log)[0]["outcome"]["change"];
    assert_eq!(last["before"]["approval"]["always"], "money");
    assert_eq!(last["after"]["approval"]["always"], "never");
}

#[tokio::test]
async fn what_does_not_fit_is_said_and_nothing_is_taken() {
    let tenant = Tenant::create("business").await;
    for patch in [
        json!({ "arguments": "laugh", "results": "log" }),
        json!({ "colour": "green" }),
        json!({ "approval": { "expires_minutes": 0 } }),
        json!({ "personal_data": { "kinds": { "no_such_kind": "redact" } } }),
        json!([]),
    ] {
        let refused = change(&tenant, "\"0\"", patch).await;
        assert_problem(refused, 422, "guard_policy").await;
    }
    assert_eq!(tenant.get("guard-policy").await["results"], "neutralise");
}

#[tokio::test]
async fn the_schema_says_what_fits_and_only_who_may_changes_it() {
    let tenant = Tenant::create("business").await;
    let schema = tenant.get("guard-policy/schema").await;
    assert!(schema["properties"]["approval"].is_object(), "{schema}");
    let viewer = json!({ "name": "settings", "permissions": ["settings.view"] });
    let viewer = tenant.key_with(viewer).await;
    let url = format!("{}/admin/v1/guard-policy", dev().url);
    let read = http().get(&url).bearer_auth(&viewer.token).send();
    assert_eq!(read.await.unwrap().status(), 200);
    let request = http().patch(&url).bearer_auth(&viewer.token);
    let request = request.header("If-Match", "*").json(&json!({}));
    assert_problem(request.send().await.unwrap(), 403, "not_permitted").await;
}

#[tokio::test]
async fn a_policy_holds_for_the_next_call() {
    let tenant = Tenant::connected("business").await;
    let key = tenant.key("manager").await;
    let refund = json!({ "order_id": "o1", "amount": 100 });
    let made = call_tool(&key.token, "crm_refund_order", &refund).await;
    assert_eq!(made.status(), 200);
    tenant.hold_money().await;
    held(&key.token, "crm_refund_order", refund.clone()).await;
    let note = json!({ "contact_id": "c1", "text": "jambo" });
    let written = call_tool(&key.token, "crm_create_note", &note).await;
    assert_eq!(written.status(), 200, "it moves no money");
    tenant.guard(json!({ "approval": null })).await;
    let made = call_tool(&key.token, "crm_refund_order", &refund).await;
    assert_eq!(made.status(), 200);
}

#[tokio::test]
async fn a_trusted_value_is_kept_as_a_fingerprint_alone() {
    let (tenant, other) = (
        Tenant::create("business").await,
        Tenant::create("business").await,
    );
    let wanted = json!({ "value": "+254 722 903 118", "label": "Zawadi, transport" });
    let created = tenant.create_at("trusted-values", wanted.clone()).await;
    assert_eq!(
        (&created["kind"], &created["label"]),
        (&json!("phone"), &json!("Zawadi, transport"))
    );
    let id = created["value_id"].as_str().unwrap();
    let listed = tenant.get("trusted-values").await;
    assert_eq!(listed["items"], json!([created]));
    // The same number in another form is the same value.
    let again = json!({ "value": "0722903118", "label": "again" });
    let request = tenant.admin(http::Method::POST, "trusted-values");
    let again = request.json(&again).send().await.unwrap();
    assert_problem(again, 409, "conflict").await;
    let elsewhere = other.create_at("trusted-values", wanted).await;
    assert_eq!(elsewhere["label"], created["label"]);

    for (value, label, code) in [
        ("", "nothing", "value"),
        ("0722903119", " ", "name"),
        (&"9".repeat(501), "long", "value"),
    ] {
        let request = tenant.admin(http::Method::POST, "trusted-values");
        let body = json!({ "value": value, "label": label });
        let refused = request.json(&body).send().await.unwrap();
        assert_problem(refused, 422, code).await;
    }

    let path = format!("trusted-values/{id}");
    let delete = || tenant.admin(http::Method::DELETE, &path).send();
    assert_eq!(delete().await.unwrap().status(), 204);
    assert_problem(delete().await.unwrap(), 404, "not_found").await;
    let is_deleted = |log: &[Value]| {
        log.iter()
            .any(|entry| entry["action"] == "trusted_value.delete")
    };
    let log = Value::from(tenant.log_until(is_deleted).await).to_string();
    assert!(!log.contains("903118") && !log.contains("903 118"), "{log}");
}
