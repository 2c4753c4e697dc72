//! A platform admin's sign-in: its tokens, and the next ones.

use lango_api::{TokenType, Tokens};
use lango_audit_log::Layer;
use lango_identity::{AdminId, ClaimedAdmin, IssuedToken, KeyId, Statement, StatementPurpose};
use lango_store::{
    NewPlatformSession, PlatformSessionKind, insert_platform_session, platform_standing,
    revoke_platform_session, rotate_platform_refresh,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// How long an access token is valid.
const ACCESS_SECONDS: i64 = 15 * 60;
/// How long a sign-in can be refreshed.
const SESSION_SECONDS: i64 = 12 * 3_600;

/// What a refresh token says. Signed, so that only one that was handed out can be said
/// to have come twice.
#[derive(Serialize, Deserialize)]
struct Refresh {
    session: KeyId,
    /// Random, so that two of a session differ.
    r: String,
}

impl Statement for Refresh {
    const PURPOSE: StatementPurpose = StatementPurpose::new("lango-platform-refresh");
}

/// What became of a refresh token.
pub(super) enum Refreshed {
    /// Here are the next ones.
    Yes(Tokens),
    /// It had been used before: the session has ended with this.
    Reused {
        /// The session.
        session: KeyId,
        /// Whose it was.
        admin: AdminId,
    },
}

/// Begins a sign-in of somebody who has shown who they are.
pub(super) async fn begin(gateway: &Gateway, admin: &AdminId) -> Result<Tokens, Denial> {
    let session_id = KeyId::from_random(clock::random()?);
    let now = clock::now_seconds();
    let expires_at = now + SESSION_SECONDS;
    let refresh = refresh_token(gateway, &session_id, expires_at)?;
    let session = NewPlatformSession {
        session_id,
        admin_id: admin.clone(),
        kind: PlatformSessionKind::SignIn(refresh.digest()),
        created_at: now * 1_000,
        expires_at,
    };
    let is_begun = insert_platform_session(&store(gateway)?, ClaimedAdmin::of_sign_in(), &session)
        .await
        .map_err(|error| store_failed(&error))?;
    if !is_begun {
        return Err(ended());
    }
    tokens(gateway, admin, &session.session_id, expires_at, &refresh)
}

/// The next tokens for a refresh token. Used a second time, it ends the session.
pub(super) async fn refresh(gateway: &Gateway, text: &str) -> Result<Refreshed, Denial> {
    gateway.meet(Some(text)).await?;
    let now = clock::now_seconds();
    let shown: Refresh = gateway
        .settings
        .signing_keys()
        .verify_statement(&gateway.settings.audience.issuer, text, now)
        .map_err(|error| ended().because(error.to_string()))?;
    let (store, claimed) = (store(gateway)?, ClaimedAdmin::of_sign_in());
    let failed = |error| store_failed(&error);
    let standing = platform_standing(&store, claimed, &shown.session)
        .await
        .map_err(failed)?
        .filter(|it| !it.is_revoked && !it.is_suspended && it.expires_at > now)
        .ok_or_else(ended)?;
    let next = refresh_token(gateway, &shown.session, standing.expires_at)?;
    let rotated = rotate_platform_refresh(
        &store,
        claimed,
        &shown.session,
        lango_identity::TokenDigest::of(text),
        next.digest(),
        now,
    )
    .await
    .map_err(failed)?;
    match rotated {
        Some(session) => tokens(
            gateway,
            &session.admin_id,
            &shown.session,
            session.expires_at,
            &next,
        )
        .map(Refreshed::Yes),
        None => {
            // Genuine, and not the newest: somebody has used it before.
            revoke_platform_session(&store, claimed, &shown.session, clock::now_ms())
                .await
                .map_err(failed)?;
            Ok(Refreshed::Reused {
                session: shown.session,
                admin: standing.admin,
            })
        }
    }
}

/// The sign-in is over, or never was.
pub(super) fn ended() -> Denial {
    Denial::new(
        Layer::Identity,
        "signed_out",
        401,
        "This sign-in has ended. Sign in again.",
    )
}

fn refresh_token(
    gateway: &Gateway,
    session: &KeyId,
    expires_at: i64,
) -> Result<IssuedToken, Denial> {
    let refresh = Refresh {
        session: session.clone(),
        r: clock::random_name("")?,
    };
    gateway
        .settings
        .signing_keys()
        .sign_statement(&gateway.settings.audience.issuer, &refresh, expires_at)
        .map_err(|error| Denial::internal(error.to_string()))
}

/// An access token never outlives its sign-in.
fn tokens(
    gateway: &Gateway,
    admin: &AdminId,
    session: &KeyId,
    expires_at: i64,
    refresh: &IssuedToken,
) -> Result<Tokens, Denial> {
    let now = clock::now_seconds();
    let ends_at = expires_at.min(now + ACCESS_SECONDS);
    let access = gateway
        .settings
        .signing_keys()
        .issue_platform_admin(
            &gateway.settings.audience,
            admin.as_str(),
            session.as_str(),
            now,
            ends_at,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(Tokens {
        access_token: Zeroizing::new(access.expose().to_owned()),
        token_type: TokenType::Bearer,
        expires_in: ends_at - now,
        refresh_token: Zeroizing::new(refresh.expose().to_owned()),
        session_id: session.to_string(),
    })
}
