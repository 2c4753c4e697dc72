//! `POST /mcp`: the Model Context Protocol over Streamable HTTP, answered in
//! JSON, for both eras: with a handshake (2025) and without (2026-07-28).
//!
//! In scope today: initialize, discover, ping, tools/list, tools/call and
//! notifications. There is no stream to open, so GET and DELETE are refused.

mod era;
mod lists;
mod message;
mod results;

use lango_admission::Purpose;
use lango_audit_log::{Layer, Place, Subject, arguments_digest};
use rmcp::model::{ErrorCode, ErrorData, NumberOrString};
use serde::Serialize;
use serde_json::{Value, json};
use worker::{Request, Response};

use self::{
    era::{Era, Headers},
    message::{Message, RpcRequest},
};
use super::{empty, json as json_answer};
use crate::{
    catalogue::Catalogue,
    denial::Denial,
    gateway::{Call, Gateway},
    layers::{access, identity::Identified, transport::Expectation},
    problem,
};

const POST: Expectation = Expectation { methods: &["POST"] };

/// JSON-RPC's range for a server's own errors: a layer refused.
const DENIED: ErrorCode = ErrorCode(-32000);

/// A protocol error and the HTTP status that carries it.
#[derive(Debug)]
struct Fault {
    status: u16,
    error: ErrorData,
}

pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let headers = Headers::of(&request);
    let identified = gateway.receive(request, POST).await?;
    let request = match Message::parse(identified.body()) {
        Ok(Message::Request(request)) => request,
        Ok(Message::Other) => return empty(202),
        Err(fault) => return faulty(None, fault),
    };
    let id = request.id.clone();
    match Era::of(&headers, &request) {
        Ok(era) => respond(gateway, identified, era, request).await,
        Err(fault) => faulty(Some(id), fault),
    }
}

async fn respond(
    gateway: &Gateway,
    identified: Identified,
    era: Era,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let id = request.id.clone();
    match (request.method.as_str(), era) {
        ("tools/call", _) => call(gateway, identified, era, request).await,
        ("tools/list", _) => list(gateway, identified, era, request).await,
        ("initialize", Era::Handshake) => {
            admitted(
                gateway,
                identified,
                id,
                results::initialize(&request.params),
            )
            .await
        }
        ("ping", Era::Handshake) => admitted(gateway, identified, id, Ok(json!({}))).await,
        ("server/discover", Era::Stateless) => {
            admitted(gateway, identified, id, results::discover()).await
        }
        _ => faulty(Some(id), Fault::unknown_method(era)),
    }
}

/// Answers a request that is only counted.
async fn admitted(
    gateway: &Gateway,
    identified: Identified,
    id: NumberOrString,
    result: Result<Value, Fault>,
) -> Result<Response, Denial> {
    if let Err(denial) = gateway.admit(identified, Purpose::Request, None).await {
        return denied(id, &denial);
    }
    result.map_or_else(
        |fault| faulty(Some(id.clone()), fault),
        |result| succeeded(&id, &result),
    )
}

async fn list(
    gateway: &Gateway,
    identified: Identified,
    era: Era,
    request: RpcRequest,
) -> Result<Response, Denial> {
    if request
        .params
        .get("cursor")
        .is_some_and(|cursor| !cursor.is_null())
    {
        return faulty(
            Some(request.id),
            Fault::invalid_params("The list has one page: send no cursor."),
        );
    }
    match gateway.admit(identified, Purpose::List, None).await {
        Ok(admitted) => succeeded(&request.id, &results::list(&access::reach(admitted), era)),
        Err(denial) => denied(request.id, &denial),
    }
}

async fn call(
    gateway: &Gateway,
    identified: Identified,
    era: Era,
    mut request: RpcRequest,
) -> Result<Response, Denial> {
    let call = match tool_call(&mut request.params) {
        Ok(call) => call,
        Err(fault) => return faulty(Some(request.id), fault),
    };
    match gateway.call(identified, call).await {
        Ok(released) => succeeded(&request.id, &results::called(&released, era)),
        Err(denial) if is_for_the_assistant(&denial) => {
            super::log(&denial);
            succeeded(&request.id, &results::refused(&denial, era))
        }
        Err(denial) => denied(request.id, &denial),
    }
}

/// Bad input and failing systems are results with `isError`: the assistant can
/// repair its call. Everything else is for the client.
fn is_for_the_assistant(denial: &Denial) -> bool {
    matches!(denial.layer, Layer::Screening | Layer::Connection)
}

fn tool_call(params: &mut Value) -> Result<Call, Fault> {
    let name = params
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_name = (1..=128).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    if !is_name {
        let detail = "params.name must be a tool's name: 1 to 128 of A-Z a-z 0-9 _ - . /";
        return Err(Fault::invalid_params(detail));
    }
    let named = Catalogue::shipped().named_tool(name);
    let tool = name.to_owned();
    let arguments = match params.get_mut("arguments").map(Value::take) {
        None | Some(Value::Null) => json!({}),
        Some(arguments @ Value::Object(_)) => arguments,
        Some(_) => return Err(Fault::invalid_params("params.arguments must be an object.")),
    };
    Ok(Call {
        subject: Subject::Call {
            tool,
            at: Place {
                connector: named.target.connector.clone(),
                connection: None,
            },
            arguments_sha256: arguments_digest(&arguments),
        },
        named,
        arguments,
        input: None,
        client_capabilities: Value::Null,
        observer: None,
    })
}

fn succeeded(id: &NumberOrString, result: &Value) -> Result<Response, Denial> {
    json_answer(
        200,
        &json!({ "jsonrpc": "2.0", "id": id, "result": result }),
    )
}

/// A protocol error.
fn faulty(id: Option<NumberOrString>, fault: Fault) -> Result<Response, Denial> {
    #[derive(Serialize)]
    struct Answer {
        jsonrpc: &'static str,
        id: Option<NumberOrString>,
        error: ErrorData,
    }
    json_answer(
        fault.status,
        &Answer {
            jsonrpc: "2.0",
            id,
            error: fault.error,
        },
    )
}

/// A layer's refusal, as the error of the request that it refuses. A 401 is the
/// resource server's own answer (RFC 6750), before any protocol.
fn denied(id: NumberOrString, denial: &Denial) -> Result<Response, Denial> {
    if denial.status == 401 {
        return Err(denial.clone());
    }
    super::log(denial);
    let (status, code) = match denial.code {
        "tool_unknown" => (200, ErrorCode::INVALID_PARAMS),
        _ => (denial.status, DENIED),
    };
    let error = ErrorData::new(code, denial.detail.clone(), Some(problem::document(denial)));
    let response = faulty(Some(id), Fault { status, error })?;
    problem::with_headers(response, denial).map_err(|error| Denial::internal(error.to_string()))
}

impl Fault {
    fn new(status: u16, code: ErrorCode, message: &'static str) -> Self {
        Self {
            status,
            error: ErrorData::new(code, message, None),
        }
    }

    fn invalid_params(message: &'static str) -> Self {
        Self::new(200, ErrorCode::INVALID_PARAMS, message)
    }

    fn unknown_method(era: Era) -> Self {
        let status = match era {
            Era::Handshake => 200,
            Era::Stateless => 404,
        };
        Self::new(
            status,
            ErrorCode::METHOD_NOT_FOUND,
            "There is no such method here.",
        )
    }
}
