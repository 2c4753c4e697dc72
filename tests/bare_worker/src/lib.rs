//! The least that a durable call through Workers can cost, which `scripts/bench`
//! measures the governed call against.
//!
//! In scope: one hop to a Durable Object that writes one row, then one call of
//! another Worker over a service binding, then an answer of the size of a tool's.
//! Beside that, messages to the gateway's own `AuditLog` objects: what keys' gates send
//! them, for the benchmark and the tests of the log, which drive it without calls.
//! Out of scope: everything that the gateway adds. No identity, no rate, no
//! screening, no outcome: what those cost is what the comparison is to show.

#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod gate;

pub use gate::BareGate;

use serde_json::{Value, json};
use worker::{
    Context, Env, Headers, Method, Request, RequestInit, Response, event, wasm_bindgen::JsValue,
};

/// The path at which the other Worker is asked.
const UPSTREAM_PATH: &str = "/upstream";
/// The beginning of the paths of messages to a log: its name and the message follow.
const AUDIT_LOG_PATH: &str = "/audit-log/";
/// A binding decides who is reached, not the host.
const ORIGIN: &str = "http://bare";

/// A call, or the part of the upstream: a second Worker made of these modules.
///
/// # Errors
/// If the platform fails, or the request is not of the benchmark's shape.
#[event(fetch)]
pub async fn fetch(mut request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let question = request.text().await?;
    let path = request.path();
    if path == UPSTREAM_PATH {
        return upstream(&question);
    }
    if let Some((name, message)) = path
        .strip_prefix(AUDIT_LOG_PATH)
        .and_then(|rest| rest.split_once('/'))
    {
        let log = env.durable_object("AUDIT_LOG")?.get_by_name(name)?;
        let message = post(&format!("/{message}"), &question)?;
        return log.fetch_with_request(message).await;
    }
    call(&question, &env).await
}

async fn call(question: &str, env: &Env) -> worker::Result<Response> {
    let question: Value = serde_json::from_str(question)?;
    let gate = question["gate"].as_str().unwrap_or_default();
    let object = env.durable_object("BARE_GATE")?.get_by_name(gate)?;
    let record = json!({ "tool": "crm_echo", "arguments": question["arguments"] });
    let record = post("/record", &record.to_string())?;
    let row = text_of(object.fetch_with_request(record).await?).await?;

    let arguments = post(UPSTREAM_PATH, &question["arguments"].to_string())?;
    let upstream = env.service("UPSTREAM")?.fetch_request(arguments).await?;
    let result = text_of(upstream).await?;
    let structured: Value = serde_json::from_str(&result)?;
    Response::from_json(&json!({
        "row": row.parse::<u64>().unwrap_or_default(),
        "result": {
            "content": [{ "type": "text", "text": result }],
            "structuredContent": structured,
        },
    }))
}

/// Reads the question and writes the answer, as the echo of the test CRM does.
fn upstream(question: &str) -> worker::Result<Response> {
    let question: Value = serde_json::from_str(question)?;
    Response::from_json(&json!({ "text": question["text"] }))
}

fn post(path: &str, body: &str) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(JsValue::from_str(body)));
    Request::new_with_init(&format!("{ORIGIN}{path}"), &init)
}

async fn text_of(mut response: Response) -> worker::Result<String> {
    let text = response.text().await?;
    match response.status_code() {
        200 => Ok(text),
        status => Err(worker::Error::RustError(format!("status {status}: {text}"))),
    }
}
