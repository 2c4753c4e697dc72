//! What goes wrong on the way, in words that an assistant can act on.

use lango_connector_kit::{CallError, CallErrorCode};
use lango_mcp_upstream::{AnswerError, NegotiationError, RpcError};

/// Why an upstream did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection, or it broke off.
    Unreachable,
    /// The answer was not one.
    Answer(AnswerError),
    /// The stream ended without the reply.
    NoReply,
    /// A status that is no answer.
    Status(u16),
    /// It sent the client elsewhere, which is not followed.
    Redirect,
    /// There is no session.
    Negotiation(NegotiationError),
    /// There is no token.
    Token(CallError),
    /// The upstream's own error.
    Rpc(i64, String),
    /// The tool is not in the upstream's list.
    ToolGone,
    /// The tool is defined differently than it was approved.
    ToolChanged,
    /// The upstream wants something that is not passed on.
    Unsupported(&'static str),
    /// The list of tools goes over its bounds.
    TooManyTools,
}

/// An upstream's words are cut: they are shown.
const LONGEST_MESSAGE: usize = 2_000;

impl Failure {
    pub(crate) fn rpc(error: &RpcError) -> Self {
        Self::Rpc(
            error.code,
            error.message.chars().take(LONGEST_MESSAGE).collect(),
        )
    }

    fn code(&self) -> CallErrorCode {
        match self {
            Self::Token(error) => error.code,
            Self::Negotiation(NegotiationError::Unauthorized(_)) | Self::Status(401 | 403) => {
                CallErrorCode::Unauthorized
            }
            Self::Rpc(..) | Self::ToolGone | Self::Unsupported(_) => CallErrorCode::Rejected,
            Self::ToolChanged => CallErrorCode::Changed,
            _ => CallErrorCode::Unreachable,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unreachable => {
                "The MCP server could not be reached, or the connection broke off.".to_owned()
            }
            Self::Answer(error) => format!("The MCP server cannot be understood: {error}."),
            Self::NoReply => "The MCP server ended its answer without a result.".to_owned(),
            Self::Status(status @ (401 | 403)) => format!(
                "The MCP server did not accept the credentials (HTTP {status}). An administrator has to check the connection."
            ),
            Self::Status(status) => format!("The MCP server answered HTTP {status}."),
            Self::Redirect => {
                "The MCP server sends its clients to another address. An administrator has to connect that one.".to_owned()
            }
            Self::Negotiation(error) => format!("The MCP server {error}."),
            Self::Token(error) => error.message.clone(),
            Self::Rpc(code, message) if message.is_empty() => {
                format!("The MCP server refused the call (error {code}).")
            }
            Self::Rpc(code, message) => {
                format!("The MCP server refused the call (error {code}): {message}")
            }
            Self::ToolGone => {
                "The MCP server no longer has this tool. An administrator can ask it for its tools again.".to_owned()
            }
            Self::ToolChanged => {
                "The MCP server has changed this tool since it was approved, so it was not called. An administrator has to look at the change and approve it.".to_owned()
            }
            Self::Unsupported(what) => {
                format!("The MCP server wants {what}, which Lango does not pass on.")
            }
            Self::TooManyTools => {
                "The MCP server has more tools than Lango takes from one server.".to_owned()
            }
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.code(), failure.message())
    }
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Self {
        Self::Answer(error)
    }
}

impl From<NegotiationError> for Failure {
    fn from(error: NegotiationError) -> Self {
        Self::Negotiation(error)
    }
}

/// The platform's own words may hold the URL; they say nothing to an assistant.
impl From<worker::Error> for Failure {
    fn from(_: worker::Error) -> Self {
        Self::Unreachable
    }
}

/// The upstream took longer than it may.
pub(crate) fn timed_out(seconds: u64) -> CallError {
    CallError::new(
        CallErrorCode::TimedOut,
        format!(
            "The MCP server did not answer within {seconds} s. Whether the call took effect is not known."
        ),
    )
}
