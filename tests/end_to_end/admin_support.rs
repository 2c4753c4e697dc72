//! `/admin/v1/support-grants`: whoever runs the platform sees nothing of a tenant until
//! its Admin lets them in, for what was said, while it was said, with every step of
//! theirs in both logs.

use serde_json::{Value, json};

use crate::support::{Platform, Tenant, assert_problem, dev, http, post, rpc};

async fn grant(tenant: &Tenant, permissions: &[&str]) -> Value {
    let body = json!({ "permissions": permissions, "reason": "a call that fails", "minutes": 60 });
    let request = tenant
        .admin(http::Method::POST, "support-grants")
        .json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

async fn enter(platform: &Platform, tenant: &Tenant) -> reqwest::Response {
    let path = format!("tenants/{}/support-session", tenant.tenant_id);
    platform.post(&path, json!({})).await
}

async fn ask(token: &str, method: http::Method, path: &str) -> reqwest::Response {
    let request = http().request(method, format!("{}/admin/v1/{path}", dev().url));
    request.bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn support_does_what_was_granted_and_nothing_else() {
    let tenant = Tenant::connected("business").await;
    let admin = Platform::own().admin().await;
    let platform = admin.signed_in().await;
    assert_problem(enter(&platform, &tenant).await, 404, "no_support_grant").await;
    let given = grant(&tenant, &["settings.view", "audit.view"]).await;
    let opened = enter(&platform, &tenant).await;
    assert_eq!(opened.status(), 200);
    let opened: Value = opened.json().await.unwrap();
    assert_eq!(opened["support_grant_id"], given["support_grant_id"]);
    let token = opened["access_token"].as_str().unwrap();

    assert_eq!(
        ask(token, http::Method::GET, "settings").await.status(),
        200
    );
    assert_eq!(ask(token, http::Method::GET, "audit").await.status(), 200);
    for path in ["users", "keys", "connections", "export", "flags"] {
        let status = ask(token, http::Method::GET, path).await.status();
        let expected = if path == "flags" { 200 } else { 403 };
        assert_eq!(status, expected, "{path}");
    }
    let tools = post(token, &rpc("tools/list", json!({}))).await;
    assert_eq!(tools.status(), 401, "never tools");
    let rest = http()
        .get(format!("{}/v1/tools", dev().url))
        .bearer_auth(token);
    assert_eq!(rest.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn every_step_is_in_both_logs_and_names_the_admin() {
    let tenant = Tenant::create("business").await;
    let admin = Platform::own().admin().await;
    let platform = admin.signed_in().await;
    grant(&tenant, &["flag.manage", "settings.view"]).await;
    let opened: Value = enter(&platform, &tenant).await.json().await.unwrap();
    let token = opened["access_token"].as_str().unwrap();
    let request = http()
        .put(format!("{}/admin/v1/flags/mcp_tasks", dev().url))
        .bearer_auth(token)
        .header("If-Match", "*")
        .json(&json!({ "enabled": false }));
    assert_eq!(request.send().await.unwrap().status(), 200);

    let log = tenant.log(3).await;
    for action in ["support.enter", "flag.switch"] {
        let entry = log.iter().find(|entry| entry["action"] == action).unwrap();
        assert_eq!(entry["principal"], admin.admin_id, "{entry}");
        assert_eq!(entry["actor"], "support", "{entry}");
        assert_eq!(entry["key_id"], opened["session_id"], "{entry}");
    }
    let platform_log = Platform::own().log_of(&tenant.tenant_id).await;
    assert_eq!(platform_log[0]["action"], "support.open");
    assert_eq!(platform_log[0]["principal"], admin.admin_id);
    let text = serde_json::to_string(&platform_log).unwrap();
    assert!(!text.contains(token), "no secret");
}

#[tokio::test]
async fn a_revoked_grant_ends_its_sessions_with_the_next_request() {
    let tenant = Tenant::create("business").await;
    let platform = Platform::own();
    let given = grant(&tenant, &["settings.view"]).await;
    let opened: Value = enter(&platform, &tenant).await.json().await.unwrap();
    let token = opened["access_token"].as_str().unwrap();
    assert_eq!(
        ask(token, http::Method::GET, "settings").await.status(),
        200
    );
    let path = format!(
        "support-grants/{}",
        given["support_grant_id"].as_str().unwrap()
    );
    let revoke = tenant.admin(http::Method::DELETE, &path).send().await;
    assert_eq!(revoke.unwrap().status(), 204);
    assert_eq!(
        ask(token, http::Method::GET, "settings").await.status(),
        401
    );
    assert_problem(enter(&platform, &tenant).await, 404, "no_support_grant").await;
    let shown: Value = tenant.get(&path).await;
    assert!(shown["revoked_at"].is_string());
}

#[tokio::test]
async fn nobody_grants_what_support_never_has_or_what_they_do_not_hold() {
    let tenant = Tenant::create("business").await;
    for (body, code) in [
        (
            json!({ "permissions": ["tool.read"], "reason": "x", "minutes": 60 }),
            "permissions",
        ),
        (
            json!({ "permissions": ["key.manage_all"], "reason": "x", "minutes": 60 }),
            "permissions",
        ),
        (
            json!({ "permissions": [], "reason": "x", "minutes": 60 }),
            "permissions",
        ),
        (
            json!({ "permissions": ["audit.view"], "reason": " ", "minutes": 60 }),
            "reason",
        ),
        (
            json!({ "permissions": ["audit.view"], "reason": "x", "minutes": 4 }),
            "minutes",
        ),
        (
            json!({ "permissions": ["audit.view"], "reason": "x", "minutes": 1441 }),
            "minutes",
        ),
    ] {
        let request = tenant
            .admin(http::Method::POST, "support-grants")
            .json(&body);
        assert_problem(request.send().await.unwrap(), 422, code).await;
    }
    let body = json!({ "name": "door", "permissions": ["role.assign", "audit.view"] });
    let key = tenant
        .admin(http::Method::POST, "keys")
        .json(&body)
        .send()
        .await
        .unwrap();
    let key: Value = key.json().await.unwrap();
    let body =
        json!({ "permissions": ["audit.view", "settings.manage"], "reason": "x", "minutes": 60 });
    let request = http()
        .post(format!("{}/admin/v1/support-grants", dev().url))
        .bearer_auth(key["token"].as_str().unwrap())
        .json(&body);
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), 403);
}

#[tokio::test]
async fn one_tenants_grant_opens_no_other() {
    let (ours, theirs) = (
        Tenant::create("business").await,
        Tenant::create("business").await,
    );
    let given = grant(&ours, &["settings.view"]).await;
    assert_problem(
        enter(&Platform::own(), &theirs).await,
        404,
        "no_support_grant",
    )
    .await;
    let path = format!(
        "support-grants/{}",
        given["support_grant_id"].as_str().unwrap()
    );
    for method in [http::Method::GET, http::Method::DELETE] {
        let request = theirs.admin(method, &path).send().await;
        assert_problem(request.unwrap(), 404, "not_found").await;
    }
    let unknown = Platform::own()
        .post("tenants/t_nobody/support-session", json!({}))
        .await;
    assert_problem(unknown, 404, "no_support_grant").await;
}
