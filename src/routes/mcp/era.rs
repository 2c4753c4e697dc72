//! Which era a request belongs to, and whether its header fields agree with it.

use std::collections::BTreeMap;

use lango_connector_kit::{LogLevel, TraceParent};
use lango_mcp_state::RpcRequest;
use rmcp::model::{ErrorCode, ErrorData, ProtocolVersion};
use serde_json::{Value, json};
use worker::Request;

use super::{
    fault::Fault,
    session::{self, Session},
};
use crate::{header_text::decoded, routes::incoming};

/// Versions with a handshake, oldest first. The header field may be missing:
/// then it means the first.
pub(super) const HANDSHAKE_VERSIONS: [ProtocolVersion; 3] = [
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
];

/// Versions without.
pub(super) const STATELESS_VERSIONS: [ProtocolVersion; 1] = [ProtocolVersion::V_2026_07_28];

const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
const META_PROGRESS_TOKEN: &str = "progressToken";
/// One of the three members that have no prefix (2026-07-28, *OpenTelemetry trace context*).
const META_TRACEPARENT: &str = "traceparent";

/// The extension by which a client takes a task for an answer.
pub(super) const TASKS_EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// Before the name of a tool's parameter that is mirrored in a header field.
const PARAMETER_FIELDS: &str = "mcp-param-";

/// The two eras of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// `initialize` first (2025).
    Handshake,
    /// Each request says everything (2026-07-28).
    Stateless,
}

/// The protocol's header fields.
#[derive(Debug, Default)]
pub(super) struct Headers {
    version: Option<String>,
    method: Option<String>,
    name: Option<String>,
    session: Option<String>,
    last_event_id: Option<String>,
    takes_streams: bool,
    parameters: BTreeMap<String, String>,
    trace: Option<TraceParent>,
}

/// How a request was sent, and what its client can do.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) era: Era,
    /// As the protocol has them.
    pub(super) capabilities: Value,
    /// Whether an answer may be an event stream.
    pub(super) takes_streams: bool,
    /// By which progress is reported.
    pub(super) progress_token: Option<Value>,
    /// The mildest log messages wanted (2026); a session's are remembered.
    pub(super) log_level: Option<LogLevel>,
    /// The session (2025).
    pub(super) session: Option<Session>,
    /// The `Mcp-Param-` fields (2026), by their names in lower case.
    pub(super) parameters: Option<BTreeMap<String, String>>,
    /// The trace that the request says it belongs to.
    pub(super) trace: Option<TraceParent>,
}

impl Headers {
    pub(super) fn of(request: &Request) -> Self {
        let field = |name: &str| request.headers().get(name).ok().flatten();
        Self {
            version: field("MCP-Protocol-Version"),
            method: field("Mcp-Method"),
            name: field("Mcp-Name"),
            session: field(session::HEADER),
            last_event_id: field("Last-Event-ID"),
            takes_streams: field("Accept")
                .is_some_and(|accept| accept.contains("text/event-stream")),
            trace: incoming::trace(request),
            parameters: request
                .headers()
                .entries()
                .filter_map(|(name, value)| {
                    let name = name.to_ascii_lowercase();
                    let parameter = name.strip_prefix(PARAMETER_FIELDS)?;
                    Some((parameter.to_owned(), value))
                })
                .collect(),
        }
    }

    /// The session that the request names.
    pub(super) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The last event that a client has seen of a stream.
    pub(super) fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// Whether the client takes an event stream.
    pub(super) fn takes_streams(&self) -> bool {
        self.takes_streams
    }
}

