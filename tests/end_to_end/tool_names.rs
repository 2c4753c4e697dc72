//! Several connections of a kind: names are prefixed, stable, and never guessed.

use serde_json::{Value, json};

use crate::support::{Tenant, call, post, rpc};

async fn listed(key: &str, method: &str, list: &str, name: &str) -> Vec<String> {
    let body: Value = post(key, &rpc(method, json!({})))
        .await
        .json()
        .await
        .unwrap();
    body["result"][list]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[name].as_str().unwrap().to_owned())
        .collect()
}

async fn tools(key: &str) -> Vec<String> {
    listed(key, "tools/list", "tools", "name").await
}

async fn connect(tenant: &Tenant, slug: Option<&str>, name: &str) -> Value {
    let mut body = json!({
        "connector": "fixtures", "name": name, "credentials": { "token": "right" },
    });
    if let Some(slug) = slug {
        body["slug"] = slug.into();
    }
    let response = tenant
        .admin(http::Method::POST, "connections")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

#[tokio::test]
async fn one_connection_needs_no_prefix_and_takes_one() {
    let tenant = Tenant::create("business").await;
    connect(&tenant, Some("shop"), "Shop").await;
    assert!(tools(&tenant.admin).await.contains(&"crm_echo".to_owned()));
    for name in ["crm_echo", "shop__crm_echo"] {
        let (_, body) = call(&tenant.admin, name, json!({ "text": "jambo" })).await;
        assert_eq!(
            body["result"]["structuredContent"]["text"], "jambo",
            "{body}"
        );
    }
    let (_, body) = call(&tenant.admin, "other__crm_echo", json!({ "text": "x" })).await;
    assert_eq!(body["error"]["code"], -32602, "{body}");
}

#[tokio::test]
async fn several_connections_are_told_apart_and_never_guessed() {
    let tenant = Tenant::create("business").await;
    connect(&tenant, Some("shop"), "Shop").await;
    connect(&tenant, Some("branch"), "Branch").await;
    let first = tools(&tenant.admin).await;
    let echoes: Vec<_> = first
        .iter()
        .filter(|name| name.ends_with("crm_echo"))
        .collect();
    assert_eq!(echoes, ["branch__crm_echo", "shop__crm_echo"], "by slug");
    assert_eq!(tools(&tenant.admin).await, first, "one order");

    let (_, body) = call(&tenant.admin, "crm_echo", json!({ "text": "x" })).await;
    assert_eq!(body["error"]["data"]["code"], "tool_ambiguous", "{body}");
    assert_eq!(
        body["error"]["data"]["connections"],
        json!(["branch", "shop"])
    );
    let (_, body) = call(&tenant.admin, "shop__crm_echo", json!({ "text": "x" })).await;
    assert_eq!(body["result"]["structuredContent"]["text"], "x", "{body}");

    let prompts = listed(&tenant.admin, "prompts/list", "prompts", "name").await;
    assert!(
        prompts.contains(&"shop__test_simple_prompt".to_owned()),
        "{prompts:?}"
    );
    let uris = listed(&tenant.admin, "resources/list", "resources", "uri").await;
    let uri = "lango://shop/test://static-text";
    assert!(uris.contains(&uri.to_owned()), "{uris:?}");
    let read = rpc("resources/read", json!({ "uri": uri }));
    let body: Value = post(&tenant.admin, &read).await.json().await.unwrap();
    assert!(body["result"]["contents"][0]["text"].is_string(), "{body}");
}

#[tokio::test]
async fn the_log_says_which_connection_was_used() {
    let tenant = Tenant::create("business").await;
    let shop = connect(&tenant, Some("shop"), "Shop").await;
    connect(&tenant, Some("branch"), "Branch").await;
    call(&tenant.admin, "shop__crm_echo", json!({ "text": "x" })).await;
    let log = tenant.log(3).await;
    assert_eq!(log[0]["tool"], "shop__crm_echo");
    assert_eq!(log[0]["connection"], shop["connection_id"]);
}

#[tokio::test]
async fn a_slug_is_made_of_the_name_and_numbered_when_it_is_taken() {
    let tenant = Tenant::create("business").await;
    let first = connect(&tenant, None, "Head Office (CRM)").await;
    let second = connect(&tenant, None, "Head Office (CRM)").await;
    assert_eq!(first["slug"], "head_office_crm");
    assert_eq!(second["slug"], "head_office_crm_2");
}
