//! MCP over Streamable HTTP in both eras, as the wire has it.

use serde_json::{Value, json};

use crate::support::{dev, http, post, rpc};

const NEW: &str = "2026-07-28";

fn stateless(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    rpc(method, params)
}

async fn send(body: &Value, fields: &[(&str, &str)]) -> (u16, Value) {
    let mut request = http()
        .post(&dev().mcp_url)
        .bearer_auth(dev().key("viewer"))
        .json(body);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn send_stateless(method: &str, params: Value) -> (u16, Value) {
    let name = params["name"].as_str().unwrap_or_default().to_owned();
    let fields = [
        ("MCP-Protocol-Version", NEW),
        ("Mcp-Method", method),
        ("Mcp-Name", &name),
    ];
    let fields = if name.is_empty() {
        &fields[..2]
    } else {
        &fields[..]
    };
    send(&stateless(method, params), fields).await
}

#[tokio::test]
async fn the_handshake_agrees_on_a_version() {
    for (asked, given) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ] {
        let params = json!({ "protocolVersion": asked, "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" } });
        let (status, body) = send(&rpc("initialize", params), &[]).await;
        assert_eq!(status, 200);
        assert_eq!(body["result"]["protocolVersion"], given);
        assert_eq!(body["result"]["serverInfo"]["name"], "lango");
        assert!(body["result"]["capabilities"]["tools"].is_object());
        assert!(
            body["result"].get("resultType").is_none(),
            "not in this era"
        );
    }
}

#[tokio::test]
async fn a_notification_is_taken_note_of() {
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let response = post(dev().key("viewer"), &body).await;
    assert_eq!(response.status(), 202);
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn ping_belongs_to_the_older_era() {
    let (status, body) = send(&rpc("ping", json!({})), &[]).await;
    assert_eq!((status, &body["result"]), (200, &json!({})));
    let (status, body) = send_stateless("ping", json!({})).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!(-32601)));
}

#[tokio::test]
async fn discovery_says_what_there_is() {
    let (status, body) = send_stateless("server/discover", json!({})).await;
    assert_eq!(status, 200, "{body}");
    let result = &body["result"];
    assert_eq!(result["resultType"], "complete");
    let versions = result["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!(NEW)) && versions.contains(&json!("2025-11-25")));
    assert!(result["ttlMs"].is_u64());
    assert_eq!(result["cacheScope"], "private");
}

#[tokio::test]
async fn the_stateless_era_lists_and_calls() {
    let (status, body) = send_stateless("tools/list", json!({})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["result"]["resultType"], "complete");
    assert_eq!(body["result"]["cacheScope"], "private");
    let call = json!({ "name": "postgres_query", "arguments": { "sql": "select 1 as one" } });
    let (status, body) = send_stateless("tools/call", call).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["result"]["resultType"], "complete");
    assert_eq!(body["result"]["structuredContent"]["rows"], json!([[1]]));
}

#[tokio::test]
async fn header_fields_must_agree_with_the_message() {
    let call = stateless("tools/call", json!({ "name": "crm_echo", "arguments": {} }));
    for (fields, code) in [
        (vec![("MCP-Protocol-Version", NEW)], -32020),
        (
            vec![("MCP-Protocol-Version", NEW), ("Mcp-Method", "tools/list")],
            -32020,
        ),
        (
            vec![("MCP-Protocol-Version", NEW), ("Mcp-Method", "tools/call")],
            -32020,
        ),
        (
            vec![
                ("MCP-Protocol-Version", NEW),
                ("Mcp-Method", "tools/call"),
                ("Mcp-Name", "other"),
            ],
            -32020,
        ),
        (
            vec![
                ("MCP-Protocol-Version", "2025-11-25"),
                ("Mcp-Method", "tools/call"),
            ],
            -32020,
        ),
    ] {
        let (status, body) = send(&call, &fields).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (400, &json!(code)),
            "{fields:?}"
        );
    }
    let (status, body) = send(
        &rpc("tools/list", json!({})),
        &[("MCP-Protocol-Version", "1999-01-01")],
    )
    .await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(-32022)));
    assert!(
        body["error"]["data"]["supported"]
            .as_array()
            .unwrap()
            .contains(&json!(NEW))
    );
}

#[tokio::test]
async fn what_is_no_message_is_a_protocol_error() {
    let raw = async |body: &'static str| {
        let response = http()
            .post(&dev().mcp_url)
            .bearer_auth(dev().key("viewer"))
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap()["error"]["code"].clone(),
        )
    };
    assert_eq!(raw("{").await, (400, json!(-32700)));
    assert_eq!(raw("[]").await, (400, json!(-32600)));
    assert_eq!(
        raw(r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#).await,
        (200, json!(-32601))
    );
    let deep: &'static str = Box::leak("[".repeat(100_000).into_boxed_str());
    assert_eq!(raw(deep).await, (400, json!(-32700)));
}

/// The conformance suite's tools answer in content blocks.
fn is_of_the_suite(tool: &Value) -> bool {
    let name = tool["name"].as_str().unwrap();
    !["crm_", "postgres_", "mysql_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[tokio::test]
async fn tools_are_described_for_assistants() {
    let (_, body) = send(&rpc("tools/list", json!({})), &[]).await;
    for tool in body["result"]["tools"].as_array().unwrap() {
        assert!(
            tool["title"].is_string() && tool["description"].is_string(),
            "{tool}"
        );
        assert_eq!(
            tool["annotations"]["readOnlyHint"], true,
            "a viewer's tools only read: {tool}"
        );
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        if !is_of_the_suite(tool) {
            assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
        }
    }
}