impl Client {
    /// What the request's header fields and `_meta` say of its client.
    pub(super) fn of(
        headers: &Headers,
        era: Era,
        request: &RpcRequest,
        session: Option<Session>,
    ) -> Self {
        let meta = |name: &str| request.params.get("_meta")?.get(name).cloned();
        Self {
            capabilities: match era {
                Era::Stateless => meta(META_CAPABILITIES).unwrap_or_default(),
                Era::Handshake => session
                    .as_ref()
                    .map(|session| session.capabilities().clone())
                    .unwrap_or_default(),
            },
            takes_streams: headers.takes_streams,
            progress_token: meta(META_PROGRESS_TOKEN)
                .filter(|token| token.is_string() || token.is_number()),
            log_level: match era {
                Era::Stateless => {
                    meta(META_LOG_LEVEL).and_then(|level| serde_json::from_value(level).ok())
                }
                Era::Handshake => None,
            },
            parameters: (era == Era::Stateless).then(|| headers.parameters.clone()),
            // The message's own says more than the one that carried it.
            trace: match meta(META_TRACEPARENT) {
                Some(said) => said.as_str().and_then(|it| TraceParent::parse(it).ok()),
                None => headers.trace.clone(),
            },
            session,
            era,
        }
    }

    /// Whether the client takes tasks.
    pub(super) fn takes_tasks(&self) -> bool {
        self.era == Era::Stateless
            && self
                .capabilities
                .get("extensions")
                .and_then(|extensions| extensions.get(TASKS_EXTENSION))
                .is_some()
    }
}

impl Era {
    /// Decides by the version that the request says, in `_meta` or in its field.
    pub(super) fn of(headers: &Headers, request: &RpcRequest) -> Result<Self, Fault> {
        let meta = request.params.get("_meta");
        let in_meta = meta
            .and_then(|meta| meta.get(META_VERSION))
            .and_then(Value::as_str);
        let in_field = headers.version.as_deref();
        let is_stateless = in_meta.is_some()
            || request.method == "server/discover"
            || in_field.is_some_and(|version| is_among(&STATELESS_VERSIONS, version));
        if !is_stateless {
            return match in_field {
                Some(version) if !is_among(&HANDSHAKE_VERSIONS, version) => {
                    Err(unsupported(version))
                }
                _ => Ok(Self::Handshake),
            };
        }
        check_version(in_meta, in_field)?;
        if meta
            .and_then(|meta| meta.get(META_CAPABILITIES))
            .is_none_or(|it| !it.is_object())
        {
            return Err(missing_meta(META_CAPABILITIES));
        }
        check_fields(headers, request)?;
        Ok(Self::Stateless)
    }
}

fn check_version(in_meta: Option<&str>, in_field: Option<&str>) -> Result<(), Fault> {
    let version = in_meta.ok_or_else(|| missing_meta(META_VERSION))?;
    if in_field != Some(version) {
        return Err(mismatch("MCP-Protocol-Version must say what _meta says."));
    }
    if is_among(&STATELESS_VERSIONS, version) {
        Ok(())
    } else {
        Err(unsupported(version))
    }
}

fn check_fields(headers: &Headers, request: &RpcRequest) -> Result<(), Fault> {
    if headers.method.as_deref() != Some(&request.method) {
        return Err(mismatch("Mcp-Method must say the method."));
    }
    let (named, is_demanded) = match request.method.as_str() {
        "tools/call" | "prompts/get" => ("name", true),
        "resources/read" => ("uri", true),
        "tasks/get" | "tasks/update" | "tasks/cancel" => ("taskId", false),
        _ => return Ok(()),
    };
    let expected = request.params.get(named).and_then(Value::as_str);
    let said = headers
        .name
        .as_deref()
        .map(|field| decoded(field).unwrap_or_default());
    if said.is_none() && !is_demanded {
        return Ok(());
    }
    if said.is_none() || said.as_deref() != expected {
        return Err(mismatch("Mcp-Name must say the name."));
    }
    Ok(())
}

fn is_among(versions: &[ProtocolVersion], text: &str) -> bool {
    versions.iter().any(|version| version.as_str() == text)
}

