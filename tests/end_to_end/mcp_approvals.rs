//! A call that waits for a person, as each era of the protocol says it.

use serde_json::{Value, json};

use crate::support::{
    Tenant, assert_refused_to_assistant, call as call_of_2025, decide, dev, http as client, rpc,
    until,
};

const TOOL: &str = "crm_refund_order";

fn refund() -> Value {
    json!({ "order_id": "o-1", "amount": 5 })
}

/// A tenant whose refunds are held, a program's key in it, and a person's token.
async fn holding() -> (Tenant, String, String) {
    let tenant = Tenant::connected("business").await;
    tenant.hold_money().await;
    let key = tenant.key("manager").await.token;
    let person = tenant.account("manager").await.sign_in().await.access;
    (tenant, key, person)
}

/// A call of 2026-07-28, by a client of these capabilities.
async fn call(key: &str, capabilities: Value, more: Value) -> Value {
    let mut params = json!({
        "name": TOOL, "arguments": refund(),
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        },
    });
    let members = params.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let response = client()
        .post(&dev().mcp_url)
        .bearer_auth(key)
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", TOOL)
        .json(&rpc("tools/call", params))
        .send()
        .await
        .unwrap();
    response.json().await.unwrap()
}

async fn call_asking(key: &str, more: Value) -> Value {
    call(key, json!({ "elicitation": {} }), more).await["result"].clone()
}

/// What the client says to the question of an answer.
fn said(answer: &Value, action: &str) -> Value {
    let name = answer["inputRequests"]
        .as_object()
        .and_then(|requests| requests.keys().next())
        .unwrap_or_else(|| panic!("{answer}"));
    json!({
        "requestState": answer["requestState"],
        "inputResponses": { name: { "action": action, "content": {} } },
    })
}

async fn pending(tenant: &Tenant) -> String {
    let pending = tenant.approvals("pending").await;
    assert_eq!(pending.len(), 1, "{pending:?}");
    pending[0]["approval_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_that_can_ask_comes_back_once_it_is_approved() {
    let (tenant, key, person) = holding().await;
    let asked = call_asking(&key, json!({})).await;
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let approval = pending(&tenant).await;
    assert!(asked["inputRequests"].to_string().contains(&approval));
    // Too early: it is asked again, for the same approval.
    let again = call_asking(&key, said(&asked, "accept")).await;
    assert_eq!(again["resultType"], "input_required", "{again}");
    assert_eq!(pending(&tenant).await, approval);

    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let done = call_asking(&key, said(&again, "accept")).await;
    assert_eq!(done["resultType"], "complete", "{done}");
    assert_eq!(done["structuredContent"]["order_id"], "o-1", "{done}");
    let once_more = call_asking(&key, said(&again, "accept")).await;
    // It comes back for the same call: that one was made, and its answer is the answer.
    assert_eq!(once_more["resultType"], "complete", "{once_more}");
    assert_eq!(once_more["structuredContent"], done["structuredContent"]);
    assert_eq!(once_more["_meta"]["dev.lango/replayed"], true);
    // Whoever asks anew asks for another one.
    let fresh = call_asking(&key, json!({})).await;
    assert_eq!(fresh["resultType"], "input_required", "{fresh}");
    assert_ne!(pending(&tenant).await, approval);
}

#[tokio::test]
async fn who_does_not_want_to_wait_is_not_asked_again() {
    let (tenant, key, _) = holding().await;
    let asked = call_asking(&key, json!({})).await;
    let declined = call_asking(&key, said(&asked, "decline")).await;
    assert_eq!(
        (&declined["resultType"], &declined["isError"]),
        (&json!("complete"), &json!(true)),
        "{declined}"
    );
    let denial = &declined["_meta"]["dev.lango/denial"];
    assert_eq!(denial["code"], "approval_required", "{declined}");
    assert_eq!(denial["approval"], pending(&tenant).await);
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_told() {
    let (tenant, key, person) = holding().await;
    let answered = call(&key, json!({}), json!({})).await;
    let denial = &answered["result"]["_meta"]["dev.lango/denial"];
    assert_eq!(denial["code"], "approval_required", "{answered}");

    let answered = call_of_2025(&key, TOOL, refund()).await;
    assert_refused_to_assistant(&answered, "approval_required");
    let words = answered.1["result"]["content"][0]["text"].to_string();
    let approval = pending(&tenant).await;
    assert!(words.contains(&approval), "{words}");
    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let (_, made) = call_of_2025(&key, TOOL, refund()).await;
    assert_eq!(
        made["result"]["structuredContent"]["order_id"], "o-1",
        "{made}"
    );
}

#[tokio::test]
async fn a_refused_call_is_an_error_that_says_so() {
    let (tenant, key, person) = holding().await;
    let asked = call_asking(&key, json!({})).await;
    let approval = pending(&tenant).await;
    assert_eq!(decide(&person, &approval, "refuse").await.status(), 200);
    let refused = call_asking(&key, said(&asked, "accept")).await;
    assert_eq!(refused["isError"], true, "{refused}");
    assert_eq!(
        refused["_meta"]["dev.lango/denial"]["code"],
        "approval_refused"
    );
}

/// A client that takes tasks and cannot ask its user.
fn tasks_alone() -> Value {
    json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } })
}

