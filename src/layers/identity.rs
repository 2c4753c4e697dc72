//! Layer 2, **identity**: whose signed key, which tenant?
//!
//! Proofs: [`Identified`] for a tenant's key, [`PlatformIdentified`] for whoever
//! runs the platform. It stands before admission because only a verified
//! signature may cause an object to be addressed.

use lango_audit_log::Layer;
use lango_identity::{
    KeyGateName, PlatformScope, PrincipalId, TenantScope, TokenError, Verified, VerifiedKey,
};

use super::transport::Received;
use crate::{denial::Denial, settings::Settings};

/// Proof: the request carries a tenant's API key with a right signature.
pub(crate) struct Identified {
    key: VerifiedKey,
    session: Option<String>,
    body: Vec<u8>,
}

/// Proof: the request carries a platform admin's token.
pub(crate) struct PlatformIdentified {
    scope: PlatformScope,
    subject: String,
    body: Vec<u8>,
}

/// Identifies a tenant's key. `now` is seconds since 1970.
pub(crate) fn identify(
    received: Received,
    settings: &Settings,
    now: i64,
) -> Result<Identified, Denial> {
    match verify(&received, settings, now)? {
        Verified::Key(key) => Ok(Identified {
            key,
            session: None,
            body: received.into_body(),
        }),
        Verified::PlatformAdmin(_) => Err(invalid_token("a platform token on a tenant's route")),
    }
}

/// Identifies a platform admin. `now` is seconds since 1970.
pub(crate) fn identify_platform_admin(
    received: Received,
    settings: &Settings,
    now: i64,
) -> Result<PlatformIdentified, Denial> {
    match verify(&received, settings, now)? {
        Verified::PlatformAdmin(admin) => Ok(PlatformIdentified {
            scope: admin.scope(),
            subject: admin.subject().to_owned(),
            body: received.into_body(),
        }),
        Verified::Key(_) => Err(invalid_token("a tenant's key on a platform route")),
    }
}

impl Identified {
    /// The right to the rows of the key's tenant.
    pub(crate) fn scope(&self) -> TenantScope {
        self.key.scope()
    }

    /// Who acts.
    pub(crate) fn principal(&self) -> &PrincipalId {
        self.key.principal()
    }

    /// The object that answers for the key.
    pub(crate) fn gate(&self) -> KeyGateName {
        KeyGateName::new(self.key.scope(), self.key.key().clone())
    }

    /// The body, not parsed yet.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same request once more: the client has answered a question of the
    /// first round. Every layer after this one is passed again.
    pub(crate) fn for_next_round(&self) -> Self {
        Self {
            key: self.key.clone(),
            session: self.session.clone(),
            body: Vec::new(),
        }
    }

    /// The same request, in a protocol session that was verified to be its key's.
    pub(crate) fn in_session(self, session: &str) -> Self {
        Self {
            session: Some(session.to_owned()),
            ..self
        }
    }

    /// The protocol session, if the request names one.
    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    pub(super) fn key(&self) -> &VerifiedKey {
        &self.key
    }
}

impl PlatformIdentified {
    /// The right to run the platform.
    pub(crate) fn scope(&self) -> &PlatformScope {
        &self.scope
    }

    /// Who acts.
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// The body, not parsed yet.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

/// The 401 of a key that is no longer, or never was, in force. The same words
/// for every reason: RFC 6750 §3.1 has one code for them all.
pub(super) fn invalid_token(reason: &str) -> Denial {
    Denial::new(
        Layer::Identity,
        "invalid_token",
        401,
        "The bearer token is not valid here. Use an API key of this deployment that is in force.",
    )
    .with_header(
        "WWW-Authenticate",
        r#"Bearer realm="lango", error="invalid_token""#,
    )
    .because(reason)
}

fn verify(received: &Received, settings: &Settings, now: i64) -> Result<Verified, Denial> {
    if received.has_token_in_query() {
        return Err(Denial::new(
            Layer::Identity,
            "token_in_query",
            400,
            "Send the token in the Authorization field, never in the URL.",
        )
        .with_header(
            "WWW-Authenticate",
            r#"Bearer realm="lango", error="invalid_request""#,
        ));
    }
    let token = received
        .authorization()
        .and_then(bearer)
        .ok_or_else(missing_token)?;
    settings
        .signing_keys
        .verify(&settings.audience, token, now)
        .map_err(|error: TokenError| invalid_token(&error.to_string()))
}

/// Without a token there is nothing to be wrong with: no `error` (RFC 6750 §3).
fn missing_token() -> Denial {
    Denial::new(
        Layer::Identity,
        "token_missing",
        401,
        "Send an API key as `Authorization: Bearer <key>`.",
    )
    .with_header("WWW-Authenticate", r#"Bearer realm="lango""#)
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for other in ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }
}
