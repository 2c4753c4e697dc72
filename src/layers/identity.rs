//! Layer 2, **identity**: whose signed key, which tenant?
//!
//! Proofs: [`Identified`] for a tenant's key or an assistant's access token,
//! [`PlatformIdentified`] for whoever runs the platform, [`BootstrapIdentified`] for
//! whoever may make the first of them. It stands before admission because only a
//! verified signature may cause an object to be addressed.

mod challenge;

use std::net::IpAddr;

use lango_audit_log::{Actor, Layer};
use lango_identity::{
    AdminId, KeyGateName, KeyId, PermissionSet, PlatformInForce, PlatformScope, PlatformStanding,
    PrincipalKind, TenantScope, TokenDigest, TokenError, Verified, VerifiedAccess, VerifiedKey,
    VerifiedPlatformAdmin, VerifiedSignIn,
};

pub(crate) use self::challenge::Challenge;
use self::challenge::Place;
use super::transport::Received;
use crate::{denial::Denial, settings::Settings, sign_in::browser};

/// Proof: the request carries a tenant's API key, or an access token that a user of
/// a tenant has given an assistant, with a right signature.
pub(crate) struct Identified {
    bearer: Bearer,
    challenge: Challenge,
    session: Option<String>,
    address: Option<IpAddr>,
    reached_at: String,
    by_browser: bool,
    body: Vec<u8>,
}

/// A request with a platform admin's token, whose signature is right. Whether it is in
/// force is for the store to say.
pub(crate) struct PlatformClaimed {
    admin: VerifiedPlatformAdmin,
    challenge: Challenge,
    body: Vec<u8>,
}

/// Proof: the request carries a platform admin's token that is in force.
pub(crate) struct PlatformIdentified {
    scope: PlatformScope,
    in_force: PlatformInForce,
    body: Vec<u8>,
}

/// Proof: the request carries the token that makes the first platform admin. Whether
/// there is one already is for the store to say.
pub(crate) struct BootstrapIdentified {
    scope: PlatformScope,
    body: Vec<u8>,
}

#[derive(Clone)]
enum Bearer {
    Key(VerifiedKey),
    Access(VerifiedAccess),
    SignIn(VerifiedSignIn),
}

/// Whom a route of tenants is for. A token of another kind is refused as if it were
/// none: it proves nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Tools: employees, their programs and assistants, and customers.
    Tools,
    /// Administration: employees, their programs and assistants, and whoever helps
    /// under a support grant.
    Administration,
    /// What concerns a sign-in itself: whoever has signed in.
    SignIns,
}

impl Takes {
    /// Whether a browser's session will do: tools are for programs alone.
    fn has_pages(self) -> bool {
        self != Self::Tools
    }

    fn admits(self, bearer: &Bearer) -> bool {
        match (self, bearer) {
            (Self::Tools | Self::Administration, Bearer::Key(_) | Bearer::Access(_)) => true,
            (Self::SignIns, Bearer::Key(_) | Bearer::Access(_)) => false,
            (_, Bearer::SignIn(sign_in)) => match sign_in.kind() {
                PrincipalKind::Employee => true,
                PrincipalKind::Customer => self != Self::Administration,
                PrincipalKind::Support => self != Self::Tools,
                PrincipalKind::PlatformAdmin => false,
            },
        }
    }
}

/// What the token shows of itself.
pub(crate) enum Shown {
    /// The digest of an API key's token.
    Key(TokenDigest),
    /// The rights in an access token.
    Access(PermissionSet),
    /// Who has signed in.
    SignIn(String, PrincipalKind),
}

/// Identifies a tenant's key, an assistant, or whoever has signed in. `now` is
/// seconds since 1970.
pub(crate) fn identify(
    received: Received,
    takes: Takes,
    settings: &Settings,
    now: i64,
) -> Result<Identified, Denial> {
    let place = Place::of(&received, settings);
    let by_browser = takes.has_pages() && token(&received).is_none();
    let verified = if by_browser {
        verify_browser(&received, settings, &place, now)?
    } else {
        verify(&received, settings, &place, now)?
    };
    let bearer = match verified {
        Verified::Key(key) => Bearer::Key(key),
        Verified::Access(access) => Bearer::Access(access),
        Verified::SignIn(sign_in) => Bearer::SignIn(sign_in),
        Verified::PlatformAdmin(_) => {
            let reason = "a platform token on a tenant's route";
            return Err(place.challenge().invalid_token(reason));
        }
    };
    if !takes.admits(&bearer) {
        let reason = "a token of another kind of principal";
        return Err(place.challenge().invalid_token(reason));
    }
    Ok(Identified {
        bearer,
        challenge: place.challenge(),
        session: None,
        address: received.address(),
        reached_at: received.reached_at().to_owned(),
        by_browser,
        body: received.into_body(),
    })
}

