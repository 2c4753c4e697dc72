//! Questions for the client, and its answers (`input_required`, SEP-2322).
//!
//! What the connector wants back goes through the client as `requestState`,
//! signed together with the key, the name and the arguments of the call, so that
//! it comes back as it was, for this call, from this key.

use lango_audit_log::arguments_digest;
use lango_connector_kit::{ClientInput, InputNeeded};
use lango_identity::StatementPurpose;
use rmcp::model::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    era::{Client, Era},
    fault::Fault,
};
use crate::{clock, denial::Denial, layers::identity::Identified, settings::Settings};

const PURPOSE: StatementPurpose = StatementPurpose::new("lango-mcp-request-state");

/// A person gets this long to answer.
const ANSWER_WITHIN_SECONDS: i64 = 600;

#[derive(Serialize, Deserialize)]
struct Stated {
    key: String,
    call: String,
    state: String,
}

/// What the client has answered to an earlier round; `None` in the first.
///
/// # Errors
/// A fault when the answers are no object, or the state is not ours.
pub(super) fn read(
    settings: &Settings,
    identified: &Identified,
    client: &Client,
    params: &Value,
) -> Result<Option<ClientInput>, Fault> {
    if client.era == Era::Handshake {
        return Ok(None);
    }
    let responses = match params.get("inputResponses") {
        None => None,
        Some(Value::Object(responses)) => Some(responses.clone()),
        Some(_) => {
            let detail = "params.inputResponses must be an object.";
            return Err(Fault::invalid_params(detail));
        }
    };
    let state = match params.get("requestState") {
        None => None,
        Some(text) => Some(verified(settings, identified, params, text)?),
    };
    Ok(match (responses, state) {
        (None, None) => None,
        (responses, state) => Some(ClientInput {
            responses: responses.unwrap_or_default(),
            state,
        }),
    })
}

/// The result that asks.
pub(super) fn required(
    settings: &Settings,
    identified: &Identified,
    params: &Value,
    needed: &InputNeeded,
) -> Result<Value, Denial> {
    let mut result = json!({ "resultType": "input_required" });
    if !needed.requests.is_empty() {
        result["inputRequests"] = json!(needed.requests);
    }
    if let Some(state) = &needed.state {
        let stated = Stated {
            key: identified.gate().to_string(),
            call: digest(params),
            state: state.clone(),
        };
        let until = clock::now_seconds() + ANSWER_WITHIN_SECONDS;
        result["requestState"] = settings
            .signing_keys()
            .state(PURPOSE, stated, until)
            .map_err(|error| Denial::internal(error.to_string()))?
            .into();
    }
    Ok(result)
}

/// The connector's state in a result that asks.
pub(super) fn state_of(settings: &Settings, result: &Value) -> Option<String> {
    let text = result.get("requestState").and_then(Value::as_str)?;
    settings
        .signing_keys()
        .stated::<Stated>(PURPOSE, text, clock::now_seconds())
        .ok()
        .map(|stated| stated.content.state)
}

/// A client is asked only what it said it can answer.
pub(super) fn check_capabilities(client: &Client, needed: &InputNeeded) -> Result<(), Fault> {
    let mut lacking = Map::new();
    for request in needed.requests.values() {
        let capability = match request.method.as_str() {
            "elicitation/create" => "elicitation",
            "sampling/createMessage" => "sampling",
            "roots/list" => "roots",
            _ => {
                return Err(Fault::new(
                    200,
                    ErrorCode::INTERNAL_ERROR,
                    "The system wants to ask in a way that there is not.",
                ));
            }
        };
        if client.capabilities.get(capability).is_none() {
            lacking.insert(capability.to_owned(), json!({}));
        }
    }
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(Fault::missing_capability(Value::Object(lacking)))
    }
}

fn verified(
    settings: &Settings,
    identified: &Identified,
    params: &Value,
    text: &Value,
) -> Result<String, Fault> {
    let refused = || {
        Fault::invalid_params(
            "params.requestState is not what this server gave for this call, or is too old.",
        )
    };
    let text = text.as_str().ok_or_else(refused)?;
    let stated = settings
        .signing_keys()
        .stated::<Stated>(PURPOSE, text, clock::now_seconds())
        .map_err(|_| refused())?
        .content;
    if stated.key != identified.gate().to_string() || stated.call != digest(params) {
        return Err(refused());
    }
    Ok(stated.state)
}

/// The call that the state belongs to: name and arguments, not the answers.
fn digest(params: &Value) -> String {
    let member = |name: &str| params.get(name).cloned().unwrap_or_default();
    let arguments = match member("arguments") {
        Value::Null => json!({}),
        arguments => arguments,
    };
    arguments_digest(&json!([member("name"), member("uri"), arguments]))
}
