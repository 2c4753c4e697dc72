//! The JSON messages between the gateway and a connector Worker.
//!
//! They cross a service binding as `POST` bodies. The shapes are pinned in
//! tests: gateway and connectors are deployed one after the other, so a change
//! must be readable by the version before it.

use std::collections::BTreeMap;

use lango_residency::Terms;
use lango_vault::{ErasureKeyText, SealedFields, Secret, WrappedDataKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{DatabaseScope, TraceParent};

/// Where a connector Worker takes [`SealRequest`]s.
pub const PATH_SEAL: &str = "/v1/seal";
/// Where a connector Worker takes [`CallRequest`]s.
pub const PATH_CALL: &str = "/v1/call";

/// The field of a connector's response that says where it ran: [`lango_residency::Evidence`]
/// as JSON. A refusal for where it ran has the same as member `evidence` of its problem
/// document, with status [`STATUS_NOT_RESIDENT`].
pub const RESIDENCY_FIELD: &str = "Lango-Residency";
/// See [`RESIDENCY_FIELD`].
pub const STATUS_NOT_RESIDENT: u16 = 403;

/// Credential fields in the clear, by name.
///
/// They exist in this form in two places: in the gateway while a connection is
/// being created, and in the connector while a call runs.
pub type Credentials = BTreeMap<String, Secret>;

/// Asks a connector to seal the credentials of a new connection.
#[derive(Deserialize)]
pub struct SealRequest {
    /// The tenant that the connection belongs to.
    pub tenant: String,
    /// The new connection's identifier.
    pub connection: String,
    /// The tenant's data key for this connector, when it has one already.
    #[serde(default)]
    pub data_key: Option<WrappedDataKey>,
    /// Which version a new data key is to be, when it has none.
    #[serde(default = "first_version")]
    pub data_key_version: u32,
    /// The tenant's erasure key: nothing is sealed without.
    pub erasure_key: ErasureKeyText,
    /// Where the connection may connect to, each `host:port`; absent for wherever
    /// the credentials say, which the answer then names.
    #[serde(default)]
    pub allowed_hosts: Option<Vec<String>>,
    /// Where it may be done.
    #[serde(default)]
    pub residency: Terms,
    /// The fields to seal.
    pub credentials: Credentials,
}

fn first_version() -> u32 {
    1
}

/// The answer to a [`SealRequest`].
#[derive(Debug, Serialize, Deserialize)]
pub struct SealAnswer {
    /// The data key that was used: the one sent, or a new one to be stored.
    pub data_key: WrappedDataKey,
    /// The sealed fields.
    pub sealed: SealedFields,
    /// Where the connection may connect to: what was asked for, or what the
    /// credentials name.
    pub allowed_hosts: Vec<String>,
}

/// Asks a connector to run one tool.
#[derive(Serialize, Deserialize)]
pub struct CallRequest {
    /// Identifies the call in the audit log.
    pub call_id: String,
    /// The tenant that the connection belongs to.
    pub tenant: String,
    /// The connection to use.
    pub connection: String,
    /// For whom. Gateways before 0.2 do not say it: then a tool that binds its
    /// answer to somebody must refuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Operation::is_tool")]
    pub operation: Operation,
    /// The name in the manifest: of the tool, the prompt, the resource or its
    /// template; or the name of an upstream's tool, without prefix.
    pub tool: String,
    /// Arguments that passed the tool's input schema; `{"uri"}` of a resource;
    /// `{"argument": {"name", "value"}, "context"?}` of a completion.
    pub arguments: Value,
    /// The approved definition of an upstream's tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamTool>,
    /// What the client answered to an earlier [`CallAnswer::InputNeeded`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<ClientInput>,
    /// The client's capabilities, as the protocol has them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub client_capabilities: Value,
    /// Where the connection may connect to, each `host:port`; absent for
    /// connections of before there were such lists: wherever their credentials say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_hosts: Option<Vec<String>>,
    /// What of a database may be seen. Gateways before 0.3 do not say it: then all that
    /// the login may read, to nobody who is bound to less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseScope>,
    /// The trace that the caller says it belongs to. Nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
    /// Where the call may run.
    #[serde(default, skip_serializing_if = "Terms::are_none")]
    pub residency: Terms,
    /// Whether the answer may be a stream of [`crate::Frame`]s.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stream: bool,
    /// The tenant's data key for this connector, wrapped.
    pub data_key: WrappedDataKey,
    /// The tenant's erasure key, which most data keys are wrapped under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_key: Option<ErasureKeyText>,
    /// The connection's sealed fields.
    pub sealed: SealedFields,
    /// Bounds that the connector must keep.
    pub limits: CallLimits,
}

/// For whom a call is made, as the gateway's store has it: what a tool that
/// enforces a [`crate::Binding`] binds its answer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// Which kind.
    pub kind: CallerKind,
    /// Their identifier.
    pub id: String,
    /// An employee's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The number that a customer is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<String>,
    /// The tables that may be read; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_tables: Option<Vec<String>>,
}

