//! From a proof to a session, its tokens, and its end.

use futures_util::future::join_all;
use lango_admission::{KeyState, Snapshot};
use lango_api::{TokenType, Tokens};
use lango_audit_log::Layer;
use lango_durable_objects::{Noted, SignInGuardClient};
use lango_identity::{
    IssuedToken, KeyGateName, KeyId, PrincipalId, PrincipalKind, Reach, SignInClaims,
    SignInGuardName, TenantScope, TicketKind, TokenDigest,
};
use lango_store::{
    AccountKind, NewSession, Rotated, end_session, end_sessions_of, insert_session, load_settings,
    load_snapshot, rotate_refresh,
};
use lango_tenancy::TenantState;
use worker::console_error;
use zeroize::Zeroizing;

use super::{
    proof::{Proven, noted},
    unreachable,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::{
        call::{store, store_failed},
        pushing::push,
    },
};

/// A session that has begun, before anything was handed out of it.
pub(crate) struct Begun {
    /// Its name.
    pub(crate) session: KeyId,
    /// In seconds since 1970.
    pub(crate) expires_at: i64,
}

/// Begins a session of a program, with tokens.
pub(crate) async fn begin(gateway: &Gateway, proven: &Proven) -> Result<Tokens, Denial> {
    let session = KeyId::from_random(clock::random()?);
    let expires_at = clock::now_seconds() + proven.settings().session_seconds();
    let refresh = refresh_token(gateway, proven.scope(), &session, expires_at)?;
    insert(
        gateway,
        proven,
        &session,
        Some(refresh.digest()),
        expires_at,
    )
    .await?;
    let snapshot = snapshot(gateway, proven.scope(), &session).await?;
    let minutes = proven.settings().access_token_seconds();
    tokens(
        gateway,
        proven.scope(),
        &session,
        &snapshot,
        minutes,
        &refresh,
    )
}

/// Begins a session of a browser, which has a cookie in place of tokens.
pub(crate) async fn begin_for_browser(gateway: &Gateway, proven: &Proven) -> Result<Begun, Denial> {
    let session = KeyId::from_random(clock::random()?);
    let expires_at = clock::now_seconds() + proven.settings().session_seconds();
    insert(gateway, proven, &session, None, expires_at).await?;
    snapshot(gateway, proven.scope(), &session).await?;
    Ok(Begun {
        session,
        expires_at,
    })
}

/// The next tokens for a refresh token. Used a second time, it ends the session.
pub(crate) async fn refresh(gateway: &Gateway, text: &str) -> Result<Tokens, Denial> {
    gateway.meet(Some(text)).await?;
    let issuer = &gateway.settings.audience.issuer;
    let ticket = gateway
        .settings
        .signing_keys()
        .verify_ticket(issuer, TicketKind::Session, text, clock::now_seconds())
        .map_err(|error| ended().because(error.to_string()))?;
    let (scope, session) = (ticket.name().scope(), ticket.name().key());
    let snapshot = snapshot(gateway, scope, session).await?;
    let settings = load_settings(&store(gateway)?, scope)
        .await
        .map_err(|error| store_failed(&error))?
        .settings();
    let holder = in_force(&snapshot)?;
    let next = refresh_token(gateway, scope, session, holder.expires_at)?;
    let rotated = rotate_refresh(
        &store(gateway)?,
        scope,
        session,
        ticket.digest(),
        next.digest(),
        clock::now_ms(),
    )
    .await
    .map_err(|error| store_failed(&error))?;
    match rotated {
        Rotated::Yes => {
            let seconds = settings.access_token_seconds();
            tokens(gateway, scope, session, &snapshot, seconds, &next)
        }
        Rotated::Ended => Err(ended()),
        Rotated::Reused { principal } => {
            push(gateway, scope, session).await;
            reused(gateway, scope, session, holder.holder.kind, principal).await?;
            Err(ended().because("a refresh token was used twice"))
        }
    }
}

/// Ends one session, for the next call.
pub(crate) async fn end(
    gateway: &Gateway,
    scope: &TenantScope,
    session: &KeyId,
) -> Result<bool, Denial> {
    let was_there = end_session(&store(gateway)?, scope, session, clock::now_ms())
        .await
        .map_err(|error| store_failed(&error))?;
    push(gateway, scope, session).await;
    Ok(was_there)
}

/// Ends every session of somebody but one, for the next call, and says how many.
pub(crate) async fn end_all(
    gateway: &Gateway,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
    except: Option<&KeyId>,
) -> Result<usize, Denial> {
    let now = clock::now_ms();
    let ended = end_sessions_of(&store(gateway)?, scope, kind, principal, except, now)
        .await
        .map_err(|error| store_failed(&error))?;
    join_all(ended.iter().map(|session| push(gateway, scope, session))).await;
    Ok(ended.len())
}

/// Keeps an event of somebody who is signed in, for their tenant's log.
pub(crate) async fn note(
    gateway: &Gateway,
    scope: &TenantScope,
    event: &Noted,
) -> Result<(), Denial> {
    let digest = gateway
        .settings
        .sign_in
        .accounts
        .name(&["signed in", &event.principal]);
    let name = SignInGuardName::of_signed_in(scope, digest);
    SignInGuardClient::named(&gateway.env, &name)
        .map_err(unreachable)?
        .note(event)
        .await
        .map_err(unreachable)
}

