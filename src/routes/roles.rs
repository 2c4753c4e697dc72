//! `/admin/v1/roles`: the five roles, and those that a tenant has defined.

use lango_api::{ChangeRole, CreateRole, RoleView, Timestamp};
use lango_audit_log::Layer;
use lango_identity::{Authority, PermissionSet, Role, RoleName};
use lango_store::{RoleRow, change_role, delete_role, insert_role, list_roles, load_role};
use worker::Response;

use super::{
    call::{Call, done, listed, stale, store, store_failed, tagged, unknown},
    pushing::push_to_all,
};
use crate::{clock, denial::Denial, gateway::Done, layers::access::PermittedAction};

const LONGEST_DESCRIPTION: usize = 200;

/// The five come first, on the first page.
pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let mut roles = list_roles(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    let mut shown: Vec<_> = roles.items.drain(..).map(view).collect();
    if page.is_first() {
        shown.splice(0..0, Role::ALL.map(built_in));
    }
    let roles = lango_store::Paged {
        items: shown,
        next: roles.next,
    };
    listed(roles, |role| role)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let permitted = call.look().await?;
    let name = target.ok_or_else(|| unknown("role"))?;
    if let Some(role) = name.built_in() {
        return tagged(&built_in(role), 1);
    }
    let role = load_role(&store(gateway)?, permitted.scope(), &name)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("role"))?;
    let version = role.version;
    tagged(&view(role), version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateRole = call.body()?;
    let target = Some(wanted.role.to_string());
    call.create("role.create", target, whole, async |permitted| {
        if wanted.role.built_in().is_some() {
            return Err(is_built_in());
        }
        let role = RoleRow {
            role: wanted.role,
            description: checked_description(&wanted.description)?.to_owned(),
            permissions: wanted.permissions,
            created_at: clock::now_ms(),
            version: 1,
        };
        may_be_given(permitted, role.permissions)?;
        insert_role(&store(gateway)?, permitted.scope(), &role)
            .await
            .map_err(|error| store_failed(&error))?;
        let created = view(role);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

/// In force with the next call of everybody who has the role.
pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeRole, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("role.change", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let name = own(target)?;
            let before = load_role(&store, scope, &name)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(|| unknown("role"))?;
            precondition.check(before.version)?;
            let mut after = RoleRow {
                description: match &wanted.description {
                    Some(text) => checked_description(text)?.to_owned(),
                    None => before.description.clone(),
                },
                permissions: wanted.permissions.unwrap_or(before.permissions),
                ..before.clone()
            };
            // Whoever could not give the role does not shape it either, in neither
            // direction.
            may_be_given(permitted, before.permissions)?;
            may_be_given(permitted, after.permissions)?;
            let is_changed = change_role(&store, scope, &after)
                .await
                .map_err(|error| store_failed(&error))?;
            if !is_changed {
                return Err(stale());
            }
            after.version += 1;
            push_to_all(gateway, &store, scope).await?;
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

pub(super) async fn delete(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    call.act("role.delete", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let name = own(target)?;
        let before = load_role(&store, scope, &name)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(|| unknown("role"))?;
        may_be_given(permitted, before.permissions)?;
        let is_deleted = delete_role(&store, scope, &name)
            .await
            .map_err(|error| store_failed(&error))?;
        if !is_deleted {
            return Err(in_use());
        }
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

fn may_be_given(permitted: &PermittedAction, permissions: PermissionSet) -> Result<(), Denial> {
    let held = permitted.authority();
    permitted.grant(&Authority {
        permissions,
        connections: held.connections.clone(),
        tables: held.tables.clone(),
    })
}

/// A role of the tenant's own; the five are nobody's to change.
fn own(target: Option<RoleName>) -> Result<RoleName, Denial> {
    let name = target.ok_or_else(|| unknown("role"))?;
    match name.built_in() {
        Some(_) => Err(is_built_in()),
        None => Ok(name),
    }
}

fn target(call: &Call<'_>) -> Option<RoleName> {
    RoleName::parse(call.captured("role")).ok()
}

fn built_in(role: Role) -> RoleView {
    RoleView {
        role: role.into(),
        description: role.meaning().to_owned(),
        permissions: role.permissions(),
        built_in: true,
        created_at: None,
    }
}

fn view(role: RoleRow) -> RoleView {
    RoleView {
        role: role.role,
        description: role.description,
        permissions: role.permissions,
        built_in: false,
        created_at: Some(Timestamp::from_millis(role.created_at)),
    }
}

/// For what has no secret.
pub(super) fn whole<T: serde::Serialize>(view: &T) -> serde_json::Value {
    serde_json::to_value(view).unwrap_or_default()
}

fn checked_description(text: &str) -> Result<&str, Denial> {
    let text = text.trim();
    if text.chars().count() > LONGEST_DESCRIPTION || text.chars().any(char::is_control) {
        let detail = format!(
            "description must have at most {LONGEST_DESCRIPTION} characters, none of them \
             control characters."
        );
        return Err(Denial::new(Layer::Screening, "description", 422, detail));
    }
    Ok(text)
}

fn is_built_in() -> Denial {
    let detail = "This is one of the five built-in roles; define one of your own.";
    Denial::new(Layer::Access, "built_in", 409, detail)
}

fn in_use() -> Denial {
    let detail = "Somebody has this role, or a key. Give them another one first.";
    Denial::new(Layer::Access, "in_use", 409, detail)
}
