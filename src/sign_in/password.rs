//! Passwords that are set: the first one by an invitation, the next ones by whoever
//! knows the one before.

use std::net::IpAddr;

use lango_audit_log::Layer;
use lango_durable_objects::Noted;
use lango_identity::{KeyGateName, KeyId, PrincipalId, SignInGuardName, TenantScope, TicketKind};
use lango_sign_in::{Checked, Library, Password, Policy, check, hash};
use lango_store::{
    AccountKind, Invited, NewInvitation, accept_invitation, insert_invitation, invited,
    load_account, load_settings, set_password,
};
use zeroize::Zeroizing;

use super::{
    guard::Attempted,
    proof::{hash_of, noted},
    session,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// How long an invitation can be used.
pub(crate) const INVITATION_SECONDS: i64 = 72 * 3_600;

/// Somebody who is signed in.
pub(crate) struct Holder<'a> {
    /// The right to the rows of their tenant.
    pub(crate) scope: &'a TenantScope,
    /// Of which kind they are.
    pub(crate) kind: AccountKind,
    /// Who they are.
    pub(crate) principal: &'a PrincipalId,
    /// Their session, which goes on.
    pub(crate) session: &'a KeyId,
}

/// Makes an invitation: its text, which is handed over and known by its digest alone.
/// `None` when the tenant has nobody of that name.
pub(crate) async fn invite(
    gateway: &Gateway,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
    by: &str,
) -> Result<Option<(Zeroizing<String>, i64)>, Denial> {
    let now = clock::now_seconds();
    let expires_at = now + INVITATION_SECONDS;
    let name = KeyGateName::new(scope.clone(), KeyId::from_random(clock::random()?));
    let random = KeyId::from_random(clock::random()?);
    let text = gateway
        .settings
        .signing_keys()
        .issue_ticket(
            &gateway.settings.audience.issuer,
            TicketKind::Invitation,
            &name,
            random.as_str(),
            expires_at,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    let invitation = NewInvitation {
        invitation_id: name.key().clone(),
        kind,
        principal: principal.clone(),
        digest: text.digest(),
        created_by: by.to_owned(),
        created_at: now * 1_000,
        expires_at,
    };
    let made = insert_invitation(&store(gateway)?, scope, &invitation)
        .await
        .map_err(|error| store_failed(&error))?;
    Ok(made.then(|| (Zeroizing::new(text.expose().to_owned()), expires_at)))
}

/// Sets the password of whoever was invited. Every session of theirs ends.
pub(crate) async fn accept(gateway: &Gateway, text: &str, new: &Password) -> Result<(), Denial> {
    gateway.meet(Some(text)).await?;
    let ticket = gateway
        .settings
        .signing_keys()
        .verify_ticket(
            &gateway.settings.audience.issuer,
            TicketKind::Invitation,
            text,
            clock::now_seconds(),
        )
        .map_err(|error| no_invitation().because(error.to_string()))?;
    let (scope, invitation) = (ticket.name().scope(), ticket.name().key());
    // Before a password is looked at: refusals do not tell an old text from a wrong one.
    let sql = store(gateway)?;
    invited(&sql, scope, invitation, ticket.digest(), clock::now_ms())
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(no_invitation)?;
    let hash = checked_hash(gateway, scope, new).await?;
    let now = clock::now_ms();
    let Invited { kind, principal } =
        accept_invitation(&sql, scope, invitation, ticket.digest(), &hash, now)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(no_invitation)?;
    session::end_all(gateway, scope, kind, &principal, None).await?;
    let event = noted(gateway, "password.set", kind, &principal);
    session::note(gateway, scope, &event).await
}

/// Changes the password of whoever is signed in. Every other session of theirs ends.
pub(crate) async fn change(
    gateway: &Gateway,
    holder: Holder<'_>,
    current: &Password,
    new: &Password,
    address: Option<IpAddr>,
) -> Result<(), Denial> {
    let configuration = &gateway.settings.sign_in;
    // Whoever has found an open session is not to try passwords in it.
    let digest = configuration
        .accounts
        .name(&["change", holder.principal.as_str()]);
    let guard = SignInGuardName::of_signed_in(holder.scope, digest);
    let attempt = Attempted::begin(&gateway.env, configuration, &guard, address).await?;
    let sql = store(gateway)?;
    let account = load_account(&sql, holder.scope, holder.kind, holder.principal)
        .await
        .map_err(|error| store_failed(&error))?;
    let stored = account.as_ref().and_then(hash_of);
    let decoy = clock::random()?;
    let checked = check(
        &mut Library,
        stored.as_ref(),
        current,
        configuration.cost,
        decoy,
    );
    let event = Noted {
        session: Some(holder.session.as_str().to_owned()),
        ..noted(gateway, "password.change", holder.kind, holder.principal)
    };
    if checked == Checked::Wrong {
        let event = Noted {
            refused: Some("wrong_password".to_owned()),
            ..event
        };
        attempt.fail(Some(event)).await?;
        let detail = "The password until now is another one.";
        return Err(Denial::new(
            Layer::Identity,
            "wrong_credentials",
            401,
            detail,
        ));
    }
    attempt.succeed().await;
    let hash = checked_hash(gateway, holder.scope, new).await?;
    set_password(&sql, holder.scope, holder.kind, holder.principal, &hash)
        .await
        .map_err(|error| store_failed(&error))?;
    let (kind, principal) = (holder.kind, holder.principal);
    session::end_all(gateway, holder.scope, kind, principal, Some(holder.session)).await?;
    session::note(gateway, holder.scope, &event).await
}

/// The hash of a password that the tenant takes.
async fn checked_hash(
    gateway: &Gateway,
    scope: &TenantScope,
    new: &Password,
) -> Result<String, Denial> {
    let settings = load_settings(&store(gateway)?, scope)
        .await
        .map_err(|error| store_failed(&error))?
        .settings();
    let policy = Policy {
        minimum_length: settings.password_minimum_length.get() as usize,
    };
    policy.check(new).map_err(|refusal| {
        let detail = format!("Choose another password: {refusal}.");
        Denial::new(Layer::Screening, "password", 422, detail)
    })?;
    let cost = gateway.settings.sign_in.cost;
    Ok(hash(&mut Library, new, cost, clock::random()?).to_string())
}

fn no_invitation() -> Denial {
    Denial::new(
        Layer::Identity,
        "invitation",
        401,
        "This invitation is too old, was used, or is none. Ask your administrator for another.",
    )
}