/// The kinds of principal for whom tools are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerKind {
    /// Works for the tenant, or is one of its programs.
    Employee,
    /// Is served by the tenant.
    Customer,
}

/// What a connector is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Run a tool.
    #[default]
    Tool,
    /// Fill in a prompt.
    Prompt,
    /// Read a resource.
    Resource,
    /// Suggest values for an argument.
    Completion,
    /// List the tools of the system behind: for an administrator who approves
    /// them.
    ListTools,
    /// Find out whether the connection works, and what is wrong if not, without
    /// changing anything: the result is a [`crate::TestReport`].
    Test,
    /// Hand entries of the audit log over: what `lango-siem` calls a `Deliver`. The
    /// result is its `Delivery`.
    Deliver,
}

/// The definition of an upstream's tool that an administrator has approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamTool {
    /// Digest of the definition: the call is refused when the upstream's own
    /// differs by now.
    pub sha256: String,
}

/// The result of [`Operation::ListTools`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamTools {
    /// The definitions as the upstream sent them: each a JSON text.
    pub definitions: Vec<String>,
    /// Tools that cannot be used.
    #[serde(default)]
    pub unusable: Vec<UnusableTool>,
}

/// A tool that the upstream lists and nobody can call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusableTool {
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

/// What the client answered, and what the connector wanted to remember.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientInput {
    /// Answers, by the names of the requests.
    #[serde(default)]
    pub responses: Map<String, Value>,
    /// The connector's own state, as it gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What the connector needs to hear from the client before it can go on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InputNeeded {
    /// Requests for the client, by names of the connector's choice.
    #[serde(default)]
    pub requests: BTreeMap<String, InputRequest>,
    /// What the connector wants back with the answers. The gateway protects it
    /// against changes; the client can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// One request for the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputRequest {
    /// `elicitation/create`, `sampling/createMessage` or `roots/list`.
    pub method: String,
    /// As the protocol has them.
    #[serde(default)]
    pub params: Value,
}

impl Operation {
    fn is_tool(&self) -> bool {
        *self == Self::Tool
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Bounds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLimits {
    /// How long the business's system may take, in milliseconds.
    pub timeout_ms: u64,
    /// How many rows or items a result may have.
    pub max_rows: u32,
    /// How large a result may be as JSON, in bytes.
    pub max_bytes: u32,
}

/// What came of a [`CallRequest`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallAnswer {
    /// The structured result; it fits the tool's output schema.
    Result(Value),
    /// A whole result object of the protocol, passed on as it is, members that
    /// Lango does not know included.
    Mcp(Map<String, Value>),
    /// The client is asked first; the call is to be made again with the answers.
    InputNeeded(InputNeeded),
    /// The call did not succeed.
    Error(CallError),
}

/// Why a call did not succeed, in words that an assistant can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// The kind of failure.
    pub code: CallErrorCode,
    /// What happened and what to change; without any credential.
    pub message: String,
}

impl CallError {
    /// A failure in words. They must not contain a credential.
    pub fn new(code: CallErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// Kinds of failure that callers can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallErrorCode {
    /// The system understood and refused, such as a query with an unknown column.
    Rejected,
    /// The system could not be reached, or broke off.
    Unreachable,
    /// The system did not accept the credentials.
    Unauthorized,
    /// The system took longer than [`CallLimits::timeout_ms`].
    TimedOut,
    /// The system's definition of the tool is not the one that was approved.
    Changed,
    /// The credentials could not be opened.
    Sealed,
    /// It would have been opened where the tenant was promised that nothing is.
    NotResident,
    /// A defect in the connector.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data_key() -> Value {
        json!({"version": 1, "key_encryption_key_version": 1, "nonce": "AAECAwQFBgcICQoL", "ciphertext": "-_8"})
    }

