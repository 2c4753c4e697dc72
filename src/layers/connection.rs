//! Layer 6, **connection**: credential opened there, system called, bounded.
//!
//! Proof: [`Answered`]. The connector Worker alone can open the credential; the
//! gateway hands it over as ciphertext. It takes nothing but [`Screened`].

use lango_admission::{SealedConnection, Slug};
use lango_audit_log::Layer;
use lango_connector_kit::{
    Access, CallAnswer, CallError, CallErrorCode, CallLimits, CallRequest, CallerKind,
    ConnectorClass, Frame, InputNeeded, Operation, PATH_CALL, Principal, TestReport, TraceParent,
    UpstreamTool, UpstreamTools,
};
use lango_durable_objects::{ConnectorClient, ConnectorError, Heard};
use lango_guard::Action;
use lango_identity::ConnectionId;
use lango_residency::{Colo, Evidence, Finding, Terms};
use lango_store::SealedConnectionRow;
use lango_vault::{SealedFields, WrappedDataKey};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use worker::Env;

use super::{
    access::PermittedAction,
    admission::Guarded,
    screening::{MAX_ROWS, Narrowed, Noted, Screened},
};
use crate::{catalogue::Capability, denial::Denial, state::sealing};

/// The code of whatever would be done where the tenant was promised that nothing is.
const RESIDENCY: &str = "residency";

/// What every call is bound by until policies say less.
const LIMITS: CallLimits = CallLimits {
    timeout_ms: 30_000,
    max_rows: MAX_ROWS,
    max_bytes: 1 << 20,
};

/// Proof: a connector has answered a screened call.
pub(crate) struct Answered {
    content: Result<Content, CallError>,
    finding: Finding,
    source: Source,
}

/// What answered, and what was found on the way to it: release goes by it.
pub(super) struct Source {
    /// The tool, without the prefix of a connection.
    pub(super) tool: String,
    /// The connection.
    pub(super) connection: String,
    /// What the call could change.
    pub(super) access: Access,
    /// Whether whole fields of the answer are the tenant's own records.
    pub(super) trusted: bool,
    /// Whether the arguments hold a query: it can say anything in its own answer.
    pub(super) takes_query: bool,
    /// The arguments, where somebody may ask for them later.
    pub(super) arguments: Option<Value>,
    /// What the tenant wants of the guards, and what the key's gate remembers.
    pub(super) guarded: Guarded,
    /// What was found in the arguments.
    pub(super) noted: Noted,
}

/// What a connector answered.
pub(super) enum Content {
    /// A structured result.
    Structured(Value),
    /// A whole result of the protocol.
    Mcp(Map<String, Value>),
    /// Questions for the client.
    InputNeeded(InputNeeded),
}

/// What a connector said before its answer, as it came.
pub(crate) struct Unreleased(Frame);

/// What a call is besides its proof.
pub(crate) struct Asked<'a> {
    /// Identifies the call in the audit log.
    pub(crate) call_id: &'a str,
    /// The data centre that the client's request hit.
    pub(crate) colo: Option<Colo>,
    /// What the client can do, as the protocol has it.
    pub(crate) client_capabilities: &'a Value,
    /// The trace that the client says it belongs to.
    pub(crate) trace: Option<&'a TraceParent>,
    /// Takes what is said before the answer; `None` when nobody listens.
    pub(crate) listener: Option<&'a dyn Fn(Unreleased)>,
}

/// Calls the connector.
///
/// # Errors
/// A denial when the connector cannot be asked. A failure of the system behind
/// it is an answer.
pub(crate) async fn call(
    screened: Screened,
    asked: Asked<'_>,
    env: &Env,
) -> Result<Answered, Denial> {
    let kind = screened.connector().to_owned();
    let listener = asked.listener;
    let (request, source) = request(screened, &asked)?;
    let Heard {
        evidence,
        mut frames,
    } = client(env, &kind, &request)
        .ask_for_frames(PATH_CALL, &request)
        .await
        .map_err(|error| not_asked(&request.residency, &error))?;
    let finding = inside(&request.residency, evidence)?;
    let broken = |error: &ConnectorError| denial(error).found(finding.clone());
    while let Some(frame) = frames.next().await.map_err(|error| broken(&error))? {
        match frame {
            Frame::Answer(CallAnswer::Error(error)) if error.code == CallErrorCode::NotResident => {
                return Err(residency(finding, error.message));
            }
            Frame::Answer(answer) => {
                return Ok(Answered {
                    content: content(answer),
                    finding,
                    source,
                });
            }
            said => {
                if let Some(listener) = listener {
                    listener(Unreleased(said));
                }
            }
        }
    }
    let broke_off = ConnectorError::Failed("its stream ended before the answer".to_owned());
    Err(broken(&broke_off))
}

