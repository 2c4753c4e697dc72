//! Browser sessions: who sits at the other end of a page.

use serde::{Deserialize, Serialize};

use crate::{
    id::{PrincipalId, TenantId},
    issued::Statement,
    scope::{PlatformScope, TenantScope},
    signing_keys::SigningKeys,
    statement::Purpose,
    token::{IssuedToken, TokenError},
};

/// How long a sign-in lasts.
pub const SESSION_SECONDS: i64 = 15 * 60;

#[derive(Serialize, Deserialize)]
struct WireSession {
    tenant: TenantId,
    sub: PrincipalId,
    sid: String,
}

impl Statement for WireSession {
    const PURPOSE: Purpose = Purpose::new("lango-browser");
}

/// A user who has signed in. Whether they are still one is for the store to say.
#[derive(Debug, Clone)]
pub struct VerifiedSession {
    tenant: TenantId,
    principal: PrincipalId,
    id: String,
}

/// The right to sign anybody in without asking: a developer's own machine.
///
/// Only the settings make one, when the deployment serves loopback alone; a test
/// holds the tree to it.
#[derive(Debug, Clone, Copy)]
pub struct DevelopmentSignIn {
    _on_loopback: (),
}

impl DevelopmentSignIn {
    /// For a deployment that was checked to serve loopback alone.
    #[must_use]
    pub const fn on_loopback() -> Self {
        Self { _on_loopback: () }
    }

    /// The right to list the tenants whose users are offered.
    #[must_use]
    pub fn platform(self) -> PlatformScope {
        PlatformScope::verified()
    }

    /// The scope of a tenant whose users are offered.
    #[must_use]
    pub fn scope(self, tenant: TenantId) -> TenantScope {
        TenantScope::verified(tenant)
    }
}

impl SigningKeys {
    /// Signs the session of a user who has proven who they are. `id` is random.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_session(
        &self,
        issuer: &str,
        scope: &TenantScope,
        principal: &PrincipalId,
        id: &str,
        now: i64,
    ) -> Result<IssuedToken, TokenError> {
        let session = WireSession {
            tenant: scope.tenant().clone(),
            sub: principal.clone(),
            sid: id.to_owned(),
        };
        self.sign_statement(issuer, &session, now + SESSION_SECONDS)
    }

    /// Checks a session. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify_session(
        &self,
        issuer: &str,
        text: &str,
        now: i64,
    ) -> Result<VerifiedSession, TokenError> {
        let session: WireSession = self.verify_statement(issuer, text, now)?;
        Ok(VerifiedSession {
            tenant: session.tenant,
            principal: session.sub,
            id: session.sid,
        })
    }
}

impl VerifiedSession {
    /// The right to the rows of the user's tenant.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::verified(self.tenant.clone())
    }

    /// The user.
    #[must_use]
    pub fn principal(&self) -> &PrincipalId {
        &self.principal
    }

    /// Names this session: forms of another one are not taken.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}