fn missing_meta(member: &str) -> Fault {
    Fault::new(
        400,
        ErrorCode::INVALID_PARAMS,
        "params._meta lacks a member.",
    )
    .with_data(json!({ "missing": member }))
}

fn mismatch(message: &'static str) -> Fault {
    Fault::new(400, ErrorCode::HEADER_MISMATCH, message)
}

fn unsupported(requested: &str) -> Fault {
    let supported: Vec<_> = HANDSHAKE_VERSIONS
        .iter()
        .chain(&STATELESS_VERSIONS)
        .collect();
    let requested: String = requested.chars().take(32).collect();
    let data = json!({ "supported": supported, "requested": requested });
    let code = ErrorCode::UNSUPPORTED_PROTOCOL_VERSION;
    Fault {
        status: 400,
        error: ErrorData::new(code, "This protocol version is not supported.", Some(data)),
    }
}

#[cfg(test)]
mod tests {
    use lango_mcp_state::RequestId;

    use super::*;

    fn request(method: &str, params: Value) -> RpcRequest {
        RpcRequest {
            id: RequestId::Number(1),
            method: method.into(),
            params,
        }
    }

    fn stateless(version: &str) -> Value {
        json!({"name": "t", "_meta": {META_VERSION: version, META_CAPABILITIES: {}}})
    }

    fn headers(version: Option<&str>, method: Option<&str>, name: Option<&str>) -> Headers {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Headers {
            version: owned(version),
            method: owned(method),
            name: owned(name),
            ..Headers::default()
        }
    }

    fn code(headers: &Headers, request: &RpcRequest) -> Result<Era, i32> {
        Era::of(headers, request).map_err(|fault| {
            assert_eq!(fault.status, 400);
            fault.error.code.0
        })
    }

    #[test]
    fn without_a_field_it_is_the_first_handshake_version() {
        let list = request("tools/list", json!({}));
        assert_eq!(code(&Headers::default(), &list), Ok(Era::Handshake));
        assert_eq!(
            code(&headers(Some("2025-06-18"), None, None), &list),
            Ok(Era::Handshake)
        );
        assert_eq!(
            code(&headers(Some("2024-01-01"), None, None), &list),
            Err(-32022)
        );
    }

    #[test]
    fn a_stateless_request_says_everything_twice() {
        let new = "2026-07-28";
        let call = request("tools/call", stateless(new));
        let fields = |version, method, name| code(&headers(version, method, name), &call);
        assert_eq!(
            fields(Some(new), Some("tools/call"), Some("t")),
            Ok(Era::Stateless)
        );
        assert_eq!(
            fields(Some(new), Some("tools/call"), Some("=?base64?dA==?=")),
            Ok(Era::Stateless)
        );
        assert_eq!(fields(None, Some("tools/call"), Some("t")), Err(-32020));
        assert_eq!(
            fields(Some("2025-11-25"), Some("tools/call"), Some("t")),
            Err(-32020)
        );
        assert_eq!(fields(Some(new), None, Some("t")), Err(-32020));
        assert_eq!(
            fields(Some(new), Some("tools/list"), Some("t")),
            Err(-32020)
        );
        assert_eq!(fields(Some(new), Some("tools/call"), None), Err(-32020));
        assert_eq!(
            fields(Some(new), Some("tools/call"), Some("other")),
            Err(-32020)
        );
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let new = Some("2026-07-28");
        let bare = request("tools/list", json!({}));
        assert_eq!(
            code(&headers(new, Some("tools/list"), None), &bare),
            Err(-32602)
        );
        let no_capabilities = json!({"_meta": {META_VERSION: "2026-07-28"}});
        let list = request("tools/list", no_capabilities);
        assert_eq!(
            code(&headers(new, Some("tools/list"), None), &list),
            Err(-32602)
        );
        let future = request("tools/list", stateless("2030-01-01"));
        let fields = headers(Some("2030-01-01"), Some("tools/list"), None);
        assert_eq!(code(&fields, &future), Err(-32022));
    }
}
