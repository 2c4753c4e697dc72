//! `requestState` and tasks (2026-07-28): what goes through a client comes back
//! unchanged, for the same call, from the same key.

use serde_json::{Value, json};

use crate::support::{Tenant, dev, http as client, rpc};

async fn send(key: &str, method: &str, name: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {
            "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} },
        },
    });
    let response = client()
        .post(&dev().mcp_url)
        .bearer_auth(key)
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", method)
        .header("Mcp-Name", name)
        .json(&rpc(method, params))
        .send()
        .await
        .unwrap();
    response.json().await.unwrap()
}

async fn call(key: &str, params: Value) -> Value {
    let name = params["name"].as_str().unwrap().to_owned();
    send(key, "tools/call", &name, params).await
}

const ASKING: &str = "test_input_required_result_request_state";

fn answered(tool: &str, state: &Value) -> Value {
    json!({
        "name": tool, "arguments": {}, "requestState": state,
        "inputResponses": { "confirm": { "action": "accept", "content": { "ok": true } } },
    })
}

#[tokio::test]
async fn a_state_is_good_for_its_call_and_its_key_alone() {
    let tenant = Tenant::connected("business").await;
    let other = tenant.key("manager").await;
    let asked = call(&tenant.admin, json!({ "name": ASKING, "arguments": {} })).await;
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    let state = &asked["result"]["requestState"];

    let refused = call(&other.token, answered(ASKING, state)).await;
    assert_eq!(refused["error"]["code"], -32602, "another key: {refused}");
    let elsewhere = "test_input_required_result_tampered_state";
    let refused = call(&tenant.admin, answered(elsewhere, state)).await;
    assert_eq!(refused["error"]["code"], -32602, "another call: {refused}");
    let forged = json!(state.as_str().unwrap().replace('.', ".A"));
    let refused = call(&tenant.admin, answered(ASKING, &forged)).await;
    assert_eq!(refused["error"]["code"], -32602, "forged: {refused}");

    let done = call(&tenant.admin, answered(ASKING, state)).await;
    assert_eq!(done["result"]["content"][0]["text"], "state-ok", "{done}");
}

#[tokio::test]
async fn a_task_is_its_keys_alone() {
    let tenant = Tenant::connected("business").await;
    let other = tenant.key("manager").await;
    let arguments = json!({ "seconds": 0.2, "label": "sum" });
    let created = call(
        &tenant.admin,
        json!({ "name": "slow_compute", "arguments": arguments }),
    )
    .await;
    assert_eq!(created["result"]["resultType"], "task", "{created}");
    let id = created["result"]["taskId"].as_str().unwrap();

    let theirs = send(&other.token, "tasks/get", id, json!({ "taskId": id })).await;
    assert_eq!(theirs["error"]["code"], -32602, "{theirs}");
    loop {
        let task = send(&tenant.admin, "tasks/get", id, json!({ "taskId": id })).await;
        match task["result"]["status"].as_str().unwrap() {
            "working" => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            "completed" => break,
            other => panic!("{other}: {task}"),
        }
    }
    let log = tenant.log(3 + 1).await;
    let called = log.iter().find(|entry| entry["tool"] == "slow_compute");
    assert_eq!(called.unwrap()["outcome"]["status"], "succeeded");
}

#[tokio::test]
async fn a_task_can_be_cancelled() {
    let tenant = Tenant::connected("business").await;
    let arguments = json!({ "seconds": 30, "label": "sum" });
    let created = call(
        &tenant.admin,
        json!({ "name": "slow_compute", "arguments": arguments }),
    )
    .await;
    let id = created["result"]["taskId"].as_str().unwrap();
    let cancelled = send(&tenant.admin, "tasks/cancel", id, json!({ "taskId": id })).await;
    assert_eq!(cancelled["result"]["resultType"], "complete", "{cancelled}");
    let task = send(&tenant.admin, "tasks/get", id, json!({ "taskId": id })).await;
    assert_eq!(task["result"]["status"], "cancelled", "{task}");
}

#[tokio::test]
async fn tasks_are_a_feature_that_a_tenant_can_switch_off() {
    let tenant = Tenant::connected("business").await;
    let wanted = json!({ "name": "slow_compute", "arguments": { "seconds": 0.1, "label": "sum" } });
    let created = call(&tenant.admin, wanted.clone()).await;
    let id = created["result"]["taskId"].as_str().unwrap();
    let flag = "flags/mcp_tasks";
    let off = tenant.change(http::Method::PUT, flag, flag, json!({ "enabled": false }));
    assert_eq!(off.await.status(), 200);
    let refused = send(&tenant.admin, "tasks/get", id, json!({ "taskId": id })).await;
    assert_eq!(refused["error"]["data"]["code"], "feature_off", "{refused}");
    let answered = call(&tenant.admin, wanted).await;
    assert_ne!(answered["result"]["resultType"], "task", "{answered}");
}
