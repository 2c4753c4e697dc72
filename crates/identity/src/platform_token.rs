//! Tokens of whoever runs the platform. They are of types of their own: no route of
//! a tenant reads them, and no token of a tenant passes here.

use jwt_compact::Claims as JwtClaims;
use serde::{Deserialize, Serialize};

use crate::{
    id::{AdminId, KeyId},
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
    session: KeyId,
    digest: TokenDigest,
}

/// What the store says of a platform admin's sign-in or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformStanding {
    /// Whose it is.
    pub admin: AdminId,
    /// The digest of a key's one token; a sign-in's tokens are short-lived and not
    /// registered one by one.
    pub token: Option<TokenDigest>,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// Whether its admin may do nothing.
    pub is_suspended: bool,
}

/// Proof: a platform admin's token is in force.
#[derive(Debug, Clone)]
pub struct PlatformInForce {
    admin: AdminId,
    session: KeyId,
}

/// Why a rightly signed token is not in force. For the log: callers learn only that it
/// is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotInForce {
    /// The store has no such sign-in or key.
    #[error("no such platform session")]
    Unknown,
    /// It is another admin's.
    #[error("a platform session of another admin")]
    Foreign,
    /// A key has one token, and this is not it.
    #[error("another token of a platform key")]
    OtherToken,
    /// It was revoked, or has ended.
    #[error("a platform session that is over")]
    Over,
    /// Its admin may do nothing.
    #[error("a suspended platform admin")]
    Suspended,
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
        claims.custom.check(audience)?;
        Ok(VerifiedPlatformAdmin {
            subject: claims.custom.sub,
            session: KeyId::parse(&claims.custom.jti).map_err(|_| TokenError::Claims)?,
            digest: TokenDigest::of(token),
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
    /// The sign-in or key that the token is of.
    #[must_use]
    pub fn session(&self) -> &KeyId {
        &self.session
    }

    /// Turns what the store says of it into the proof. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`NotInForce`], which is for the log alone.
    pub fn in_force(
        &self,
        standing: Option<&PlatformStanding>,
        now: i64,
    ) -> Result<PlatformInForce, NotInForce> {
        let standing = standing.ok_or(NotInForce::Unknown)?;
        if standing.admin.as_str() != self.subject {
            return Err(NotInForce::Foreign);
        }
        if standing.token.is_some_and(|token| token != self.digest) {
            return Err(NotInForce::OtherToken);
        }
        if standing.is_revoked || standing.expires_at <= now {
            return Err(NotInForce::Over);
        }
        if standing.is_suspended {
            return Err(NotInForce::Suspended);
        }
        Ok(PlatformInForce {
            admin: standing.admin.clone(),
            session: self.session.clone(),
        })
    }
}

impl PlatformInForce {
    /// Who acts.
    #[must_use]
    pub fn admin(&self) -> &AdminId {
        &self.admin
    }

    /// The sign-in or key that they act with.
    #[must_use]
    pub fn session(&self) -> &KeyId {
        &self.session
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing_keys::tests::{jwk, key_set};

    const NOW: i64 = 1_800_000_000;

    fn verified() -> VerifiedPlatformAdmin {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let audience = Audience {
            issuer: "i".into(),
            audience: "a".into(),
        };
        let token = keys
            .issue_platform_admin(&audience, "a_one", "k_one", NOW, NOW + 60)
            .unwrap();
        keys.verify_platform(&audience, token.expose(), NOW)
            .unwrap()
    }

    fn standing() -> PlatformStanding {
        PlatformStanding {
            admin: AdminId::parse("a_one").unwrap(),
            token: None,
            expires_at: NOW + 1,
            is_revoked: false,
            is_suspended: false,
        }
    }

    fn refused(change: impl FnOnce(&mut PlatformStanding)) -> Option<NotInForce> {
        let mut standing = standing();
        change(&mut standing);
        verified().in_force(Some(&standing), NOW).err()
    }

    #[test]
    fn a_sign_in_is_in_force_while_the_store_says_so() {
        let in_force = verified().in_force(Some(&standing()), NOW).unwrap();
        assert_eq!(in_force.admin().as_str(), "a_one");
        assert_eq!(in_force.session().as_str(), "k_one");
        assert_eq!(
            verified().in_force(None, NOW).err(),
            Some(NotInForce::Unknown)
        );
        assert_eq!(refused(|it| it.is_revoked = true), Some(NotInForce::Over));
        assert_eq!(refused(|it| it.expires_at = NOW), Some(NotInForce::Over));
        assert_eq!(
            refused(|it| it.is_suspended = true),
            Some(NotInForce::Suspended)
        );
        let other = AdminId::parse("a_two").unwrap();
        assert_eq!(refused(|it| it.admin = other), Some(NotInForce::Foreign));
    }

    /// A stolen signing key makes a token, but not the registered one.
    #[test]
    fn a_key_has_one_token() {
        let own = verified().digest;
        assert_eq!(refused(|it| it.token = Some(own)), None);
        let other = TokenDigest::of("another");
        assert_eq!(
            refused(|it| it.token = Some(other)),
            Some(NotInForce::OtherToken)
        );
    }

    #[test]
    fn a_token_that_names_no_session_is_none() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let audience = Audience {
            issuer: "i".into(),
            audience: "a".into(),
        };
        let token = keys
            .issue_platform_admin(&audience, "a_one", "p", NOW, NOW + 60)
            .unwrap();
        let verified = keys.verify_platform(&audience, token.expose(), NOW);
        assert_eq!(verified.err(), Some(TokenError::Claims));
    }
}