/// Reads a platform admin's token. `now` is seconds since 1970.
pub(crate) fn identify_platform_admin(
    received: Received,
    settings: &Settings,
    now: i64,
) -> Result<PlatformClaimed, Denial> {
    let place = Place::of(&received, settings);
    let challenge = place.challenge();
    let Verified::PlatformAdmin(admin) = verify(&received, settings, &place, now)? else {
        return Err(challenge.invalid_token("a tenant's token on a platform route"));
    };
    Ok(PlatformClaimed {
        admin,
        challenge,
        body: received.into_body(),
    })
}

/// Identifies the holder of the token that makes the first platform admin. `now` is
/// seconds since 1970.
pub(crate) fn identify_bootstrap(
    received: Received,
    settings: &Settings,
    now: i64,
) -> Result<BootstrapIdentified, Denial> {
    let challenge = Place::of(&received, settings).challenge();
    let token = token(&received).ok_or_else(|| challenge.missing_token())?;
    let verified = settings
        .signing_keys()
        .verify_bootstrap(&settings.audience, token, now)
        .map_err(|error| challenge.invalid_token(&error.to_string()))?;
    Ok(BootstrapIdentified {
        scope: verified.scope(),
        body: received.into_body(),
    })
}

impl PlatformClaimed {
    /// The sign-in or key that the token is of.
    pub(crate) fn session(&self) -> &KeyId {
        self.admin.session()
    }

    /// Turns what the store says of it into the proof.
    pub(crate) fn standing(
        self,
        standing: Option<&PlatformStanding>,
        now: i64,
    ) -> Result<PlatformIdentified, Denial> {
        let in_force = self
            .admin
            .in_force(standing, now)
            .map_err(|reason| self.challenge.invalid_token(&reason.to_string()))?;
        Ok(PlatformIdentified {
            scope: in_force.scope(),
            in_force,
            body: self.body,
        })
    }
}

impl Identified {
    /// The right to the rows of the key's tenant.
    pub(crate) fn scope(&self) -> TenantScope {
        match &self.bearer {
            Bearer::Key(key) => key.scope(),
            Bearer::Access(access) => access.scope(),
            Bearer::SignIn(sign_in) => sign_in.scope(),
        }
    }

    /// Who acts: for an assistant, the user who has allowed it.
    pub(crate) fn principal(&self) -> &str {
        match &self.bearer {
            Bearer::Key(key) => key.principal().as_str(),
            Bearer::Access(access) => access.principal().as_str(),
            Bearer::SignIn(sign_in) => sign_in.principal(),
        }
    }

    /// Which kind of principal they are, for the log.
    pub(crate) fn actor(&self) -> Actor {
        match &self.bearer {
            Bearer::Key(_) => Actor::Program,
            Bearer::Access(_) => Actor::Assistant,
            Bearer::SignIn(sign_in) => match sign_in.kind() {
                PrincipalKind::Customer => Actor::Customer,
                PrincipalKind::Support => Actor::Support,
                PrincipalKind::Employee | PrincipalKind::PlatformAdmin => Actor::Employee,
            },
        }
    }

    /// The object that answers for the key, or for what the user has granted.
    pub(crate) fn gate(&self) -> KeyGateName {
        KeyGateName::new(self.scope(), self.key_id().clone())
    }

    /// Who may go on with what it has begun: a key, or an assistant of one user,
    /// whichever grant it holds.
    pub(crate) fn holder(&self) -> String {
        match &self.bearer {
            Bearer::Key(_) | Bearer::SignIn(_) => self.gate().to_string(),
            Bearer::Access(access) => format!(
                "{}/{}/{}",
                access.scope().tenant(),
                access.principal(),
                // An identifier may be long, and this travels in a header field.
                String::from(TokenDigest::of(access.client_id()))
            ),
        }
    }

    fn key_id(&self) -> &KeyId {
        match &self.bearer {
            Bearer::Key(key) => key.key(),
            Bearer::Access(access) => access.grant(),
            Bearer::SignIn(sign_in) => sign_in.session(),
        }
    }

    /// Whoever has signed in; `None` for a key or an assistant.
    pub(crate) fn signed_in(&self) -> Option<&VerifiedSignIn> {
        match &self.bearer {
            Bearer::SignIn(sign_in) => Some(sign_in),
            Bearer::Key(_) | Bearer::Access(_) => None,
        }
    }

