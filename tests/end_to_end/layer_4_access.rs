//! Layer 4: a role sees and calls what is its own.

use serde_json::{Value, json};

use crate::support::{call, dev, post, rpc};

/// The demo's tools; those of the conformance suite aside.
async fn listed(role: &str) -> Vec<String> {
    let response = post(dev().key(role), &rpc("tools/list", json!({}))).await;
    let body: Value = response.json().await.unwrap();
    let tools = body["result"]["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .filter(|name| name.starts_with("crm_") || name.starts_with("postgres_"))
        .collect()
}

const DATABASE: [&str; 5] = [
    "postgres_query",
    "postgres_list_tables",
    "postgres_describe_table",
    "postgres_sample_rows",
    "postgres_sql_check",
];
const CRM_READ: [&str; 5] = [
    "crm_find_contact",
    "crm_echo",
    "crm_whoami",
    "crm_fail",
    "crm_slow",
];
const CRM_WRITE: [&str; 1] = ["crm_create_note"];
const CRM_MONEY: [&str; 1] = ["crm_refund_order"];

#[tokio::test]
async fn a_list_shows_exactly_what_the_role_may_call() {
    for (role, groups) in [
        (
            "admin",
            vec![&DATABASE[..], &CRM_READ, &CRM_WRITE, &CRM_MONEY],
        ),
        (
            "manager",
            vec![&DATABASE[..], &CRM_READ, &CRM_WRITE, &CRM_MONEY],
        ),
        ("viewer", vec![&DATABASE[..], &CRM_READ]),
        ("agent", vec![&CRM_READ[..], &CRM_WRITE]),
        ("cfo", vec![]),
    ] {
        let mut expected: Vec<_> = groups.concat();
        let mut listed = listed(role).await;
        expected.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, expected, "{role}");
    }
}

#[tokio::test]
async fn the_list_has_one_order() {
    let first = listed("admin").await;
    for _ in 0..3 {
        assert_eq!(listed("admin").await, first);
    }
}

#[tokio::test]
async fn what_a_role_may_not_call_is_denied() {
    let note = json!({ "contact_id": "c1", "text": "jambo" });
    let refund = json!({ "order_id": "o1", "amount": 100 });
    for (role, tool, arguments, lacking) in [
        ("viewer", "crm_create_note", note.clone(), "tool.write"),
        ("viewer", "crm_refund_order", refund.clone(), "tool.money"),
        ("agent", "crm_refund_order", refund, "tool.money"),
        (
            "agent",
            "postgres_query",
            json!({ "sql": "select 1" }),
            "connector.database",
        ),
        (
            "cfo",
            "crm_find_contact",
            json!({ "name": "a" }),
            "connector.crm",
        ),
        ("cfo", "crm_create_note", note, "connector.crm"),
    ] {
        let (status, body) = call(dev().key(role), tool, arguments).await;
        assert_eq!(status, 403, "{role} {tool}: {body}");
        let problem = &body["error"]["data"];
        assert_eq!(problem["code"], "not_permitted", "{body}");
        assert_eq!(problem["permissions"], json!([lacking]), "{body}");
    }
}

#[tokio::test]
async fn what_a_role_may_call_is_called() {
    let note = json!({ "contact_id": "c1", "text": "jambo" });
    for (role, tool, arguments) in [
        ("agent", "crm_create_note", note.clone()),
        ("manager", "crm_create_note", note),
        (
            "manager",
            "crm_refund_order",
            json!({ "order_id": "o1", "amount": 100 }),
        ),
        ("viewer", "crm_echo", json!({ "text": "jambo" })),
    ] {
        let (status, body) = call(dev().key(role), tool, arguments).await;
        assert_eq!(status, 200, "{role} {tool}: {body}");
        assert!(
            body["result"]["structuredContent"].is_object(),
            "{role} {tool}: {body}"
        );
    }
}

#[tokio::test]
async fn an_unknown_tool_is_an_error_of_its_request() {
    let (status, body) = call(dev().key("admin"), "postgres_drop", json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(body["error"]["code"], -32602);
    assert_eq!(body["error"]["data"]["code"], "tool_unknown");
}