/// Whose account somebody of this kind has; `None` for support, which has none.
pub(crate) fn account_kind(kind: PrincipalKind) -> Option<AccountKind> {
    match kind {
        PrincipalKind::Employee => Some(AccountKind::Employee),
        PrincipalKind::Customer => Some(AccountKind::Customer),
        PrincipalKind::Support | PrincipalKind::PlatformAdmin => None,
    }
}

/// What the store says of a session.
pub(crate) async fn snapshot(
    gateway: &Gateway,
    scope: &TenantScope,
    session: &KeyId,
) -> Result<Snapshot, Denial> {
    let snapshot = load_snapshot(&store(gateway)?, scope, session)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(ended)?;
    in_force(&snapshot)?;
    Ok(snapshot)
}

/// The session's own part, if it is in force.
pub(crate) fn in_force(snapshot: &Snapshot) -> Result<&KeyState, Denial> {
    if snapshot.tenant == TenantState::Suspended {
        let detail = "Your organisation's account is suspended.";
        return Err(Denial::new(
            Layer::Identity,
            "tenant_suspended",
            403,
            detail,
        ));
    }
    let now = clock::now_seconds();
    snapshot
        .key
        .as_ref()
        .filter(|key| !key.revoked && key.expires_at > now)
        .ok_or_else(ended)
}

/// The session is over, or never was.
pub(crate) fn ended() -> Denial {
    Denial::new(
        Layer::Identity,
        "signed_out",
        401,
        "This sign-in has ended. Sign in again.",
    )
}

/// A list of all, or of some.
pub(crate) fn listed(reach: &Reach) -> Option<Vec<String>> {
    match reach {
        Reach::All => None,
        Reach::Only(some) => Some(some.iter().cloned().collect()),
    }
}

/// The row, and the event: both are durable before anything is handed out.
async fn insert(
    gateway: &Gateway,
    proven: &Proven,
    session: &KeyId,
    refresh: Option<TokenDigest>,
    expires_at: i64,
) -> Result<(), Denial> {
    let row = NewSession {
        session_id: session.clone(),
        kind: proven.kind(),
        principal: proven.principal().clone(),
        refresh,
        created_at: clock::now_ms(),
        expires_at,
    };
    insert_session(&store(gateway)?, proven.scope(), &row)
        .await
        .map_err(|error| store_failed(&error))?;
    proven.note(proven.by(), session.as_str()).await
}

fn refresh_token(
    gateway: &Gateway,
    scope: &TenantScope,
    session: &KeyId,
    expires_at: i64,
) -> Result<IssuedToken, Denial> {
    let name = KeyGateName::new(scope.clone(), session.clone());
    let random = KeyId::from_random(clock::random()?);
    gateway
        .settings
        .signing_keys()
        .issue_ticket(
            &gateway.settings.audience.issuer,
            TicketKind::Session,
            &name,
            random.as_str(),
            expires_at,
        )
        .map_err(|error| Denial::internal(error.to_string()))
}

/// Signs an access token. It never outlives its session.
fn tokens(
    gateway: &Gateway,
    scope: &TenantScope,
    session: &KeyId,
    snapshot: &Snapshot,
    seconds: i64,
    refresh: &IssuedToken,
) -> Result<Tokens, Denial> {
    let state = in_force(snapshot)?;
    let now = clock::now_seconds();
    let expires_in = seconds.min(state.expires_at - now);
    let holder = &state.holder;
    let is_employee = holder.kind == PrincipalKind::Employee;
    let restricted = |reach| if is_employee { listed(reach) } else { None };
    let claims = SignInClaims {
        tenant: scope.tenant().clone(),
        kind: holder.kind,
        principal: holder.principal.clone(),
        session: session.clone(),
        role: holder.role.clone(),
        connections: restricted(&holder.authority.connections),
        allow_tables: restricted(&holder.authority.tables),
        customer_number: holder.customer_number.clone(),
        token_id: KeyId::from_random(clock::random()?).as_str().to_owned(),
    };
    let access = gateway
        .settings
        .signing_keys()
        .issue_sign_in(&gateway.settings.audience, &claims, now, expires_in)
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(Tokens {
        access_token: Zeroizing::new(access.expose().to_owned()),
        token_type: TokenType::Bearer,
        expires_in,
        refresh_token: Zeroizing::new(refresh.expose().to_owned()),
        session_id: session.as_str().to_owned(),
    })
}

async fn reused(
    gateway: &Gateway,
    scope: &TenantScope,
    session: &KeyId,
    kind: PrincipalKind,
    principal: String,
) -> Result<(), Denial> {
    let (Some(kind), Ok(principal)) = (account_kind(kind), PrincipalId::parse(&principal)) else {
        console_error!("a refresh token of {principal} was used twice");
        return Ok(());
    };
    let event = Noted {
        session: Some(session.as_str().to_owned()),
        refused: Some("refresh_token_reused".to_owned()),
        ..noted(gateway, "sign_in.refresh", kind, &principal)
    };
    note(gateway, scope, &event).await
}
