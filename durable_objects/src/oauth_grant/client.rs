//! The client of a grant's [`OauthGrant`](super::OauthGrant) object.

use lango_identity::KeyGateName;
use lango_identity::TokenDigest;
use lango_oauth::{GrantRefusal, Issue, Redeem, Refresh, Terms};
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "OAUTH_GRANT";

pub(super) const PATH_ISSUE: &str = "/issue";
pub(super) const PATH_REDEEM: &str = "/redeem";
pub(super) const PATH_REFRESH: &str = "/refresh";
pub(super) const PATH_ASSERT: &str = "/assert";
pub(super) const PATH_ERASE: &str = "/erase";
pub(super) const PATH_REVOKE: &str = "/revoke";

/// Who ends a grant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedBy {
    /// A principal of the tenant: its user, or an administrator.
    Principal(String),
    /// An assistant, which can end its own grants alone.
    Client(String),
}

/// A verified assertion that stands in for a user's consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assert {
    /// Digest of its `jti`: each is taken once.
    pub id: TokenDigest,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
    /// What it allows.
    pub terms: Terms,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// One grant.
pub struct OauthGrantClient(Peer);

impl OauthGrantClient {
    /// The grant of that name.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn named(env: &Env, name: &KeyGateName) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "OauthGrant", &name.to_string()).map(Self)
    }

    /// A user has consented and a code has been made.
    ///
    /// # Errors
    /// [`Unreachable`]: the code must not be handed out.
    pub async fn issue(&self, issue: &Issue) -> Result<(), Unreachable> {
        self.0.ask(PATH_ISSUE, issue).await
    }

    /// Redeems a code. With the terms, the grant stands in the store.
    ///
    /// # Errors
    /// [`Unreachable`]: no tokens may be handed out.
    pub async fn redeem(&self, ask: &Redeem) -> Result<Result<Terms, GrantRefusal>, Unreachable> {
        self.0.ask(PATH_REDEEM, ask).await
    }

    /// Takes a refresh token.
    ///
    /// # Errors
    /// [`Unreachable`]: no tokens may be handed out.
    pub async fn refresh(&self, ask: &Refresh) -> Result<Result<Terms, GrantRefusal>, Unreachable> {
        self.0.ask(PATH_REFRESH, ask).await
    }

    /// Takes an assertion, once. Without a refusal its terms stand in the store.
    ///
    /// # Errors
    /// [`Unreachable`]: no token may be handed out.
    pub async fn assert(&self, ask: &Assert) -> Result<Result<(), GrantRefusal>, Unreachable> {
        self.0.ask(PATH_ASSERT, ask).await
    }

    /// Ends the grant, in the store and at its gate too. Says whether there was
    /// one.
    ///
    /// # Errors
    /// [`Unreachable`]: it may or may not have ended.
    pub async fn revoke(&self, by: &RevokedBy) -> Result<bool, Unreachable> {
        self.0.ask(PATH_REVOKE, by).await
    }

    /// Deletes everything: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
