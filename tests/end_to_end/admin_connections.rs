//! `/admin/v1/connections`: credentials go in and never come out.

use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::support::{Tenant, assert_problem, call, database, dev, http, post, rpc};

const CANARY: &str = "canary-4f9c2a7e-credential";

#[tokio::test]
async fn a_connection_opens_its_tools_to_every_key_at_once() {
    let tenant = Tenant::create("business").await;
    let viewer = tenant.key("viewer").await.token;
    let tools = async || {
        let list = post(&viewer, &rpc("tools/list", json!({}))).await;
        let body: Value = list.json().await.unwrap();
        body["result"]["tools"].as_array().unwrap().len()
    };
    assert_eq!(tools().await, 0);
    let id = tenant
        .connect("postgres", database(&dev().database_url))
        .await;
    assert_eq!(tools().await, 3);
    let deleted = tenant
        .admin(http::Method::DELETE, &format!("connections/{id}"))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(tools().await, 0);
    let (_, body) = call(&viewer, "postgres_query", json!({ "sql": "select 1" })).await;
    assert_eq!(body["error"]["data"]["code"], "tool_unknown");
}

#[tokio::test]
async fn a_credential_is_in_no_answer_and_on_no_disk() {
    let tenant = Tenant::create("business").await;
    tenant.connect("fixtures", json!({ "token": CANARY })).await;
    let list = tenant
        .admin(http::Method::GET, "connections")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        list.contains("\"fixtures\"") && !list.contains(CANARY),
        "{list}"
    );
    assert!(
        !list.contains("sealed"),
        "not even the ciphertext is shown: {list}"
    );
    call(&tenant.admin, "crm_echo", json!({ "text": "jambo" })).await;
    for entry in WalkDir::new(&dev().folder)
        .into_iter()
        .filter_map(Result::ok)
    {
        if entry.file_type().is_file() {
            let content = std::fs::read(entry.path()).unwrap_or_default();
            let found = content
                .windows(CANARY.len())
                .any(|window| window == CANARY.as_bytes());
            assert!(!found, "a credential is in {}", entry.path().display());
        }
    }
}

#[tokio::test]
async fn credentials_must_fit_and_are_not_repeated() {
    let tenant = Tenant::create("business").await;
    let create = async |body: Value| {
        tenant
            .admin(http::Method::POST, "connections")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let with = |connector: &str, credentials: Value| json!({ "connector": connector, "name": "main", "credentials": credentials });
    let missing = create(with("postgres", json!({ "host": CANARY }))).await;
    let document = assert_problem(missing, 422, "credentials").await;
    assert!(!document.to_string().contains(CANARY), "{document}");
    let unknown = create(with(
        "fixtures",
        json!({ "token": CANARY, "extra": CANARY }),
    ))
    .await;
    let document = assert_problem(unknown, 422, "credentials").await;
    assert!(!document.to_string().contains(CANARY), "{document}");
    assert_problem(create(with("oracle", json!({}))).await, 422, "connector").await;
    assert_problem(
        create(json!({ "connector": "fixtures" })).await,
        400,
        "body",
    )
    .await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let with_slug = |slug: &str| {
        let mut body = with("fixtures", json!({ "token": "b" }));
        body["slug"] = slug.into();
        body
    };
    assert_problem(create(with_slug("a__b")).await, 422, "slug").await;
    assert_problem(create(with_slug("main")).await, 409, "conflict").await;
}

#[tokio::test]
async fn only_an_admin_connects() {
    for role in ["manager", "cfo", "agent", "viewer"] {
        let response = http()
            .post(format!("{}/admin/v1/connections", dev().url))
            .bearer_auth(dev().key(role))
            .json(&json!({ "connector": "fixtures", "name": "x", "credentials": { "token": "x" } }))
            .send()
            .await
            .unwrap();
        assert_problem(response, 403, "not_permitted").await;
    }
}
