//! The life of a grant: a code, then refresh tokens of which each is used once,
//! then the end. Whatever is used twice ends it.
//!
//! ```text
//! issue ─▶ Issued ──redeem──▶ Active ──refresh──▶ Active ─▶ …
//!             │                 │
//!             └── anything wrong, a code or a token used again, revoke ──▶ Ended
//! ```

use lango_identity::TokenDigest;
use serde::{Deserialize, Serialize};

use crate::{
    error::{ErrorCode, OauthError},
    pkce::CodeChallenge,
    redirect::RedirectUri,
    scope::Scope,
    site::Resource,
};

/// How long a code can be redeemed (OAuth 2.1 §4.1.3 allows ten minutes at most).
pub const CODE_SECONDS: i64 = 60;
/// How long a grant lasts before its user is asked again.
pub const GRANT_SECONDS: i64 = 90 * 86_400;
/// A grant that is not used for so long ends.
pub const IDLE_SECONDS: i64 = 30 * 86_400;

/// What the user has allowed, and whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The assistant's identifier.
    pub client_id: String,
    /// The assistant's name as the user saw it.
    pub client_name: String,
    /// Who allowed it.
    pub principal: String,
    /// The rights.
    pub scope: Scope,
    /// The connections, or `None` for all.
    pub connections: Option<Vec<String>>,
    /// What the tokens are for.
    pub resource: Resource,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
}

/// What a code is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issue {
    /// Digest of the code.
    pub code: TokenDigest,
    /// What only the client's own verifier fits.
    pub challenge: CodeChallenge,
    /// Where the code was sent.
    pub redirect_uri: RedirectUri,
    /// What it stands for.
    pub terms: Terms,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// A code presented.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Redeem {
    /// Digest of the code.
    pub code: TokenDigest,
    /// Who presents it, proven.
    pub client_id: String,
    /// Made from the verifier that they presented: it must be that of the request.
    pub proof: CodeChallenge,
    /// As in the authorization request, where it is said.
    pub redirect_uri: Option<String>,
    /// The resource, where it is said.
    pub resource: Option<Resource>,
    /// Digest of the refresh token that is to follow.
    pub next: TokenDigest,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// A refresh token presented.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// Digest of the token.
    pub token: TokenDigest,
    /// Who presents it, proven.
    pub client_id: String,
    /// Fewer rights, where that is said.
    pub scope: Option<Scope>,
    /// The resource, where it is said.
    pub resource: Option<Resource>,
    /// Digest of the refresh token that is to follow.
    pub next: TokenDigest,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// What happened, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantEvent {
    /// A user consented.
    Consented,
    /// The assistant has its first tokens.
    Connected,
    /// The company's own sign-in has spoken for the user.
    Asserted,
    /// A code or refresh token was used again: the grant has ended.
    Reused,
    /// Someone ended it.
    Revoked,
}

/// Why there are no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantRefusal {
    /// It does not hold, or not any more.
    Invalid,
    /// It was used before: the grant has just ended.
    Reused,
    /// More rights than were given.
    Scope,
    /// For another resource than it was given for.
    Target,
}

/// A grant's state, as its object stores it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    terms: Terms,
    /// Kept after its use, to notice that it is used again.
    code: TokenDigest,
    phase: Phase,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
enum Phase {
    Issued {
        challenge: CodeChallenge,
        redirect_uri: RedirectUri,
        expires_at: i64,
    },
    Active {
        token: TokenDigest,
        idle_at: i64,
    },
    Ended,
}

impl Grant {
    /// A code has been made.
    #[must_use]
    pub fn issue(issue: Issue) -> Self {
        Self {
            terms: issue.terms,
            code: issue.code,
            phase: Phase::Issued {
                challenge: issue.challenge,
                redirect_uri: issue.redirect_uri,
                expires_at: issue.now + CODE_SECONDS,
            },
        }
    }

