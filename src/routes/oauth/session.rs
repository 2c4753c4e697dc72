//! Who sits at the browser: see [`browser`] for the cookie.

use lango_identity::{PermissionSet, PrincipalId, PrincipalKind, TenantScope, VerifiedSession};
use lango_store::{UserRow, load_snapshot, load_user, role_permissions};

use super::visit::Visit;
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
    sign_in::{browser, session::in_force},
};

/// An employee who has signed in, is still one, and whose session is in force.
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
    let Some(session) = named(gateway, visit).await? else {
        return Ok(None);
    };
    // Assistants act for employees alone.
    if session.kind() != PrincipalKind::Employee {
        return Ok(None);
    }
    let snapshot = load_snapshot(&store(gateway)?, &session.scope(), session.id())
        .await
        .map_err(|error| store_failed(&error))?;
    if snapshot.is_none_or(|snapshot| in_force(&snapshot).is_err()) {
        return Ok(None);
    }
    let user = active_user(gateway, &session.scope(), session.principal()).await?;
    Ok(user.map(|(user, permissions)| SignedIn {
        session,
        user,
        permissions,
    }))
}

/// The session that the browser's cookie names, in force or not.
pub(super) async fn named(
    gateway: &Gateway,
    visit: &Visit,
) -> Result<Option<VerifiedSession>, Denial> {
    let cookies = visit.head.cookies.as_deref();
    gateway.meet(browser::cookie(&visit.site, cookies)).await?;
    let keys = gateway.settings.signing_keys();
    Ok(browser::named(
        &keys,
        &visit.site,
        cookies,
        clock::now_seconds(),
    ))
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