async fn task(key: &str, method: &str, task_id: &str) -> Value {
    let params = json!({
        "taskId": task_id,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": tasks_alone(),
        },
    });
    let request = client().post(&dev().mcp_url).bearer_auth(key);
    let response = request
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", method)
        .header("Mcp-Name", task_id)
        .json(&rpc(method, params))
        .send()
        .await
        .unwrap();
    let answered: Value = response.json().await.unwrap();
    answered["result"].clone()
}

/// The task once nobody works on it any more.
async fn ended(key: &str, task_id: &str) -> Value {
    until("the task has ended", async || {
        let seen = task(key, "tasks/get", task_id).await;
        (seen["status"] != "working").then_some(seen)
    })
    .await
}

#[tokio::test]
async fn a_client_that_takes_tasks_gets_one_that_goes_on_once_it_is_approved() {
    let (tenant, key, person) = holding().await;
    let created = call(&key, tasks_alone(), json!({})).await["result"].clone();
    assert_eq!(
        (&created["resultType"], &created["status"]),
        (&json!("task"), &json!("working")),
        "{created}"
    );
    let approval = pending(&tenant).await;
    let message = created["statusMessage"].as_str().unwrap();
    assert!(message.contains(&approval), "{message}");
    assert!(created["ttlMs"].as_u64().unwrap() > 3_500_000, "{created}");
    let id = created["taskId"].as_str().unwrap();
    for _ in 0..3 {
        assert_eq!(task(&key, "tasks/get", id).await["status"], "working");
    }
    assert_eq!(pending(&tenant).await, approval, "looking asks for nothing");

    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let done = ended(&key, id).await;
    assert_eq!(done["status"], "completed", "{done}");
    let result = &done["result"];
    assert_eq!(result["structuredContent"]["order_id"], "o-1", "{done}");
    assert!(tenant.approvals("pending").await.is_empty());
    assert_eq!(tenant.approvals("used").await.len(), 1);
}

#[tokio::test]
async fn a_task_whose_call_is_refused_says_so() {
    let (tenant, key, person) = holding().await;
    let created = call(&key, tasks_alone(), json!({})).await["result"].clone();
    let approval = pending(&tenant).await;
    assert_eq!(decide(&person, &approval, "refuse").await.status(), 200);
    let done = ended(&key, created["taskId"].as_str().unwrap()).await;
    let result = &done["result"];
    assert_eq!(result["isError"], true, "{done}");
    let denial = &result["_meta"]["dev.lango/denial"];
    assert_eq!(denial["code"], "approval_refused", "{done}");
}

#[tokio::test]
async fn a_tenant_without_tasks_gets_the_error() {
    let (tenant, key, _) = holding().await;
    let off = tenant.admin(http::Method::PUT, "flags/mcp_tasks");
    let off = off
        .header("If-Match", "*")
        .json(&json!({ "enabled": false }));
    let off = off.send().await.unwrap();
    assert_eq!(off.status(), 200, "{:?}", off.text().await);
    let answered = call(&key, tasks_alone(), json!({})).await;
    let denial = &answered["result"]["_meta"]["dev.lango/denial"];
    assert_eq!(denial["code"], "approval_required", "{answered}");
}
