//! `/v1/tools`: the same tools over plain HTTP, through the same seven layers, and
//! `/openapi.json`, which describes them.

mod answer;
mod openapi;

use std::rc::Rc;

use lango_admission::{Once, Purpose};
use lango_audit_log::{Place, Subject, arguments_digest};
use lango_connector_kit::TraceParent;
use lango_identity::ApprovalId;
use lango_tenancy::Flag;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use worker::{Method, Request, Response};

use super::{
    incoming, json as json_answer, lists,
    once::{self, IdempotencyKey},
    parse,
};
use crate::{
    catalogue::Catalogue,
    denial::Denial,
    gateway::{Call, Gateway},
    layers::{access, identity::Takes, screening::ClientSays, transport::Expectation},
    state::approvals,
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };
const POST: Expectation<'_> = Expectation { methods: &["POST"] };

/// `GET /v1/tools`: the tools that the key may call.
pub(super) async fn list(request: Request, gateway: &Rc<Gateway>) -> Result<Response, Denial> {
    let identified = gateway.receive(request, GET, Takes::Tools).await?;
    let admitted = gateway.count(identified, Purpose::List).await?;
    access::require(&admitted, Flag::RestTools)?;
    let tools = lists::tools(&access::reach(admitted));
    json_answer(200, &json!({ "items": tools }))
}

/// `GET /openapi.json`: the same tools, as OpenAPI 3.1 describes them.
pub(super) async fn openapi(request: Request, gateway: &Rc<Gateway>) -> Result<Response, Denial> {
    let origin = request
        .url()
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    let identified = gateway.receive(request, GET, Takes::Tools).await?;
    let admitted = gateway.count(identified, Purpose::List).await?;
    access::require(&admitted, Flag::RestTools)?;
    let tools = lists::tools(&access::reach(admitted));
    json_answer(200, &openapi::document(&origin, &tools))
}

/// `POST /v1/tools/{name}`: calls a tool; the body is its arguments. An upstream's
/// tool may have a `/` in its name, which stands encoded in the path.
pub(super) async fn call(
    request: Request,
    gateway: &Rc<Gateway>,
    segment: &str,
) -> Result<Response, Denial> {
    let name = &*percent_decode_str(segment).decode_utf8_lossy();
    // A head that the transport refuses is refused first, whatever else it says.
    let is_post = request.method() == Method::Post;
    let field = request.headers().get("Idempotency-Key").ok().flatten();
    let trace = incoming::trace(&request);
    let named = request.headers().get("Lango-Approval").ok().flatten();
    let identified = gateway.receive(request, POST, Takes::Tools).await?;
    let key = field
        .filter(|_| is_post)
        .map(|field| IdempotencyKey::parse(&field))
        .transpose()?;
    let approval = named
        .filter(|_| is_post)
        .map(|id| ApprovalId::parse(id.trim()).map_err(|_| no_approval()))
        .transpose()?;
    let arguments: Value = parse(identified.body())?;
    let Value::Object(_) = arguments else {
        return Err(not_an_object());
    };
    let once = key.as_ref().map(|key| key.once(name, &arguments));
    let gate = identified.gate();
    let call = Call {
        approval,
        ..read(name, arguments, once.clone(), trace)
    };
    let result = approvals::call(gateway, identified, call).await;
    let answer = answer::of(result);
    let answer = match once {
        Some(once) => once::remember(&gateway.env, &gate, &once, answer).await?,
        None => answer,
    };
    answer::respond(answer)
}

fn read(name: &str, arguments: Value, once: Option<Once>, trace: Option<TraceParent>) -> Call {
    let named = Catalogue::shipped().named_tool(name);
    Call {
        subject: Subject::Call {
            tool: name.chars().take(128).collect(),
            at: Place {
                connector: named.target.connector.clone(),
                connection: None,
            },
            arguments_sha256: arguments_digest(&arguments),
        },
        named,
        arguments,
        input: None,
        client: ClientSays {
            trace,
            ..ClientSays::default()
        },
        observer: None,
        once,
        approval: None,
        feature: Some(Flag::RestTools),
    }
}

fn no_approval() -> Denial {
    Denial::new(
        lango_audit_log::Layer::Transport,
        "approval_name",
        400,
        "Lango-Approval must be an approval's identifier, as the refusal has it.",
    )
}

fn not_an_object() -> Denial {
    Denial::new(
        lango_audit_log::Layer::Transport,
        "body",
        400,
        "The body must be a JSON object: the tool's arguments.",
    )
}