/// Asks the server behind a connection for its tools: for an administrator, who
/// decides about them. Nothing of the answer reaches an assistant unapproved.
///
/// # Errors
/// A denial when the connector or the server cannot be asked.
pub(crate) async fn list_upstream_tools(
    permitted: &PermittedAction,
    connection: &ConnectionId,
    sealed: &SealedConnectionRow,
    residency: Terms,
    env: &Env,
) -> Result<UpstreamTools, Denial> {
    let operation = Operation::ListTools;
    ask_for_administrator(permitted, connection, sealed, operation, residency, env).await
}

/// Has the connector find out whether a connection works.
///
/// # Errors
/// A denial when the connector cannot be asked.
pub(crate) async fn test(
    permitted: &PermittedAction,
    connection: &ConnectionId,
    sealed: &SealedConnectionRow,
    residency: Terms,
    env: &Env,
) -> Result<TestReport, Denial> {
    let operation = Operation::Test;
    ask_for_administrator(permitted, connection, sealed, operation, residency, env).await
}

async fn ask_for_administrator<T: DeserializeOwned>(
    permitted: &PermittedAction,
    connection: &ConnectionId,
    sealed: &SealedConnectionRow,
    operation: Operation,
    residency: Terms,
    env: &Env,
) -> Result<T, Denial> {
    let request = CallRequest {
        call_id: String::new(),
        tenant: permitted.scope().tenant().as_str().to_owned(),
        connection: connection.as_str().to_owned(),
        // A server that knows people shows each of them their own tools.
        principal: Some(Principal {
            kind: CallerKind::Employee,
            id: permitted.principal().to_owned(),
            role: None,
            customer_number: None,
            allow_tables: None,
        }),
        operation,
        tool: String::new(),
        upstream: None,
        arguments: Value::Null,
        database: None,
        input: None,
        client_capabilities: Value::Null,
        trace: None,
        stream: false,
        residency,
        allowed_hosts: sealed.allowed_hosts.clone(),
        data_key: stored::<WrappedDataKey>(&sealed.data_key)?,
        erasure_key: sealing::erasure_key(env, permitted.scope()).await?,
        sealed: stored::<SealedFields>(&sealed.sealed)?,
        limits: CallLimits {
            // Definitions are JSON inside JSON: every quote counts twice.
            max_bytes: 4 * LIMITS.max_bytes,
            ..LIMITS
        },
    };
    let answer: CallAnswer = client(env, &sealed.connector, &request)
        .ask(PATH_CALL, &request)
        .await
        .map_err(|error| not_asked(&request.residency, &error))?;
    let unreadable = || {
        denial(&ConnectorError::Failed(
            "its answer is not readable".to_owned(),
        ))
    };
    match answer {
        CallAnswer::Result(result) => serde_json::from_value(result).map_err(|_| unreadable()),
        CallAnswer::Error(error) if error.code == CallErrorCode::NotResident => Err(Denial::new(
            Layer::Connection,
            RESIDENCY,
            403,
            error.message,
        )),
        CallAnswer::Error(error) => Err(upstream_failed(&error)),
        _ => Err(unreadable()),
    }
}

/// The connector that a request is for.
fn client<'a>(env: &'a Env, kind: &'a str, request: &'a CallRequest) -> ConnectorClient<'a> {
    ConnectorClient {
        env,
        kind,
        tenant: &request.tenant,
        connection: &request.connection,
        call_id: &request.call_id,
    }
}

impl Answered {
    pub(super) fn into_parts(self) -> (Result<Content, CallError>, Finding, Source) {
        (self.content, self.finding, self.source)
    }
}

impl Unreleased {
    pub(super) fn into_frame(self) -> Frame {
        self.0
    }
}

