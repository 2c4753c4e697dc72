//! The crate `rmcp` as a client, in both eras: all three PostgreSQL tools, and a
//! refusal.

use rmcp::{
    ClientLifecycleMode, ClientServiceExt as _,
    model::{CallToolRequestParams, CallToolResult, ProtocolVersion},
    service::{RoleClient, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};

use crate::support::dev;

/// With a handshake, and without.
fn eras() -> [ClientLifecycleMode; 2] {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover { preferred_versions },
    ]
}

async fn connected(role: &str, era: ClientLifecycleMode) -> RunningService<RoleClient, ()> {
    let config = StreamableHttpClientTransportConfig::with_uri(dev().mcp_url.as_str())
        .auth_header(dev().key(role));
    ().serve_with_lifecycle(StreamableHttpClientTransport::from_config(config), era)
        .await
        .unwrap()
}

async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
    arguments: Value,
) -> Result<CallToolResult, rmcp::ServiceError> {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object")
    };
    client
        .call_tool(CallToolRequestParams::new(tool).with_arguments(arguments))
        .await
}

#[tokio::test]
async fn rmcp_lists_and_calls_all_three_tools() {
    for era in eras() {
        lists_and_calls(connected("viewer", era).await).await;
    }
}

async fn lists_and_calls(client: RunningService<RoleClient, ()>) {
    let tools = client.list_all_tools().await.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    let of_postgres: Vec<_> = names
        .iter()
        .copied()
        .filter(|name| name.starts_with("postgres_"))
        .collect();
    assert_eq!(
        of_postgres,
        [
            "postgres_query",
            "postgres_list_tables",
            "postgres_describe_table",
            "postgres_sample_rows",
            "postgres_sql_check"
        ],
        "{names:?}"
    );

    let query = json!({ "sql": "select count(*) as n from orders" });
    let result = call(&client, "postgres_query", query).await.unwrap();
    assert_ne!(result.is_error, Some(true));
    assert!(
        result.structured_content.unwrap()["rows"][0][0]
            .as_u64()
            .unwrap()
            > 100
    );

    let result = call(&client, "postgres_list_tables", json!({}))
        .await
        .unwrap();
    assert!(
        result.structured_content.unwrap()["tables"]
            .as_array()
            .unwrap()
            .len()
            >= 5
    );

    let table = json!({ "table": "payments" });
    let result = call(&client, "postgres_describe_table", table)
        .await
        .unwrap();
    assert_eq!(result.structured_content.unwrap()["name"], "payments");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn rmcp_sees_refusals() {
    for era in eras() {
        sees_refusals(connected("viewer", era).await).await;
    }
}

async fn sees_refusals(client: RunningService<RoleClient, ()>) {
    let deletion = call(
        &client,
        "postgres_query",
        json!({ "sql": "delete from orders" }),
    )
    .await;
    assert_eq!(deletion.unwrap().is_error, Some(true));
    let note = json!({ "contact_id": "c1", "text": "x" });
    assert!(call(&client, "crm_create_note", note).await.is_err());
    client.cancel().await.unwrap();
}
