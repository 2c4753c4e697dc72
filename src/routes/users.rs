//! `/admin/v1/users`: a tenant's employees. How they sign in is `/auth/v1`'s.

use lango_api::{AssignRole, ChangeUser, CreateUser, Timestamp, UserView};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{PrincipalId, TenantScope};
use lango_store::{
    AccountKind, UserChanged, UserRow, change_user, insert_user, list_users, load_user,
    role_permissions,
};
use worker::Response;

use super::{
    call::{Call, Precondition, checked_name, listed, stale, store, store_failed, tagged, unknown},
    connections::check_known,
    keys::{last_admin, unknown_role},
    people::{Details, Wanted, action, checked_email, checked_phone, taken},
    pushing::push_to_person,
    quotas,
    roles::whole,
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::access::PermittedAction,
};

/// More tables are no list that anybody reads.
const MOST_TABLES: usize = 500;
const LONGEST_TABLE: usize = 128;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let users = list_users(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(users, view)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let user = find(&store(gateway)?, permitted.scope(), target).await?;
    let version = user.version;
    tagged(&view(user), version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateUser = call.body()?;
    let principal_id = PrincipalId::from_random(clock::random()?);
    let target = Some(principal_id.to_string());
    call.create("user.create", target, whole, async |permitted| {
        let store = store(gateway)?;
        let user = new(principal_id, wanted)?;
        check_known(&store, permitted.scope(), user.connections.as_deref()).await?;
        may_be_given(&store, permitted, &user).await?;
        let of_plan = permitted.plan().allowance();
        match insert_user(&store, permitted.scope(), &user, of_plan).await {
            Ok(()) => {}
            Err(error) if error.is_quota() => {
                return Err(quotas::refused(&store, permitted, &error).await);
            }
            Err(error) => return Err(taken(&error)),
        }
        let created = view(user);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

fn new(principal_id: PrincipalId, wanted: CreateUser) -> Result<UserRow, Denial> {
    Ok(UserRow {
        principal_id,
        name: checked_name(&wanted.name)?.to_owned(),
        email: checked_email(wanted.email.as_deref())?,
        phone: checked_phone(wanted.phone.as_deref())?,
        role: wanted.role,
        connections: wanted.connections,
        allow_tables: checked_tables(wanted.allow_tables)?,
        created_at: clock::now_ms(),
        suspended_at: None,
        has_password: 0,
        version: 1,
    })
}

/// Suspended or restricted: in force with the next call of every key, assistant and
/// sign-in of theirs.
pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeUser, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let action = action("user", wanted.suspended);
    let changed = call
        .act(&action, named, async |permitted| {
            let merge = |user| merged(user, wanted);
            changed(gateway, permitted, target, &precondition, merge).await
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

/// `PUT …/role`: in force with their next call.
pub(super) async fn assign_role(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (AssignRole, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("user.role", named, async |permitted| {
            let merge = |user| {
                Ok(UserRow {
                    role: wanted.role,
                    ..user
                })
            };
            changed(gateway, permitted, target, &precondition, merge).await
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

async fn changed(
    gateway: &Gateway,
    permitted: &PermittedAction,
    target: Option<PrincipalId>,
    precondition: &Precondition,
    merge: impl FnOnce(UserRow) -> Result<UserRow, Denial>,
) -> Result<Done<UserRow>, Denial> {
    let (store, scope) = (store(gateway)?, permitted.scope());
    let before = find(&store, scope, target).await?;
    precondition.check(before.version)?;
    // Who may not make somebody like this does not change them either: nobody locks
    // out those above them, and nobody takes their address over.
    may_be_given(&store, permitted, &before).await?;
    let mut after = merge(before.clone())?;
    // One that is gone by now may stay in the list; a new one must be there.
    if after.connections != before.connections {
        check_known(&store, scope, after.connections.as_deref()).await?;
    }
    may_be_given(&store, permitted, &after).await?;
    match change_user(&store, scope, &after)
        .await
        .map_err(|error| taken(&error))?
    {
        UserChanged::Yes => after.version += 1,
        UserChanged::Stale => return Err(stale()),
        UserChanged::LastAdmin => return Err(last_admin()),
    }
    push_to_person(
        gateway,
        &store,
        scope,
        AccountKind::Employee,
        &after.principal_id,
    )
    .await?;
    let (before, shown) = (view(before), view(after.clone()));
    Ok(Done::updated(after, &before, &shown))
}

fn merged(user: UserRow, wanted: ChangeUser) -> Result<UserRow, Denial> {
    let details = Details {
        name: user.name,
        email: user.email,
        phone: user.phone,
        suspended_at: user.suspended_at,
    };
    let details = details.changed(Wanted {
        name: wanted.name,
        email: wanted.email,
        phone: wanted.phone,
        suspended: wanted.suspended,
    })?;
    Ok(UserRow {
        name: details.name,
        email: details.email,
        phone: details.phone,
        suspended_at: details.suspended_at,
        connections: wanted.connections.unwrap_or(user.connections),
        allow_tables: match wanted.allow_tables {
            Some(tables) => checked_tables(tables)?,
            None => user.allow_tables,
        },
        ..user
    })
}

/// A user to whom somebody may give all that they have: who may set their password
/// may be them.
pub(super) async fn within_reach(
    gateway: &Gateway,
    permitted: &PermittedAction,
    target: Option<PrincipalId>,
) -> Result<UserRow, Denial> {
    let store = store(gateway)?;
    let user = find(&store, permitted.scope(), target).await?;
    may_be_given(&store, permitted, &user).await?;
    Ok(user)
}

/// Nobody makes somebody who may more than themselves.
async fn may_be_given(
    store: &Store,
    permitted: &PermittedAction,
    user: &UserRow,
) -> Result<(), Denial> {
    let of_role = role_permissions(store, permitted.scope(), &user.role)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(unknown_role)?;
    permitted.grant(&user.authority(of_role))
}

async fn find(
    store: &Store,
    scope: &TenantScope,
    target: Option<PrincipalId>,
) -> Result<UserRow, Denial> {
    let user = target.ok_or_else(|| unknown("user"))?;
    load_user(store, scope, &user)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("user"))
}

fn target(call: &Call<'_>) -> Option<PrincipalId> {
    PrincipalId::parse(call.captured("user_id")).ok()
}

fn view(user: UserRow) -> UserView {
    UserView {
        user_id: user.principal_id.into(),
        name: user.name,
        email: user.email,
        phone: user.phone,
        role: user.role,
        connections: user.connections,
        allow_tables: user.allow_tables,
        has_password: user.has_password == 1,
        created_at: Timestamp::from_millis(user.created_at),
        suspended_at: user.suspended_at.map(Timestamp::from_millis),
    }
}

fn checked_tables(tables: Option<Vec<String>>) -> Result<Option<Vec<String>>, Denial> {
    let is_name = |name: &String| {
        (1..=LONGEST_TABLE).contains(&name.len()) && !name.chars().any(char::is_control)
    };
    match &tables {
        Some(names) if names.len() > MOST_TABLES || !names.iter().all(is_name) => {
            let detail = format!(
                "allow_tables must have at most {MOST_TABLES} names of 1 to {LONGEST_TABLE} bytes."
            );
            Err(Denial::new(Layer::Screening, "allow_tables", 422, detail))
        }
        _ => Ok(tables),
    }
}
