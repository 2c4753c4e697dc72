//! Tokens of whoever runs the platform. They are of types of their own: no route of
//! a tenant reads them, and no token of a tenant passes here.

use jwt_compact::Claims as JwtClaims;
use serde::{Deserialize, Serialize};

use crate::{
    scope::PlatformScope,
    signing_keys::SigningKeys,
    token::{Audience, IssuedToken, PrincipalKind, TokenDigest, TokenError},
};

/// The `typ` of a platform admin's tokens.
pub(crate) const TYPE: &str = "platform+jwt";
/// The `typ` of the token that makes the first platform admin.
const BOOTSTRAP_TYPE: &str = "bootstrap+jwt";

/// Someone who runs the platform, as far as a signature can say. Whether the token
/// is still in force is for the store to say.
#[derive(Debug, Clone)]
pub struct VerifiedPlatformAdmin {
    subject: String,
    token_id: String,
    digest: TokenDigest,
    expires_at: i64,
}

/// Whoever holds the deployment's signing key: the right to make the first platform
/// admin, while there is none.
#[derive(Debug, Clone)]
pub struct VerifiedBootstrap {
    _verified: (),
}

#[derive(Serialize, Deserialize)]
struct WirePlatform {
    iss: String,
    aud: String,
    sub: String,
    kind: PrincipalKind,
    jti: String,
}

impl SigningKeys {
    /// Signs a platform admin's token. Times are seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_platform_admin(
        &self,
        audience: &Audience,
        subject: &str,
        token_id: &str,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let claims = claims(audience, subject, token_id);
        self.sign_as(TYPE, claims, issued_at, expires_at)
    }

    /// Signs the token that makes the first platform admin.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_bootstrap(
        &self,
        audience: &Audience,
        token_id: &str,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let claims = claims(audience, "bootstrap", token_id);
        self.sign_as(BOOTSTRAP_TYPE, claims, issued_at, expires_at)
    }

    /// Checks the token that makes the first platform admin. `now` is seconds since
    /// 1970.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify_bootstrap(
        &self,
        audience: &Audience,
        token: &str,
        now: i64,
    ) -> Result<VerifiedBootstrap, TokenError> {
        let claims: JwtClaims<WirePlatform> = self.verify_signed(BOOTSTRAP_TYPE, token, now)?;
        claims.custom.check(audience)?;
        Ok(VerifiedBootstrap { _verified: () })
    }

    pub(crate) fn verify_platform(
        &self,
        audience: &Audience,
        token: &str,
        now: i64,
    ) -> Result<VerifiedPlatformAdmin, TokenError> {
        let claims: JwtClaims<WirePlatform> = self.verify_signed(TYPE, token, now)?;
        let expires_at = claims.expiration.ok_or(TokenError::Expired)?.timestamp();
        claims.custom.check(audience)?;
        Ok(VerifiedPlatformAdmin {
            subject: claims.custom.sub,
            token_id: claims.custom.jti,
            digest: TokenDigest::of(token),
            expires_at,
        })
    }
}

fn claims(audience: &Audience, subject: &str, token_id: &str) -> WirePlatform {
    WirePlatform {
        iss: audience.issuer.clone(),
        aud: audience.audience.clone(),
        sub: subject.to_owned(),
        kind: PrincipalKind::PlatformAdmin,
        jti: token_id.to_owned(),
    }
}

impl WirePlatform {
    fn check(&self, audience: &Audience) -> Result<(), TokenError> {
        audience.check(&self.iss, &self.aud)?;
        match self.kind {
            PrincipalKind::PlatformAdmin => Ok(()),
            _ => Err(TokenError::Claims),
        }
    }
}

impl VerifiedPlatformAdmin {
    /// Who acts.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The registered session or key (`jti`).
    #[must_use]
    pub fn token_id(&self) -> &str {
        &self.token_id
    }

    /// What the registry must know about a key's token.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// When the token stops being valid, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// The right to run the platform.
    #[must_use]
    pub fn scope(&self) -> PlatformScope {
        PlatformScope::verified()
    }
}

impl VerifiedBootstrap {
    /// The right to run the platform, for its first row.
    #[must_use]
    pub fn scope(&self) -> PlatformScope {
        PlatformScope::verified()
    }
}
