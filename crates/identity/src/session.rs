//! Browser sessions: who sits at the other end of a page.

use serde::{Deserialize, Serialize};

use crate::{
    id::{KeyId, PrincipalId, TenantId},
    issued::Statement,
    scope::{PlatformScope, TenantScope},
    sign_in_token::VerifiedSignIn,
    signing_keys::SigningKeys,
    statement::Purpose,
    token::{IssuedToken, PrincipalKind, TokenError},
};

#[derive(Serialize, Deserialize)]
struct WireSession {
    tenant: TenantId,
    kind: PrincipalKind,
    sub: PrincipalId,
    sid: KeyId,
}

impl Statement for WireSession {
    const PURPOSE: Purpose = Purpose::new("lango-browser");
}

/// A user who has signed in. Whether they are still one is for the store to say.
#[derive(Debug, Clone)]
pub struct VerifiedSession {
    tenant: TenantId,
    kind: PrincipalKind,
    principal: PrincipalId,
    id: KeyId,
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
    /// Signs the session of somebody who has proven who they are. `id` is the
    /// session's in the store, where its end is too.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_session(
        &self,
        issuer: &str,
        scope: &TenantScope,
        kind: PrincipalKind,
        principal: &PrincipalId,
        id: &KeyId,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let session = WireSession {
            tenant: scope.tenant().clone(),
            kind,
            sub: principal.clone(),
            sid: id.clone(),
        };
        self.sign_statement(issuer, &session, expires_at)
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
            kind: session.kind,
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

    /// Which kind of principal.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// Names this session: forms of another one are not taken.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The same as an identity for the layers: its gate says whether it is in force.
    #[must_use]
    pub fn sign_in(&self) -> VerifiedSignIn {
        VerifiedSignIn::new(
            self.tenant.clone(),
            self.kind,
            self.principal.as_str().to_owned(),
            self.id.clone(),
        )
    }
}
