//! The client of an account's or an address's [`SignInGuard`](super::SignInGuard).

use lango_audit_log::Actor;
use lango_identity::SignInGuardName;
use lango_sign_in::{CodeDigest, CodeVerdict, Locked, Throttled};
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "SIGN_IN_GUARD";

pub(super) const PATH_BEGIN: &str = "/begin";
pub(super) const PATH_SUCCEED: &str = "/succeed";
pub(super) const PATH_FAIL: &str = "/fail";
pub(super) const PATH_NOTE: &str = "/note";
pub(super) const PATH_ISSUE_CODE: &str = "/issue-code";
pub(super) const PATH_TRY_CODE: &str = "/try-code";

/// An attempt that has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Whether it has locked, should it not be right.
    pub locks: bool,
}

/// Something for the tenant's log. It names no address, number or secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Noted {
    /// Such as `sign_in.password`.
    pub action: String,
    /// Who.
    pub principal: String,
    /// Which kind of principal they are.
    pub actor: Actor,
    /// The session, where there is one.
    pub session: Option<String>,
    /// What it was done to, where that is somebody or something else.
    pub target: Option<String>,
    /// Why not, for what was refused.
    pub refused: Option<String>,
    /// The country that they came from, where the platform says it.
    #[serde(default)]
    pub country: Option<String>,
}

/// One account's guard, or one address's.
pub struct SignInGuardClient(Peer);

impl SignInGuardClient {
    /// The guard of that name.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn named(env: &Env, name: &SignInGuardName) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "SignInGuard", &name.to_string()).map(Self)
    }

    /// Counts an attempt as failed, before it is looked at.
    ///
    /// # Errors
    /// [`Unreachable`]: nothing may be checked.
    pub async fn begin(&self) -> Result<Result<Attempt, Locked>, Unreachable> {
        self.0.ask(PATH_BEGIN, &()).await
    }

    /// Gives a right attempt back.
    ///
    /// # Errors
    /// [`Unreachable`]: it stays counted, which the next success mends.
    pub async fn succeed(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_SUCCEED, &()).await
    }

    /// The attempt was wrong, as it was counted. What a known account's log is to say
    /// comes with it; for an account that is not there the same is done without.
    ///
    /// # Errors
    /// [`Unreachable`]: the failure stays counted.
    pub async fn fail(&self, noted: Option<&Noted>) -> Result<(), Unreachable> {
        self.0.ask(PATH_FAIL, &noted).await
    }

    /// Keeps an event for the tenant's log: it is durable when this answers.
    ///
    /// # Errors
    /// [`Unreachable`]: it is not recorded, so it must not go on.
    pub async fn note(&self, noted: &Noted) -> Result<(), Unreachable> {
        self.0.ask(PATH_NOTE, noted).await
    }

    /// A new code takes the place of the one before.
    ///
    /// # Errors
    /// [`Unreachable`]: the code must not be sent.
    pub async fn issue_code(
        &self,
        digest: CodeDigest,
    ) -> Result<Result<(), Throttled>, Unreachable> {
        self.0.ask(PATH_ISSUE_CODE, &digest).await
    }

    /// Tries a code. The try is counted before it is compared.
    ///
    /// # Errors
    /// [`Unreachable`]: nobody may be let in.
    pub async fn try_code(&self, digest: CodeDigest) -> Result<CodeVerdict, Unreachable> {
        self.0.ask(PATH_TRY_CODE, &digest).await
    }
}