    /// Whether it was a browser's session that said who this is.
    pub(crate) fn by_browser(&self) -> bool {
        self.by_browser
    }

    /// The origin under which the request came in.
    pub(crate) fn reached_at(&self) -> &str {
        &self.reached_at
    }

    /// The body, not parsed yet.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same request once more: the client has answered a question of the
    /// first round. Every layer after this one is passed again.
    pub(crate) fn for_next_round(&self) -> Self {
        Self {
            bearer: self.bearer.clone(),
            challenge: self.challenge.clone(),
            session: self.session.clone(),
            address: self.address,
            reached_at: self.reached_at.clone(),
            by_browser: self.by_browser,
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

    /// Where the request came from, where that is known.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    pub(super) fn shown(&self) -> Shown {
        match &self.bearer {
            Bearer::Key(key) => Shown::Key(key.digest()),
            Bearer::Access(access) => Shown::Access(access.permissions()),
            Bearer::SignIn(sign_in) => {
                Shown::SignIn(sign_in.principal().to_owned(), sign_in.kind())
            }
        }
    }

    pub(super) fn challenge(&self) -> &Challenge {
        &self.challenge
    }
}

impl PlatformIdentified {
    /// The right to run the platform.
    pub(crate) fn scope(&self) -> &PlatformScope {
        &self.scope
    }

    /// Who acts.
    pub(crate) fn admin(&self) -> &AdminId {
        self.in_force.admin()
    }

    /// The sign-in or key that they act with.
    pub(crate) fn session(&self) -> &KeyId {
        self.in_force.session()
    }

    /// The body, not parsed yet.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl BootstrapIdentified {
    /// The right to run the platform, for its first row.
    pub(crate) fn scope(&self) -> &PlatformScope {
        &self.scope
    }

    /// The body, not parsed yet.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

fn verify(
    received: &Received,
    settings: &Settings,
    place: &Place,
    now: i64,
) -> Result<Verified, Denial> {
    let challenge = place.challenge();
    if received.has_token_in_query() {
        return Err(Denial::new(
            Layer::Identity,
            "token_in_query",
            400,
            "Send the token in the Authorization field, never in the URL.",
        )
        .with_header(
            "WWW-Authenticate",
            challenge.field(Some("invalid_request"), None),
        ));
    }
    let token = token(received).ok_or_else(|| challenge.missing_token())?;
    settings
        .signing_keys()
        .verify_bearer(&settings.audience, &place.audiences(), token, now)
        .map_err(|error: TokenError| challenge.invalid_token(&error.to_string()))
}

/// A browser's session. The cookie alone shows something; a change must bring what only
/// a page of this site knows (a second reason beside `SameSite=Strict`), and come from
/// its origin (a third).
fn verify_browser(
    received: &Received,
    settings: &Settings,
    place: &Place,
    now: i64,
) -> Result<Verified, Denial> {
    let challenge = place.challenge();
    let browser = received.browser();
    let named = place
        .site
        .as_ref()
        .map(|site| (site, browser::cookie(site, browser.cookies.as_deref())));
    let Some((site, Some(_))) = named else {
        // It says nothing of a session: whatever else is wrong is said as ever.
        return verify(received, settings, place, now);
    };
    let session = browser::named(
        &settings.signing_keys(),
        site,
        browser.cookies.as_deref(),
        now,
    )
    .ok_or_else(|| challenge.invalid_token("a cookie that names no session"))?;
    let token = browser.csrf_token.as_deref().unwrap_or_default();
    let is_own_page = browser.origin.as_deref() == Some(site.issuer())
        && settings.sign_in.csrf.fits(session.id().as_str(), token);
    if browser.changes && !is_own_page {
        let detail = "A change by a browser needs the X-CSRF-Token of its session, from Lango's own \
                      pages. GET /auth/v1/me says it.";
        return Err(Denial::new(Layer::Identity, "csrf", 403, detail));
    }
    Ok(Verified::SignIn(session.sign_in()))
}

/// The cookie of a browser's session, not verified yet.
pub(crate) fn cookie<'a>(received: &'a Received, settings: &Settings) -> Option<&'a str> {
    let site = settings.site(received.reached_at())?;
    browser::cookie(&site, received.browser().cookies.as_deref())
}

/// The token that a request carries, not verified yet.
pub(crate) fn token(received: &Received) -> Option<&str> {
    received.authorization().and_then(bearer)
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
