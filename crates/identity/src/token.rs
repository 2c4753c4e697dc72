//! Signed tokens: JWT (RFC 7519) with EdDSA (RFC 8037), found by `kid`.

use chrono::{DateTime, Duration, Utc};
use jwt_compact::{
    Algorithm as _, AlgorithmExt as _, Claims as JwtClaims, Header, TimeOptions, UntrustedToken,
    alg::Ed25519,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{
    access_token::{self, VerifiedAccess},
    id::{KeyId, PrincipalId, TenantId},
    platform_token::{self, VerifiedPlatformAdmin},
    role_name::RoleName,
    scope::TenantScope,
    sign_in_token::{self, VerifiedSignIn},
    signing_keys::SigningKeys,
    signing_ring::LONGEST_LIFE_SECONDS,
};

/// The `typ` of API keys.
pub(crate) const TYPE: &str = "JWT";
/// Longer tokens are refused unread, in bytes.
const MAXIMUM_LENGTH: usize = 4096;

/// Who tokens are from and for: the `iss` and `aud` of this deployment.
#[derive(Debug, Clone)]
pub struct Audience {
    /// `iss`: who signed.
    pub issuer: String,
    /// `aud`: who is to accept.
    pub audience: String,
}

/// The kinds of principal. A token of one never passes where another is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// Runs the platform; belongs to no tenant.
    PlatformAdmin,
    /// Works for a tenant, or is one of its programs.
    Employee,
    /// Is served by a tenant.
    Customer,
    /// A platform admin, for as long as a tenant's Admin lets them help.
    Support,
}

impl PrincipalKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::Employee => "employee",
            Self::Customer => "customer",
            Self::Support => "support",
        }
    }
}

/// What an API key's token is to say.
#[derive(Debug, Clone)]
pub struct Claims {
    /// The tenant that the key belongs to.
    pub tenant: TenantId,
    /// Who acts with it.
    pub principal: PrincipalId,
    /// Their role when the key was made, if it has one. What is registered decides.
    pub role: Option<RoleName>,
    /// The key's identifier.
    pub key: KeyId,
}

/// A freshly signed token. Shown once, stored only as a digest.
pub struct IssuedToken(Zeroizing<String>);

/// SHA-256 of a token. Tokens carry a 64-byte signature, so a plain hash cannot
/// be searched; the registry keeps it, so that a stolen signing key alone makes
/// no key that passes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenDigest([u8; 32]);

/// A token whose signature, issuer, audience and times are right.
#[derive(Debug, Clone)]
pub enum Verified {
    /// A tenant's API key.
    Key(VerifiedKey),
    /// An assistant's access token.
    Access(VerifiedAccess),
    /// Somebody who has signed in.
    SignIn(VerifiedSignIn),
    /// Someone who runs the platform.
    PlatformAdmin(VerifiedPlatformAdmin),
}

/// A tenant's API key with a right signature; whether it is still in force is
/// for the admission layer to find out.
#[derive(Debug, Clone)]
pub struct VerifiedKey {
    tenant: TenantId,
    principal: PrincipalId,
    key: KeyId,
    digest: TokenDigest,
    expires_at: i64,
}

/// Why a token was refused. For the log: callers learn only that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three base64url parts of JSON, JSON, signature; or too long.
    #[error("malformed")]
    Malformed,
    /// The header names another algorithm, `none` included.
    #[error("algorithm")]
    Algorithm,
    /// `typ` names another kind of signed text.
    #[error("type")]
    Type,
    /// No key of that `kid`.
    #[error("unknown key id")]
    UnknownKeyId,
    /// The signature is not that key's.
    #[error("signature")]
    Signature,
    /// `exp` has passed, or is missing.
    #[error("expired")]
    Expired,
    /// `iat` or `nbf` is in the future.
    #[error("not yet valid")]
    NotYetValid,
    /// `iss` is someone else.
    #[error("issuer")]
    Issuer,
    /// `aud` is someone else.
    #[error("audience")]
    WrongAudience,
    /// The claims do not fit the kind of principal.
    #[error("claims")]
    Claims,
}

#[derive(Serialize, Deserialize)]
struct WireClaims {
    iss: String,
    aud: String,
    sub: String,
    kind: PrincipalKind,
    tenant: TenantId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<RoleName>,
    jti: String,
}

