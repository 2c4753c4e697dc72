//! `/platform/v1/admins`: whoever runs the platform.

use lango_api::{AdminView, ChangeAdmin, CreateAdmin, Timestamp};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{AdminId, PlatformScope};
use lango_store::{
    AdminRow, NewAdmin, StoreError, change_admin, end_platform_sessions_of, insert_admin,
    list_admins, load_admin,
};
use worker::Response;

use super::{PlatformCall, passwords};
use crate::{
    clock,
    denial::Denial,
    gateway::Done,
    routes::{
        call::{checked_name, listed, stale, store, store_failed, tagged, unknown},
        roles::whole,
    },
};

pub(in crate::routes) async fn list(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let page = call.page()?;
    let admins = list_admins(&store(call.gateway)?, call.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(admins, view)
}

pub(in crate::routes) async fn read(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let target = target(&call);
    let row = find(&store(call.gateway)?, call.scope(), target).await?;
    let version = row.version;
    tagged(&view(row), version)
}

pub(in crate::routes) async fn create(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateAdmin = call.body()?;
    let admin_id = AdminId::from_random(clock::random()?);
    let target = Some(admin_id.to_string());
    call.create("admin.create", target, whole, async |identified| {
        let new = new_admin(gateway, admin_id, wanted)?;
        insert_admin(&store(gateway)?, identified.scope(), &new)
            .await
            .map_err(|error| taken(&error))?;
        let created = view(registered(&new));
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

/// Suspended: in force with the next request of every sign-in and key of theirs.
pub(in crate::routes) async fn change(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeAdmin, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let action = match wanted.suspended {
        Some(true) => "admin.suspend",
        Some(false) => "admin.restore",
        None => "admin.change",
    };
    let changed = call
        .act(action, named, async |identified| {
            let (store, scope) = (store(gateway)?, identified.scope());
            let before = find(&store, scope, target).await?;
            precondition.check(before.version)?;
            let mut after = merged(before.clone(), &wanted)?;
            let version = change_admin(&store, scope, &after)
                .await
                .map_err(|error| taken(&error))?;
            let Some(version) = version else {
                return Err(why_not(&store, scope, &before).await?);
            };
            after.version = version;
            if after.suspended_at.is_some() {
                // Suspended, their sign-ins pass nowhere; restored, they sign in anew.
                end_platform_sessions_of(&store, scope, &after.admin_id, clock::now_ms())
                    .await
                    .map_err(|error| store_failed(&error))?;
            }
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

/// An admin as they are to be registered, their password checked and hashed.
pub(super) fn new_admin(
    gateway: &crate::gateway::Gateway,
    admin_id: AdminId,
    wanted: CreateAdmin,
) -> Result<NewAdmin, Denial> {
    Ok(NewAdmin {
        admin_id,
        name: checked_name(&wanted.name)?.to_owned(),
        email: passwords::checked_email(&wanted.email)?,
        password_hash: Some(passwords::hashed(gateway, &wanted.password)?),
        created_at: clock::now_ms(),
    })
}

/// The row of an admin who has just been registered.
pub(super) fn registered(new: &NewAdmin) -> AdminRow {
    AdminRow {
        admin_id: new.admin_id.clone(),
        name: new.name.clone(),
        email: new.email.clone(),
        created_at: new.created_at,
        suspended_at: None,
        version: 1,
    }
}

pub(super) fn view(row: AdminRow) -> AdminView {
    AdminView {
        admin_id: row.admin_id.into(),
        name: row.name,
        email: row.email,
        created_at: Timestamp::from_millis(row.created_at),
        suspended_at: row.suspended_at.map(Timestamp::from_millis),
    }
}

/// The email is another admin's.
pub(super) fn taken(error: &StoreError) -> Denial {
    if error.is_constraint() {
        let detail = "Another platform admin has this email address.";
        return Denial::new(Layer::Access, "email_taken", 409, detail);
    }
    store_failed(error)
}

fn merged(admin: AdminRow, wanted: &ChangeAdmin) -> Result<AdminRow, Denial> {
    Ok(AdminRow {
        name: match &wanted.name {
            Some(name) => checked_name(name)?.to_owned(),
            None => admin.name,
        },
        email: match &wanted.email {
            Some(email) => passwords::checked_email(email)?,
            None => admin.email,
        },
        suspended_at: match (wanted.suspended, admin.suspended_at) {
            (Some(true), None) => Some(clock::now_ms()),
            (Some(false), _) => None,
            (_, since) => since,
        },
        ..admin
    })
}

/// Nothing changed: somebody was quicker, or it would have been the last one.
async fn why_not(
    store: &Store,
    scope: &PlatformScope,
    before: &AdminRow,
) -> Result<Denial, Denial> {
    let now = find(store, scope, Some(before.admin_id.clone())).await?;
    if now.version != before.version {
        return Ok(stale());
    }
    let detail = "This is the last platform admin in force. Register another one first.";
    Ok(Denial::new(Layer::Access, "last_admin", 409, detail))
}

async fn find(
    store: &Store,
    scope: &PlatformScope,
    target: Option<AdminId>,
) -> Result<AdminRow, Denial> {
    let admin = target.ok_or_else(|| unknown("admin"))?;
    load_admin(store, scope, &admin)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("admin"))
}

fn target(call: &PlatformCall<'_>) -> Option<AdminId> {
    AdminId::parse(call.captured("admin_id")).ok()
}
