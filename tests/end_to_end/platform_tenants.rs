//! `/platform/v1/tenants`: tenants are made, changed, stopped and ended, and not looked
//! into.

use serde_json::{Value, json};

use crate::support::{Platform, Tenant, assert_problem, dev, http, post, rpc, until};

/// What a call of the tenant's answers.
async fn call(tenant: &Tenant) -> u16 {
    let ping = rpc("tools/list", json!({}));
    post(&tenant.admin, &ping).await.status().as_u16()
}

#[tokio::test]
async fn a_tenant_is_made_with_its_first_admin_and_listed() {
    let tenant = Tenant::create("enterprise").await;
    let platform = Platform::own();
    let shown = platform.get(&format!("tenants/{}", tenant.tenant_id)).await;
    assert_eq!(shown["plan"], "enterprise");
    assert_eq!(shown["status"], "active");
    assert_eq!(shown["slug"], tenant.tenant_id.trim_start_matches("t_"));
    let keys: Value = tenant.get("keys").await;
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);

    let (mut cursor, mut found) = (String::new(), false);
    loop {
        let page = platform.get(&format!("tenants?limit=50{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        found |= items.iter().any(|one| one["tenant_id"] == tenant.tenant_id);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(found);
}

#[tokio::test]
async fn bad_wishes_are_named() {
    for (body, status, code) in [
        (json!({ "name": "a", "plan": "gold" }), 400, "body"),
        (json!({ "plan": "free" }), 400, "body"),
        (json!({ "name": "", "plan": "free" }), 422, "name"),
        (
            json!({ "name": "a", "plan": "free", "slug": "No Slug" }),
            400,
            "body",
        ),
    ] {
        let response = Platform::own().post("tenants", body).await;
        assert_problem(response, status, code).await;
    }
}

#[tokio::test]
async fn a_creation_under_an_idempotency_key_happens_once() {
    let platform = Platform::own();
    let key = format!("tenant {}", Tenant::create("free").await.tenant_id);
    let create = || {
        let request = platform.ask(http::Method::POST, "tenants");
        let body = json!({ "name": "Once", "plan": "free" });
        request
            .header("Idempotency-Key", key.replace(' ', "-"))
            .json(&body)
            .send()
    };
    let first: Value = create().await.unwrap().json().await.unwrap();
    let second: Value = create().await.unwrap().json().await.unwrap();
    assert_eq!(first["tenant_id"], second["tenant_id"]);
    assert!(first["admin_key"]["token"].is_string());
    assert_eq!(second["admin_key"]["token"], Value::Null);
}

#[tokio::test]
async fn a_suspended_tenant_is_refused_with_the_next_call_and_comes_back() {
    let (tenant, platform) = (Tenant::create("business").await, Platform::own());
    assert_eq!(call(&tenant).await, 200);
    let path = format!("tenants/{}", tenant.tenant_id);
    let suspended = platform
        .posted(&format!("{path}/suspend"), json!({}), 200)
        .await;
    assert_eq!(suspended["status"], "suspended");
    assert_eq!(call(&tenant).await, 401);
    let again = platform
        .posted(&format!("{path}/suspend"), json!({}), 200)
        .await;
    assert_eq!(again["status"], "suspended", "twice is as once");
    platform
        .posted(&format!("{path}/activate"), json!({}), 200)
        .await;
    assert_eq!(call(&tenant).await, 200);
    let log = platform.log_of(&tenant.tenant_id).await;
    let suspend = log.iter().find(|entry| entry["action"] == "tenant.suspend");
    assert_eq!(log[0]["action"], "tenant.activate");
    assert_eq!(
        suspend.unwrap()["outcome"]["change"]["after"]["status"],
        "suspended"
    );
}

#[tokio::test]
async fn another_plan_holds_for_the_next_call() {
    let (tenant, platform) = (Tenant::create("free").await, Platform::own());
    let quota = async || {
        let response = post(&tenant.admin, &rpc("tools/list", json!({}))).await;
        response.headers().get("ratelimit-policy").cloned()
    };
    let rest = async || {
        let request = http().get(format!("{}/v1/tools", dev().url));
        request
            .bearer_auth(&tenant.admin)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(rest().await, 200);
    let before = quota().await;
    let path = format!("tenants/{}", tenant.tenant_id);
    let changed = platform
        .change(&path, json!({ "plan": "enterprise" }))
        .await;
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["plan"], "enterprise");
    // 40 requests in a burst are the free plan's end, and nothing to the other.
    let mut refused = 0;
    for _ in 0..60 {
        refused += u32::from(call(&tenant).await == 429);
    }
    assert_eq!(refused, 0, "{before:?}");
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read_and_a_free_slug() {
    let (one, other) = (Tenant::create("free").await, Tenant::create("free").await);
    let platform = Platform::own();
    let path = format!("tenants/{}", one.tenant_id);
    let slug = format!("duka-{}", one.tenant_id.trim_start_matches("t_"));
    let changed = platform
        .change(&path, json!({ "slug": slug, "name": "Duka" }))
        .await;
    assert_eq!(changed.status(), 200);
    assert_eq!(platform.get(&path).await["slug"], slug);
    let other = format!("tenants/{}", other.tenant_id);
    let taken = platform.change(&other, json!({ "slug": slug })).await;
    assert_problem(taken, 409, "slug_taken").await;
    let blind = platform
        .ask(http::Method::PATCH, &path)
        .json(&json!({ "name": "x" }));
    assert_problem(blind.send().await.unwrap(), 428, "if_match_missing").await;
    let late = platform
        .ask(http::Method::PATCH, &path)
        .json(&json!({ "name": "x" }));
    let late = late.header("If-Match", "\"1\"").send().await.unwrap();
    assert_problem(late, 412, "stale").await;
}

#[tokio::test]
async fn a_closed_tenant_can_be_exported_and_reopened() {
    let (tenant, platform) = (Tenant::create("business").await, Platform::own());
    let wrong = tenant
        .admin(http::Method::POST, "close")
        .json(&json!({ "tenant_id": dev().tenant_id }));
    assert_problem(wrong.send().await.unwrap(), 422, "tenant_id").await;
    let close = tenant
        .admin(http::Method::POST, "close")
        .json(&json!({ "tenant_id": tenant.tenant_id }));
    let closed: Value = close.send().await.unwrap().json().await.unwrap();
    assert_eq!(closed["status"], "closed");
    assert!(closed["erase_at"].as_str() > closed["closed_at"].as_str());
    assert_eq!(call(&tenant).await, 401, "the next call already");
    let keys = tenant
        .admin(http::Method::GET, "keys")
        .send()
        .await
        .unwrap();
    assert_eq!(keys.status(), 401);

    // What was done is in the log a moment later.
    until("closing is in the log", async || {
        let export = tenant
            .admin(http::Method::GET, "export")
            .send()
            .await
            .unwrap();
        assert_eq!(export.status(), 200);
        let exported = export.text().await.unwrap();
        exported.contains("tenant.close").then_some(())
    })
    .await;

    let path = format!("tenants/{}", tenant.tenant_id);
    let activate = platform.post(&format!("{path}/activate"), json!({})).await;
    assert_problem(activate, 409, "tenant_closed").await;
    let reopened = platform
        .posted(&format!("{path}/reopen"), json!({}), 200)
        .await;
    assert_eq!(
        (&reopened["status"], &reopened["erase_at"]),
        (&json!("active"), &Value::Null)
    );
    assert_eq!(call(&tenant).await, 200);
    let again = platform.post(&format!("{path}/reopen"), json!({})).await;
    assert_problem(again, 409, "tenant_not_closed").await;
}
