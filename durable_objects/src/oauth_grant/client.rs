//! The client of a grant's [`OauthGrant`](super::OauthGrant) object.

use lango_identity::KeyGateName;
use lango_identity::TokenDigest;
use lango_oauth::{GrantRefusal, Issue, Redeem, Refresh, Terms};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
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

/// A message, and where the request came from that it is about.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked<T> {
    pub(super) ask: T,
    /// ISO 3166-1 alpha-2, where the platform says it: for the log.
    #[serde(default)]
    pub(super) country: Option<String>,
}

/// One grant.
pub struct OauthGrantClient {
    peer: Peer,
    country: Option<String>,
}

impl OauthGrantClient {
    /// The grant of that name. The log is told from which country it is asked, where
    /// the platform says it.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn named(
        env: &Env,
        name: &KeyGateName,
        country: Option<&str>,
    ) -> Result<Self, Unreachable> {
        Ok(Self {
            peer: Peer::named(env, BINDING, "OauthGrant", &name.to_string())?,
            country: country.map(str::to_owned),
        })
    }

    /// A user has consented and a code has been made.
    ///
    /// # Errors
    /// [`Unreachable`]: the code must not be handed out.
    pub async fn issue(&self, issue: &Issue) -> Result<(), Unreachable> {
        self.ask(PATH_ISSUE, issue).await
    }

    /// Redeems a code. With the terms, the grant stands in the store.
    ///
    /// # Errors
    /// [`Unreachable`]: no tokens may be handed out.
    pub async fn redeem(&self, ask: &Redeem) -> Result<Result<Terms, GrantRefusal>, Unreachable> {
        self.ask(PATH_REDEEM, ask).await
    }

    /// Takes a refresh token.
    ///
    /// # Errors
    /// [`Unreachable`]: no tokens may be handed out.
    pub async fn refresh(&self, ask: &Refresh) -> Result<Result<Terms, GrantRefusal>, Unreachable> {
        self.ask(PATH_REFRESH, ask).await
    }

    /// Takes an assertion, once. Without a refusal its terms stand in the store.
    ///
    /// # Errors
    /// [`Unreachable`]: no token may be handed out.
    pub async fn assert(&self, ask: &Assert) -> Result<Result<(), GrantRefusal>, Unreachable> {
        self.ask(PATH_ASSERT, ask).await
    }

    /// Ends the grant, in the store and at its gate too. Says whether there was
    /// one.
    ///
    /// # Errors
    /// [`Unreachable`]: it may or may not have ended.
    pub async fn revoke(&self, by: &RevokedBy) -> Result<bool, Unreachable> {
        self.ask(PATH_REVOKE, by).await
    }

    /// Deletes everything: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.peer.ask(PATH_ERASE, &()).await
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        ask: &impl Serialize,
    ) -> Result<A, Unreachable> {
        let country = self.country.clone();
        self.peer.ask(path, &Asked { ask, country }).await
    }
}
