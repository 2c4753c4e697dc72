//! A message for the client, and the HTTP status that carries it.

use lango_audit_log::Layer;
use lango_mcp_state::{RequestId, RpcRequest};
use rmcp::model::{ErrorCode, ErrorData};
use serde::Serialize;
use serde_json::{Value, json};
use worker::Response;

use super::{
    era::{Client, Era},
    fault::Fault,
    results,
};
use crate::{denial::Denial, layers::admission::ANSWER_NOT_KEPT, problem};

/// JSON-RPC's range for a server's own errors: a layer refused.
const DENIED: ErrorCode = ErrorCode(-32000);
/// How it stands with a call that was made before: the assistant reads what to do.
const MADE_BEFORE: [&str; 3] = ["in_progress", "outcome_unknown", ANSWER_NOT_KEPT];
/// SEP-2243: a header field and the body do not agree.
const HEADER_MISMATCH: ErrorCode = ErrorCode::HEADER_MISMATCH;

/// A message that answers a request.
pub(super) struct Answer {
    status: u16,
    message: Value,
    headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// A result.
    pub(super) fn result(id: &RequestId, result: Value) -> Self {
        Self {
            status: 200,
            message: json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            headers: Vec::new(),
        }
    }

    /// A protocol error; without an identifier when the request had none to read.
    pub(super) fn fault(id: Option<RequestId>, fault: Fault) -> Self {
        #[derive(Serialize)]
        struct Message {
            jsonrpc: &'static str,
            id: Option<RequestId>,
            error: ErrorData,
        }
        let message = Message {
            jsonrpc: "2.0",
            id,
            error: fault.error,
        };
        Self {
            status: fault.status,
            // The model's types serialise to JSON without fail.
            message: serde_json::to_value(message).unwrap_or_default(),
            headers: Vec::new(),
        }
    }

    /// A layer's refusal of a call: a result that the assistant can act on where
    /// the protocol has one, else an error.
    ///
    /// # Errors
    /// A 401, which is the resource server's own answer (RFC 6750), before any
    /// protocol.
    pub(super) fn denied(
        request: &RpcRequest,
        client: &Client,
        denial: Denial,
    ) -> Result<Self, Denial> {
        if let Some(fault) = protocol_fault(request, client, &denial) {
            super::super::log(&denial);
            return Ok(Self::fault(Some(request.id.clone()), fault));
        }
        let is_for_the_assistant = request.method == "tools/call"
            && (matches!(
                denial.layer,
                Layer::Screening | Layer::Connection | Layer::Release
            ) || MADE_BEFORE.contains(&denial.code))
            && denial.code != "internal";
        if is_for_the_assistant {
            super::super::log(&denial);
            let result = results::refused(&denial, client.era);
            return Ok(Self::result(&request.id, result));
        }
        Self::refused(request.id.clone(), denial)
    }

    /// A layer's refusal of anything else.
    ///
    /// # Errors
    /// As [`Answer::denied`].
    pub(super) fn refused(id: RequestId, denial: Denial) -> Result<Self, Denial> {
        if denial.status == 401 || is_challenge(&denial) {
            return Err(denial);
        }
        Ok(Self::denied_as_error(Some(id), denial))
    }

    /// A refusal before the message was read.
    pub(super) fn turned_away(denial: Denial) -> Self {
        Self::denied_as_error(None, denial)
    }

    fn denied_as_error(id: Option<RequestId>, denial: Denial) -> Self {
        super::super::log(&denial);
        let document = problem::document(&denial);
        let error = ErrorData::new(DENIED, denial.detail.clone(), Some(document));
        let fault = Fault {
            status: denial.status,
            error,
        };
        Self {
            headers: denial.headers,
            ..Self::fault(id, fault)
        }
    }

    /// The message itself.
    pub(super) fn into_message(self) -> Value {
        self.message
    }

    /// As an answer of its own.
    pub(super) fn into_response(self) -> Result<Response, Denial> {
        let mut response = super::super::json(self.status, &self.message)?;
        for (name, value) in self.headers {
            response
                .headers_mut()
                .set(name, &value)
                .map_err(|error| Denial::internal(error.to_string()))?;
        }
        Ok(response)
    }

    /// The result, or the error, without the message around it.
    pub(super) fn into_outcome(self) -> Result<Value, Value> {
        let Value::Object(mut message) = self.message else {
            return Err(Value::Null);
        };
        match message.remove("result") {
            Some(result) => Ok(result),
            None => Err(message.remove("error").unwrap_or_default()),
        }
    }
}

/// A refusal that asks the client to come back with more rights (RFC 6750 §3.1).
fn is_challenge(denial: &Denial) -> bool {
    denial.status == 403
        && denial
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("WWW-Authenticate"))
}

/// Refusals that the protocol has a code for.
fn protocol_fault(request: &RpcRequest, client: &Client, denial: &Denial) -> Option<Fault> {
    let with_document = |status: u16, code: ErrorCode| Fault {
        status,
        error: ErrorData::new(code, denial.detail.clone(), Some(problem::document(denial))),
    };
    match denial.code {
        "tool_unknown" if request.method == "resources/read" => {
            let uri = request.params.get("uri").and_then(Value::as_str);
            Some(Fault::no_resource(client.era, uri.unwrap_or_default()))
        }
        "tool_unknown" | "tool_ambiguous" => Some(with_document(200, ErrorCode::INVALID_PARAMS)),
        "header_mismatch" => Some(with_document(400, HEADER_MISMATCH)),
        "capability_missing" if client.era == Era::Stateless => {
            let required = denial.members.get("requiredCapabilities");
            Some(Fault::missing_capability(
                required.cloned().unwrap_or_default(),
            ))
        }
        "arguments_invalid" if request.method != "tools/call" => {
            Some(with_document(200, ErrorCode::INVALID_PARAMS))
        }
        _ => None,
    }
}
