//! The JSON messages between the gateway and a connector Worker.
//!
//! They cross a service binding as `POST` bodies. The shapes are pinned in
//! tests: gateway and connectors are deployed one after the other, so a change
//! must be readable by the version before it.

use std::collections::BTreeMap;

use lango_vault::{SealedFields, Secret, WrappedDataKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a connector Worker takes [`SealRequest`]s.
pub const PATH_SEAL: &str = "/v1/seal";
/// Where a connector Worker takes [`CallRequest`]s.
pub const PATH_CALL: &str = "/v1/call";

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
    /// The fields to seal.
    pub credentials: Credentials,
}

/// The answer to a [`SealRequest`].
#[derive(Debug, Serialize, Deserialize)]
pub struct SealAnswer {
    /// The data key that was used: the one sent, or a new one to be stored.
    pub data_key: WrappedDataKey,
    /// The sealed fields.
    pub sealed: SealedFields,
}

/// Asks a connector to run one tool.
#[derive(Debug, Serialize, Deserialize)]
pub struct CallRequest {
    /// Identifies the call in the audit log.
    pub call_id: String,
    /// The tenant that the connection belongs to.
    pub tenant: String,
    /// The connection to use.
    pub connection: String,
    /// The tool's name in the manifest.
    pub tool: String,
    /// Arguments that passed the tool's input schema.
    pub arguments: Value,
    /// The tenant's data key for this connector, wrapped.
    pub data_key: WrappedDataKey,
    /// The connection's sealed fields.
    pub sealed: SealedFields,
    /// Bounds that the connector must keep.
    pub limits: CallLimits,
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
    /// The credentials could not be opened.
    Sealed,
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
            "tenant": "t", "connection": "c", "credentials": {"password": "p"}
        }))
        .unwrap();
        assert!(request.data_key.is_none());
        assert_eq!(request.credentials["password"].expose(), "p");

        let request: SealRequest = serde_json::from_value(json!({
            "tenant": "t", "connection": "c", "credentials": {}, "data_key": data_key()
        }))
        .unwrap();
        assert_eq!(request.data_key.unwrap().version, 1);
    }

    #[test]
    fn a_seal_answer_has_this_form() {
        let json = json!({"data_key": data_key(), "sealed": sealed()});
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
            (CallErrorCode::Sealed, "sealed"),
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
            "tenant": "t", "connection": "c", "credentials": {}, "later": true
        }));
        assert!(request.is_ok());
    }
}