fn request(screened: Screened, asked: &Asked<'_>) -> Result<(CallRequest, Source), Denial> {
    let parts = screened.into_parts();
    let source = source(
        &parts.capability,
        &parts.connection,
        &parts.arguments,
        parts.guarded,
        parts.noted,
    );
    let (database, limits) = match parts.database {
        Some(Narrowed { scope, max_rows }) => (Some(scope), CallLimits { max_rows, ..LIMITS }),
        None => (None, LIMITS),
    };
    let request = CallRequest {
        call_id: asked.call_id.to_owned(),
        tenant: parts.scope.tenant().as_str().to_owned(),
        connection: parts.connection.connection_id,
        principal: Some(parts.caller),
        operation: parts.capability.operation(),
        tool: parts.capability.name().to_owned(),
        upstream: match &parts.capability {
            Capability::Upstream(tool) => Some(UpstreamTool {
                sha256: tool.sha256.clone(),
            }),
            _ => None,
        },
        arguments: parts.arguments,
        database,
        input: parts.input,
        client_capabilities: asked.client_capabilities.clone(),
        trace: asked.trace.cloned(),
        stream: asked.listener.is_some(),
        residency: Terms {
            promise: parts.connection.residency,
            colo: asked.colo,
        },
        allowed_hosts: parts.connection.allowed_hosts,
        data_key: stored::<WrappedDataKey>(&parts.connection.data_key)?,
        erasure_key: parts.connection.erasure_key,
        sealed: stored::<SealedFields>(&parts.connection.sealed)?,
        limits,
    };
    Ok((request, source))
}

fn source(
    capability: &Capability,
    connection: &SealedConnection,
    arguments: &Value,
    guarded: Guarded,
    noted: Noted,
) -> Source {
    // What a query selects, whose account a number is and what was just changed may all
    // say the arguments again: that makes them nobody's records.
    let takes_query = capability
        .tool()
        .is_some_and(|tool| tool.definition().sql.is_some())
        || capability.class() == ConnectorClass::Financial
        || capability.access() != Access::Read;
    let may_be_held = guarded.policy.results.0 == Action::Hold;
    let is_upstream = matches!(capability, Capability::Upstream(_));
    let slug = connection.slug.as_ref().map_or("", Slug::as_str);
    Source {
        tool: capability.name().to_owned(),
        connection: connection.connection_id.clone(),
        access: capability.access(),
        trusted: guarded
            .policy
            .provenance
            .trusts(slug, capability.class(), is_upstream),
        takes_query,
        arguments: (takes_query || may_be_held).then(|| arguments.clone()),
        guarded,
        noted,
    }
}

fn content(answer: CallAnswer) -> Result<Content, CallError> {
    match answer {
        CallAnswer::Result(value) => Ok(Content::Structured(value)),
        CallAnswer::Mcp(result) => Ok(Content::Mcp(result)),
        CallAnswer::InputNeeded(needed) => Ok(Content::InputNeeded(needed)),
        CallAnswer::Error(error) => Err(error),
    }
}

fn stored<T: DeserializeOwned>(json: &str) -> Result<T, Denial> {
    serde_json::from_str(json)
        .map_err(|_| Denial::unavailable(Layer::Connection, "a stored connection is not readable"))
}

/// The words are the connector's own, but may quote the server's.
fn upstream_failed(error: &CallError) -> Denial {
    let words = lango_redaction::Redactor::shipped().redact(&error.message);
    Denial::new(
        Layer::Connection,
        "upstream_failed",
        502,
        words.text.into_owned(),
    )
}

/// A connector holds what it sees against the promise before it opens anything. One of
/// before there were promises does not: nothing of its answer goes on then either.
fn inside(terms: &Terms, evidence: Evidence) -> Result<Finding, Denial> {
    let finding = Finding::of(&terms.promise, evidence);
    if finding.is_refused() {
        return Err(not_resident(finding, "Nothing of its answer is passed on."));
    }
    Ok(finding)
}

/// A connector that would not serve where it is, or could not be asked at all.
pub(crate) fn not_asked(terms: &Terms, error: &ConnectorError) -> Denial {
    let Some(evidence) = error.not_resident() else {
        return denial(error);
    };
    let finding = Finding::of(&terms.promise, evidence);
    match error {
        // The promise is kept where it runs, but not by what it would use there.
        ConnectorError::Refused(_, problem) if !finding.is_refused() => {
            let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
            residency(finding, detail)
        }
        _ => not_resident(finding, "The credential was not opened."),
    }
}

fn not_resident(finding: Finding, so: &str) -> Denial {
    let detail = format!(
        "{finding} {so} An administrator can change the promise; an operator, where Lango runs."
    );
    residency(finding, detail)
}

/// What was expected, and what was seen.
fn residency(finding: Finding, detail: String) -> Denial {
    let seen: Map<_, _> = finding
        .evidence
        .described()
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Value::from(text)))
        .collect();
    Denial::new(Layer::Connection, RESIDENCY, 403, detail)
        .with_member("expected", finding.residency.as_str())
        .with_member("seen", seen)
        .found(finding)
}

fn denial(error: &ConnectorError) -> Denial {
    Denial::new(
        Layer::Connection,
        "connector_unavailable",
        502,
        "The connector of this tool did not answer. Whether the call took effect is not known.",
    )
    .because(error.to_string())
}
