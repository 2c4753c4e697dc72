//! What Lango is at an authorization server.

use serde::{Deserialize, Serialize};

use crate::{Digest, ProfileName};

/// A client at an authorization server, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// As whom it acts.
    pub grant: GrantKind,
    /// Where tokens are asked for.
    pub token_endpoint: String,
    /// Where a person is sent to allow it.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// What `iss` of an answer must be (RFC 9207), where that is known.
    #[serde(default)]
    pub issuer: Option<String>,
    /// `client_id`.
    pub client_id: String,
    /// How the secret is shown.
    pub client_authentication: ClientAuthentication,
    /// What is asked for; empty for the server's default.
    pub scope: String,
    /// `resource` (RFC 8707): the tokens are for this place alone.
    #[serde(default)]
    pub resource: Option<String>,
    /// The server's rules.
    pub profile: ProfileName,
}

/// As whom a client acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// As itself.
    ClientCredentials,
    /// As the person who has allowed it.
    AuthorizationCode,
}

/// How a client shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// In the `Authorization` field (`client_secret_basic`).
    Basic,
    /// In the body (`client_secret_post`).
    Post,
}

impl Application {
    /// Names what a token belongs to: tokens of one application are nothing to
    /// another. A new secret of the same client changes nothing.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let grant = match self.grant {
            GrantKind::ClientCredentials => "client_credentials",
            GrantKind::AuthorizationCode => "authorization_code",
        };
        Digest::of_parts(&[
            grant,
            &self.token_endpoint,
            self.authorization_endpoint.as_deref().unwrap_or_default(),
            &self.client_id,
            &self.scope,
            self.resource.as_deref().unwrap_or_default(),
        ])
    }
}
