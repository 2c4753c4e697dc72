//! The running stack, tenants of a test's own, and raw MCP calls.

mod approvals;
pub(crate) mod connected;
pub(crate) mod connector;
mod databases;
mod delegation;
mod oauth;
mod patience;
mod people;
mod platform;
pub(crate) mod sample;
pub(crate) mod siem;
mod sign_in;
mod stack;
mod tenant;
mod traps;
mod upstream;
mod webhooks;
mod witness;

use serde_json::{Value, json};

pub(crate) use self::{
    approvals::{call_tool, decide, held},
    databases::Databases,
    delegation::{Browser, Delegated, Individual, delegated_credentials, text},
    oauth::{Assistant, Choice, Person, challenge, claims, query_of, tokens},
    patience::until,
    people::{held_person, sign_in_invited},
    platform::Platform,
    sign_in::{
        Account, PASSWORD, Session, auth, auth_as, me, message_to, messages_to,
        telephones_are_listened_to, telephones_are_listened_to_of,
    },
    stack::{Dev, OwnStack, dev, free_port, start_own_stack, start_own_stack_with},
    tenant::{Tenant, database},
    traps::traps,
    upstream::{KINDS, PythonServer, Servers, Upstream, World},
    webhooks::{hooks_until, webhooks_origin, webhooks_origin_of},
    witness::{Manners, Witness},
};

/// A client that follows no redirect and reuses no connection across tests.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// The body of a `tools/call` of the handshake era.
pub(crate) fn tool_call(tool: &str, arguments: Value) -> Value {
    rpc(
        "tools/call",
        json!({ "name": tool, "arguments": arguments }),
    )
}

/// A JSON-RPC request.
pub(crate) fn rpc(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// Posts a message with a key and gives the whole answer.
pub(crate) async fn post(key: &str, body: &Value) -> reqwest::Response {
    http()
        .post(&dev().mcp_url)
        .bearer_auth(key)
        .json(body)
        .send()
        .await
        .unwrap()
}

/// Calls a tool and gives status and body.
pub(crate) async fn call(key: &str, tool: &str, arguments: Value) -> (u16, Value) {
    let response = post(key, &tool_call(tool, arguments)).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Runs a query and gives its structured result.
pub(crate) async fn query(key: &str, sql: &str) -> Value {
    let (status, body) = call(key, "postgres_query", json!({ "sql": sql })).await;
    assert_eq!(status, 200, "{body}");
    assert_ne!(body["result"]["isError"], true, "{body}");
    body["result"]["structuredContent"].clone()
}

/// Asserts that a call was refused as a result for the assistant, with a code.
pub(crate) fn assert_refused_to_assistant(answer: &(u16, Value), code: &str) {
    let (status, body) = answer;
    assert_eq!(*status, 200, "{body}");
    assert_eq!(body["result"]["isError"], true, "{body}");
    assert_eq!(
        body["result"]["_meta"]["dev.lango/denial"]["code"], code,
        "{body}"
    );
}

/// Asserts that a call was refused by a layer before the tool, with a status and a
/// code.
pub(crate) fn assert_refused(answer: &(u16, Value), status: u16, code: &str) {
    let (answered, body) = answer;
    assert_eq!(*answered, status, "{body}");
    assert_eq!(body["error"]["data"]["code"], code, "{body}");
}

/// Asserts an RFC 9457 document with a status and a code.
pub(crate) async fn assert_problem(response: reqwest::Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["status"], status, "{document}");
    assert_eq!(document["code"], code, "{document}");
    assert!(
        document["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty()),
        "{document}"
    );
    document
}