impl SigningKeys {
    /// Signs an API key's token. Times are seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_key(
        &self,
        audience: &Audience,
        claims: &Claims,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let claims = WireClaims {
            iss: audience.issuer.clone(),
            aud: audience.audience.clone(),
            sub: claims.principal.as_str().to_owned(),
            kind: PrincipalKind::Employee,
            tenant: claims.tenant.clone(),
            role: claims.role.clone(),
            jti: claims.key.as_str().to_owned(),
        };
        self.sign(claims, issued_at, expires_at)
    }

    /// Checks the token of an API key. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify(
        &self,
        audience: &Audience,
        token: &str,
        now: i64,
    ) -> Result<VerifiedKey, TokenError> {
        let claims: JwtClaims<WireClaims> = self.verify_signed(TYPE, token, now)?;
        let expires_at = claims.expiration.ok_or(TokenError::Expired)?.timestamp();
        let claims = claims.custom;
        audience.check(&claims.iss, &claims.aud)?;
        if claims.kind != PrincipalKind::Employee {
            return Err(TokenError::Claims);
        }
        Ok(VerifiedKey {
            tenant: claims.tenant,
            principal: PrincipalId::parse(&claims.sub).map_err(|_| TokenError::Claims)?,
            key: KeyId::parse(&claims.jti).map_err(|_| TokenError::Claims)?,
            digest: TokenDigest::of(token),
            expires_at,
        })
    }

    fn sign(
        &self,
        claims: WireClaims,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        self.sign_as(TYPE, claims, issued_at, expires_at)
    }

    /// Checks whatever a request carries: an API key, a platform token or the token
    /// of a sign-in for `deployment`, or an assistant's access token for one of
    /// `resources`. The type in the header says which one it must be; a token of one
    /// type is never read as another. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify_bearer(
        &self,
        deployment: &Audience,
        resources: &[Audience],
        token: &str,
        now: i64,
    ) -> Result<Verified, TokenError> {
        match token_type(token)?.as_str() {
            TYPE => self.verify(deployment, token, now).map(Verified::Key),
            access_token::TYPE => self
                .verify_access(resources, token, now)
                .map(Verified::Access),
            sign_in_token::TYPE => self
                .verify_sign_in(deployment, token, now)
                .map(Verified::SignIn),
            platform_token::TYPE => self
                .verify_platform(deployment, token, now)
                .map(Verified::PlatformAdmin),
            _ => Err(TokenError::Type),
        }
    }

    /// Signs any claims under a `typ`, so that one kind never passes for another.
    pub(crate) fn sign_as(
        &self,
        kind: &str,
        claims: impl Serialize,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        // A key that another one follows verifies for that long and no longer.
        if expires_at.saturating_sub(issued_at) > LONGEST_LIFE_SECONDS {
            return Err(TokenError::Claims);
        }
        let (kid, signer) = self.signer();
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Claims);
        let mut claims = JwtClaims::new(claims);
        claims.issued_at = Some(moment(issued_at)?);
        claims.expiration = Some(moment(expires_at)?);
        let header = Header::empty().with_key_id(kid).with_token_type(kind);
        Ed25519
            .token(&header, &claims, signer)
            .map(|token| IssuedToken(Zeroizing::new(token)))
            .map_err(|_| TokenError::Claims)
    }

    /// Checks type, signature and times, in this order: claims of another type are
    /// not even read.
    pub(crate) fn verify_signed<C: DeserializeOwned>(
        &self,
        kind: &str,
        token: &str,
        now: i64,
    ) -> Result<JwtClaims<C>, TokenError> {
        if token.len() > MAXIMUM_LENGTH {
            return Err(TokenError::Malformed);
        }
        let untrusted = UntrustedToken::new(token).map_err(|_| TokenError::Malformed)?;
        if untrusted.algorithm() != Ed25519.name() {
            return Err(TokenError::Algorithm);
        }
        if untrusted.header().token_type.as_deref() != Some(kind) {
            return Err(TokenError::Type);
        }
        let verifier = untrusted
            .header()
            .key_id
            .as_deref()
            .and_then(|kid| self.verifier(kid))
            .ok_or(TokenError::UnknownKeyId)?;
        let token = Ed25519
            .validator::<C>(verifier)
            .validate(&untrusted)
            .map_err(|error| match error {
                jwt_compact::ValidationError::InvalidSignature => TokenError::Signature,
                jwt_compact::ValidationError::AlgorithmMismatch { .. } => TokenError::Algorithm,
                _ => TokenError::Malformed,
            })?;
        let claims = token.into_parts().1;
        check_times(&claims, now)?;
        Ok(claims)
    }
}

/// What a token's header says that it is; nothing is verified yet.
fn token_type(token: &str) -> Result<String, TokenError> {
    if token.len() > MAXIMUM_LENGTH {
        return Err(TokenError::Malformed);
    }
    let untrusted = UntrustedToken::new(token).map_err(|_| TokenError::Malformed)?;
    untrusted
        .header()
        .token_type
        .clone()
        .ok_or(TokenError::Type)
}

/// Clocks of the signing and the verifying machine may differ by this much.
const LEEWAY_SECONDS: i64 = 30;

fn check_times<C>(claims: &JwtClaims<C>, now: i64) -> Result<(), TokenError> {
    let now = DateTime::<Utc>::from_timestamp(now, 0).ok_or(TokenError::Claims)?;
    let exactly = TimeOptions::new(Duration::zero(), || now);
    claims
        .validate_expiration(&exactly)
        .map_err(|_| TokenError::Expired)?;
    let limit = now + Duration::seconds(LEEWAY_SECONDS);
    let in_future = |moment: Option<DateTime<Utc>>| moment.is_some_and(|moment| moment > limit);
    if in_future(claims.issued_at) || in_future(claims.not_before) {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

impl Audience {
    pub(crate) fn check(&self, issuer: &str, audience: &str) -> Result<(), TokenError> {
        if issuer != self.issuer {
            return Err(TokenError::Issuer);
        }
        if audience != self.audience {
            return Err(TokenError::WrongAudience);
        }
        Ok(())
    }
}

impl VerifiedKey {
    /// The right to the rows of the key's tenant.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::verified(self.tenant.clone())
    }

    /// The key's identifier.
    #[must_use]
    pub fn key(&self) -> &KeyId {
        &self.key
    }

    /// Who acts.
    #[must_use]
    pub fn principal(&self) -> &PrincipalId {
        &self.principal
    }

    /// What the registry must know about the token.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// When the token stops being valid, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

impl IssuedToken {
    pub(crate) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The token, to be handed to its holder once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the registry keeps of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl TokenDigest {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl PartialEq for TokenDigest {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl From<TokenDigest> for String {
    fn from(digest: TokenDigest) -> Self {
        use core::fmt::Write as _;
        digest
            .0
            .iter()
            .fold(Self::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

impl TryFrom<String> for TokenDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const REFUSED: &str = "a token digest is 64 hexadecimal digits";
        let mut digest = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(REFUSED);
        }
        for (index, byte) in digest.iter_mut().enumerate() {
            let pair = text.get(index * 2..index * 2 + 2).ok_or(REFUSED)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| REFUSED)?;
        }
        Ok(Self(digest))
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
