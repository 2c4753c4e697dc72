//! The browser's session: a signed cookie, fifteen minutes.

use lango_identity::{
    KeyId, PermissionSet, PrincipalId, PrincipalKind, TenantScope, VerifiedSession,
};
use lango_oauth::Site;
use lango_store::{UserRow, load_user, role_permissions};
use worker::Response;

use super::{failed, visit::Visit};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// Browsers bind a `__Host-` cookie to https, this host and no path. On loopback
/// there is no https to bind it to.
const SECURE_NAME: &str = "__Host-lango_session";
const LOOPBACK_NAME: &str = "lango_session";

/// Somebody who has signed in and is still a user of their tenant.
pub(super) struct SignedIn {
    pub(super) session: VerifiedSession,
    pub(super) user: UserRow,
    /// What their role lets them do.
    pub(super) permissions: PermissionSet,
}

impl SignedIn {
    /// The right to the rows of the user's tenant.
    pub(super) fn scope(&self) -> TenantScope {
        self.session.scope()
    }
}

/// Who sits at the browser; `None` when they have to sign in.
pub(super) async fn signed_in(
    gateway: &Gateway,
    visit: &Visit,
) -> Result<Option<SignedIn>, Denial> {
    let Some(text) = cookie(visit) else {
        return Ok(None);
    };
    gateway.meet(Some(text)).await?;
    let verified = gateway.settings.signing_keys().verify_session(
        visit.site.issuer(),
        text,
        clock::now_seconds(),
    );
    let Ok(session) = verified else {
        return Ok(None);
    };
    let user = active_user(gateway, &session.scope(), session.principal()).await?;
    Ok(user.map(|(user, permissions)| SignedIn {
        session,
        user,
        permissions,
    }))
}

/// A user of the tenant who is not suspended, and what their role lets them do.
pub(super) async fn active_user(
    gateway: &Gateway,
    scope: &TenantScope,
    principal: &PrincipalId,
) -> Result<Option<(UserRow, PermissionSet)>, Denial> {
    let store = store(gateway)?;
    let user = load_user(&store, scope, principal)
        .await
        .map_err(|error| store_failed(&error))?
        .filter(|user| user.suspended_at.is_none());
    let Some(user) = user else { return Ok(None) };
    let permissions = role_permissions(&store, scope, &user.role)
        .await
        .map_err(|error| store_failed(&error))?;
    Ok(permissions.map(|permissions| (user, permissions)))
}

/// Signs a user in who has proven who they are.
pub(super) fn begin(
    gateway: &Gateway,
    site: &Site,
    scope: &TenantScope,
    principal: &PrincipalId,
    response: &Response,
) -> Result<(), Denial> {
    const SESSION_SECONDS: i64 = 15 * 60;
    let id = KeyId::from_random(clock::random()?);
    let session = gateway
        .settings
        .signing_keys()
        .issue_session(
            site.issuer(),
            scope,
            PrincipalKind::Employee,
            principal,
            &id,
            clock::now_seconds() + SESSION_SECONDS,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    set(site, session.expose(), SESSION_SECONDS, response)
}

/// Signs whoever it is out.
pub(super) fn end(site: &Site, response: &Response) -> Result<(), Denial> {
    set(site, "", 0, response)
}

/// `SameSite=Lax`, not `Strict`: an assistant sends the browser to `/authorize` from
/// its own site, and whoever has just signed in should not have to again. The
/// cookie does nothing by itself: every change is a form with a token of its own.
fn set(site: &Site, value: &str, seconds: i64, response: &Response) -> Result<(), Denial> {
    let (name, secure) = name(site);
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    response
        .headers()
        .append("Set-Cookie", &cookie)
        .map_err(|error| failed(&error))
}

fn name(site: &Site) -> (&'static str, &'static str) {
    if site.is_secure() {
        (SECURE_NAME, "; Secure")
    } else {
        (LOOPBACK_NAME, "")
    }
}

fn cookie(visit: &Visit) -> Option<&str> {
    let (name, _) = name(&visit.site);
    visit
        .cookies
        .as_deref()?
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}
