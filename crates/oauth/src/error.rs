//! Errors in OAuth's own form (RFC 6749 §5.2, §4.1.2.1; RFC 7591 §3.2.2;
//! RFC 8707 §2).

use serde::Serialize;

/// OAuth's error codes, as far as this server uses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter is missing, twice there, or not of its form.
    InvalidRequest,
    /// Nobody of that identifier, or not with that secret.
    InvalidClient,
    /// The code, refresh token or assertion does not hold.
    InvalidGrant,
    /// The client may not do this.
    UnauthorizedClient,
    /// No such grant type here.
    UnsupportedGrantType,
    /// Only `code` is answered.
    UnsupportedResponseType,
    /// Not a right that can be given.
    InvalidScope,
    /// Not a resource of this server (RFC 8707).
    InvalidTarget,
    /// A redirect that may not be registered (RFC 7591).
    InvalidRedirectUri,
    /// Metadata that may not be registered (RFC 7591).
    InvalidClientMetadata,
    /// The user said no.
    AccessDenied,
    /// The user would have to be asked.
    LoginRequired,
    /// Lango failed.
    ServerError,
    /// A part of Lango did not answer.
    TemporarilyUnavailable,
}

impl ErrorCode {
    /// The code on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The status at the token and registration endpoints.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            // RFC 6749 §5.2; it makes a client register again.
            Self::InvalidClient => 401,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

/// An error and words for the developer of the client. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.name())]
pub struct OauthError {
    /// Which.
    pub code: ErrorCode,
    /// What to change.
    pub description: &'static str,
}

impl OauthError {
    /// An error with its description.
    #[must_use]
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// The JSON body of RFC 6749 §5.2.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        serde_json::json!({
            "error": self.code.name(),
            "error_description": self.description,
        })
    }
}