    /// Redeems a code, once. Whatever is wrong ends the grant: a code that
    /// somebody else holds is not the client's alone any more.
    ///
    /// # Errors
    /// [`GrantRefusal`]; the new state must be stored all the same.
    pub fn redeem(&mut self, ask: Redeem) -> Result<Terms, GrantRefusal> {
        if self.code != ask.code {
            return Err(GrantRefusal::Invalid);
        }
        let phase = core::mem::replace(&mut self.phase, Phase::Ended);
        let Phase::Issued {
            challenge,
            redirect_uri,
            expires_at,
        } = phase
        else {
            return Err(match phase {
                Phase::Active { .. } => GrantRefusal::Reused,
                _ => GrantRefusal::Invalid,
            });
        };
        let same_redirect = ask
            .redirect_uri
            .is_none_or(|asked| asked == redirect_uri.as_str());
        if ask.now >= expires_at
            || ask.client_id != self.terms.client_id
            || !same_redirect
            || !challenge.is(&ask.proof)
        {
            return Err(GrantRefusal::Invalid);
        }
        if ask
            .resource
            .is_some_and(|asked| asked != self.terms.resource)
        {
            return Err(GrantRefusal::Target);
        }
        self.activate(ask.next, ask.now);
        Ok(self.terms.clone())
    }

    /// Takes a refresh token and its successor. A token of this grant that is not
    /// the newest was used before: somebody has a copy, and nobody can tell who,
    /// so the grant ends (OAuth 2.1 §4.3.1).
    ///
    /// # Errors
    /// [`GrantRefusal`]; the new state must be stored all the same.
    pub fn refresh(&mut self, ask: &Refresh) -> Result<Terms, GrantRefusal> {
        let Phase::Active { token, idle_at } = &self.phase else {
            return Err(GrantRefusal::Invalid);
        };
        if ask.client_id != self.terms.client_id {
            return Err(GrantRefusal::Invalid);
        }
        if *token != ask.token {
            self.phase = Phase::Ended;
            return Err(GrantRefusal::Reused);
        }
        if ask.now >= *idle_at {
            self.phase = Phase::Ended;
            return Err(GrantRefusal::Invalid);
        }
        if ask
            .resource
            .is_some_and(|asked| asked != self.terms.resource)
        {
            return Err(GrantRefusal::Target);
        }
        let scope = ask.scope.unwrap_or(self.terms.scope);
        if !self.terms.scope.permissions().includes(scope.permissions()) {
            return Err(GrantRefusal::Scope);
        }
        self.activate(ask.next, ask.now);
        Ok(Terms {
            scope,
            ..self.terms.clone()
        })
    }

    /// Ends it. Says whether that changed anything.
    pub fn revoke(&mut self) -> bool {
        !matches!(
            core::mem::replace(&mut self.phase, Phase::Ended),
            Phase::Ended
        )
    }

    /// What was allowed.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// From when on nothing that names this grant can hold, in seconds since 1970:
    /// its object may forget it.
    #[must_use]
    pub fn over_at(&self) -> i64 {
        match &self.phase {
            Phase::Issued { expires_at, .. } => *expires_at,
            Phase::Active { idle_at, .. } => *idle_at,
            Phase::Ended => 0,
        }
    }

    fn activate(&mut self, token: TokenDigest, now: i64) {
        self.phase = Phase::Active {
            token,
            idle_at: (now + IDLE_SECONDS).min(self.terms.expires_at),
        };
    }
}

impl From<GrantRefusal> for OauthError {
    /// The same words for every reason why a code or token does not hold.
    fn from(refusal: GrantRefusal) -> Self {
        match refusal {
            GrantRefusal::Invalid | GrantRefusal::Reused => Self::new(
                ErrorCode::InvalidGrant,
                "The code or refresh token does not hold. Ask the user again.",
            ),
            GrantRefusal::Scope => Self::new(
                ErrorCode::InvalidScope,
                "The user has not given these rights.",
            ),
            GrantRefusal::Target => Self::new(
                ErrorCode::InvalidTarget,
                "The user has allowed another resource.",
            ),
        }
    }
}

impl GrantEvent {
    /// The action in the audit log.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Consented => "assistant.consent",
            Self::Connected => "assistant.connect",
            Self::Asserted => "assistant.assert",
            Self::Reused => "assistant.token_reused",
            Self::Revoked => "assistant.disconnect",
        }
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
