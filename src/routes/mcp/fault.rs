//! A protocol error and the HTTP status that carries it.

use rmcp::model::{ErrorCode, ErrorData};
use serde_json::{Value, json};

use super::era::Era;

/// The 2025 revisions' code for a resource that is not there.
const RESOURCE_NOT_FOUND: ErrorCode = ErrorCode(-32002);
/// A session that is not, or not any more, there.
const SESSION_NOT_FOUND: ErrorCode = ErrorCode(-32001);
/// SEP-2575: the client lacks a capability that the request needs.
const MISSING_CAPABILITY: ErrorCode = ErrorCode(-32021);

/// A protocol error.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) status: u16,
    pub(super) error: ErrorData,
}

impl Fault {
    pub(super) fn new(status: u16, code: ErrorCode, message: &'static str) -> Self {
        Self {
            status,
            error: ErrorData::new(code, message, None),
        }
    }

    pub(super) fn with_data(mut self, data: Value) -> Self {
        self.error.data = Some(data);
        self
    }

    pub(super) fn invalid_params(message: &'static str) -> Self {
        Self::new(200, ErrorCode::INVALID_PARAMS, message)
    }

    pub(super) fn unknown_method(era: Era) -> Self {
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

    pub(super) fn no_session() -> Self {
        Self::new(
            404,
            SESSION_NOT_FOUND,
            "There is no such session. Begin another one with initialize.",
        )
    }

    pub(super) fn no_resource(era: Era, uri: &str) -> Self {
        let code = match era {
            Era::Handshake => RESOURCE_NOT_FOUND,
            Era::Stateless => ErrorCode::INVALID_PARAMS,
        };
        Self::new(200, code, "There is no such resource.").with_data(json!({ "uri": uri }))
    }

    /// `required` has the form of client capabilities.
    pub(super) fn missing_capability(required: Value) -> Self {
        Self::new(
            400,
            MISSING_CAPABILITY,
            "This needs a client with further capabilities.",
        )
        .with_data(json!({ "requiredCapabilities": required }))
    }
}
