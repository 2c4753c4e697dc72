//! Access tokens of people who have signed in: employees, customers, and platform
//! admins under a support grant. Short, and in force only while their session is.

use jwt_compact::Claims as JwtClaims;
use serde::{Deserialize, Serialize};

use crate::{
    id::{KeyId, TenantId},
    role_name::RoleName,
    scope::TenantScope,
    signing_keys::SigningKeys,
    token::{Audience, IssuedToken, PrincipalKind, TokenError},
};

/// The `typ` of these tokens.
pub(crate) const TYPE: &str = "lango-session+jwt";

/// What the access token of a sign-in is to say. Restrictions stand in it so that
/// their holder sees them; those in the store decide.
#[derive(Debug, Clone)]
pub struct SignInClaims {
    /// The tenant.
    pub tenant: TenantId,
    /// Which kind of principal; never a platform admin's own.
    pub kind: PrincipalKind,
    /// Who acts.
    pub principal: String,
    /// The session (`sid`).
    pub session: KeyId,
    /// An employee's role.
    pub role: Option<RoleName>,
    /// The connections that an employee may use; `None` for all.
    pub connections: Option<Vec<String>>,
    /// The tables that an employee may read; `None` for all.
    pub allow_tables: Option<Vec<String>>,
    /// The number that a customer is bound to.
    pub customer_number: Option<String>,
    /// A name of its own (`jti`).
    pub token_id: String,
}

/// Somebody who has signed in, as far as a signature can say; whether the session
/// is still in force is for the admission layer to find out.
#[derive(Debug, Clone)]
pub struct VerifiedSignIn {
    tenant: TenantId,
    kind: PrincipalKind,
    principal: String,
    session: KeyId,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct WireSignIn {
    iss: String,
    aud: String,
    sub: String,
    kind: PrincipalKind,
    tenant: TenantId,
    sid: KeyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<RoleName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connections: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allow_tables: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer_number: Option<String>,
    jti: String,
}

impl SigningKeys {
    /// Signs the access token of a sign-in, for so many seconds from `issued_at`.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the claims do not fit the kind of principal, or
    /// the times are outside what a date can say.
    pub fn issue_sign_in(
        &self,
        audience: &Audience,
        claims: &SignInClaims,
        issued_at: i64,
        seconds: i64,
    ) -> Result<IssuedToken, TokenError> {
        let wire = WireSignIn {
            iss: audience.issuer.clone(),
            aud: audience.audience.clone(),
            sub: claims.principal.clone(),
            kind: claims.kind,
            tenant: claims.tenant.clone(),
            sid: claims.session.clone(),
            role: claims.role.clone(),
            connections: claims.connections.clone(),
            allow_tables: claims.allow_tables.clone(),
            customer_number: claims.customer_number.clone(),
            jti: claims.token_id.clone(),
        };
        wire.check_kind()?;
        self.sign_as(TYPE, wire, issued_at, issued_at + seconds)
    }

    pub(crate) fn verify_sign_in(
        &self,
        audience: &Audience,
        token: &str,
        now: i64,
    ) -> Result<VerifiedSignIn, TokenError> {
        let claims: JwtClaims<WireSignIn> = self.verify_signed(TYPE, token, now)?;
        let expires_at = claims.expiration.ok_or(TokenError::Expired)?.timestamp();
        let wire = claims.custom;
        audience.check(&wire.iss, &wire.aud)?;
        wire.check_kind()?;
        Ok(VerifiedSignIn {
            tenant: wire.tenant,
            kind: wire.kind,
            principal: wire.sub,
            session: wire.sid,
            expires_at,
        })
    }
}

impl WireSignIn {
    /// An employee has a role, a customer has a number, and neither has the other's.
    fn check_kind(&self) -> Result<(), TokenError> {
        let employees = self.role.is_some();
        let customers = self.customer_number.is_some();
        let restricted = self.connections.is_some() || self.allow_tables.is_some();
        let fits = match self.kind {
            PrincipalKind::Employee => employees && !customers,
            PrincipalKind::Customer => customers && !employees && !restricted,
            PrincipalKind::Support => !employees && !customers && !restricted,
            PrincipalKind::PlatformAdmin => false,
        };
        fits.then_some(()).ok_or(TokenError::Claims)
    }
}

impl VerifiedSignIn {
    /// For the session that a browser's cookie names.
    pub(crate) fn new(
        tenant: TenantId,
        kind: PrincipalKind,
        principal: String,
        session: KeyId,
    ) -> Self {
        Self {
            tenant,
            kind,
            principal,
            session,
            expires_at: i64::MAX,
        }
    }

    /// The right to the rows of their tenant.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::verified(self.tenant.clone())
    }

    /// Which kind of principal.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// Who acts.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &KeyId {
        &self.session
    }

    /// When the token stops being valid, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

#[cfg(test)]
#[path = "sign_in_token_tests.rs"]
mod tests;