    fn sealed() -> Value {
        json!({"data_key_version": 1, "fields": {"password": {"nonce": "AAECAwQFBgcICQoL", "ciphertext": "-_8"}}})
    }

    #[test]
    fn a_seal_request_has_this_form() {
        let request: SealRequest = serde_json::from_value(json!({
            "tenant": "t", "connection": "c", "credentials": {"password": "p"}, "erasure_key": "1.k"
        }))
        .unwrap();
        assert!(request.data_key.is_none());
        assert_eq!(request.credentials["password"].expose(), "p");

        let request: SealRequest = serde_json::from_value(json!({
            "tenant": "t", "connection": "c", "credentials": {}, "data_key": data_key(),
            "erasure_key": "1.k"
        }))
        .unwrap();
        assert_eq!(request.data_key.unwrap().version, 1);
    }

    #[test]
    fn a_seal_answer_has_this_form() {
        let json =
            json!({"data_key": data_key(), "sealed": sealed(), "allowed_hosts": ["db:5432"]});
        let answer: SealAnswer = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(answer).unwrap(), json);
    }

    #[test]
    fn a_call_request_has_this_form() {
        let json = json!({
            "call_id": "call", "tenant": "t", "connection": "c", "tool": "demo_read",
            "arguments": {"sql": "SELECT 1"}, "data_key": data_key(), "sealed": sealed(),
            "limits": {"timeout_ms": 30_000, "max_rows": 500, "max_bytes": 1_048_576}
        });
        let request: CallRequest = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), json);
    }

    #[test]
    fn a_call_says_more_where_it_is_no_plain_tool_call() {
        let json = json!({
            "call_id": "call", "tenant": "t", "connection": "c", "operation": "prompt",
            "tool": "demo_prompt", "arguments": {}, "upstream": {"sha256": "ab"},
            "input": {"responses": {"name": {"action": "decline"}}, "state": "s"},
            "client_capabilities": {"elicitation": {}}, "stream": true,
            "database": {"tables": [{"name": "orders", "rows_limited": true}]},
            "data_key": data_key(), "sealed": sealed(),
            "limits": {"timeout_ms": 30_000, "max_rows": 500, "max_bytes": 1_048_576}
        });
        let request: CallRequest = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), json);
    }

    #[test]
    fn an_answer_may_ask_or_be_passed_on() {
        let asked = json!({"input_needed": {
            "requests": {"name": {"method": "elicitation/create", "params": {"message": "?"}}},
            "state": "s",
        }});
        let passed_on = json!({"mcp": {"content": [], "unheard_of": 1}});
        for json in [asked, passed_on] {
            let answer: CallAnswer = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(answer).unwrap(), json);
        }
    }

    #[test]
    fn a_call_answer_has_this_form() {
        let result = CallAnswer::Result(json!({"rows": []}));
        assert_eq!(
            serde_json::to_value(&result).unwrap(),
            json!({"result": {"rows": []}})
        );

        let codes = [
            (CallErrorCode::Rejected, "rejected"),
            (CallErrorCode::Unreachable, "unreachable"),
            (CallErrorCode::Unauthorized, "unauthorized"),
            (CallErrorCode::TimedOut, "timed_out"),
            (CallErrorCode::Changed, "changed"),
            (CallErrorCode::Sealed, "sealed"),
            (CallErrorCode::NotResident, "not_resident"),
            (CallErrorCode::Internal, "internal"),
        ];
        for (code, name) in codes {
            let answer = CallAnswer::Error(CallError::new(code, "m"));
            let json = json!({"error": {"code": name, "message": "m"}});
            assert_eq!(serde_json::to_value(&answer).unwrap(), json);
            assert_eq!(serde_json::from_value::<CallAnswer>(json).unwrap(), answer);
        }
    }

    #[test]
    fn a_newer_gateway_may_add_members() {
        let request = serde_json::from_value::<SealRequest>(json!({
            "tenant": "t", "connection": "c", "credentials": {}, "erasure_key": "1.k", "later": true
        }));
        assert!(request.is_ok());
    }
}
