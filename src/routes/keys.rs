//! `/admin/v1/keys`: a tenant's API keys.
//!
//! Who may manage all keys sees and changes all; who may make their own, those of
//! their own. Either way nobody gives a key what they do not hold themselves.

use lango_admission::{AddressRanges, Plan};
use lango_api::{ChangeKey, CreateKey, IssuedKey, KeyView, RotateKey, Timestamp};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{
    Authority, Claims, KeyId, Permission, PrincipalId, Reach, Role, TenantScope, TokenDigest,
};
use lango_store::{
    KeyRevoked, KeyRow, change_key, insert_key, list_keys, load_key, load_settings, load_user,
    revoke_key, role_permissions, rotate_key,
};
use serde_json::Value;
use worker::Response;

use super::{
    call::{Call, checked_name, done, listed, stale, store, store_failed, tagged, unknown},
    connections::check_known,
    pushing::{close_streams, push},
    quotas,
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::access::PermittedAction,
};

const DEFAULT_DAYS: u32 = 90;
const DEFAULT_OVERLAP_HOURS: u32 = 24;
const MAXIMUM_OVERLAP_HOURS: u32 = 720;
const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let own = own_keys_alone(&permitted)?;
    let keys = list_keys(&store(gateway)?, permitted.scope(), own.as_ref(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(keys, view)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let key = Theirs::find(&store(gateway)?, &permitted, target).await?.0;
    tagged(&view(key.clone()), key.version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateKey = call.body()?;
    let key_id = KeyId::from_random(clock::random()?);
    let target = Some(key_id.as_str().to_owned());
    call.create("key.create", target, without_token, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let row = KeyRow {
            principal_id: holder(&store, permitted, wanted.own).await?,
            name: checked_name(&wanted.name)?.to_owned(),
            role: wanted.role,
            permissions: wanted.permissions,
            connections: wanted.connections,
            address_ranges: ranges(wanted.address_ranges)?,
            created_by: Some(permitted.principal().to_owned()),
            expires_at: end(&store, scope, wanted.expires_in_days).await?,
            ..empty(key_id)
        };
        check_known(&store, scope, row.connections.as_deref()).await?;
        may_be_given(&store, permitted, &row).await?;
        let (issued, digest) = sign(gateway, scope, row)?;
        let of_plan = permitted.plan().allowance();
        if let Err(error) = insert_key(&store, scope, &issued.1, digest, of_plan).await {
            return Err(quotas::refused(&store, permitted, &error).await);
        }
        let after = issued.0.key.clone();
        Ok(Done::created(issued.0, &after))
    })
    .await
}

pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeKey, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("key.change", named, async |permitted| {
            let store = store(gateway)?;
            let before = Theirs::find(&store, permitted, target).await?.0;
            precondition.check(before.version)?;
            let mut after = merged(before.clone(), wanted)?;
            // One that is gone by now may stay in the list; a new one must be there.
            if after.connections != before.connections {
                check_known(&store, permitted.scope(), after.connections.as_deref()).await?;
            }
            may_be_given(&store, permitted, &after).await?;
            let scope = permitted.scope();
            let is_changed = change_key(&store, scope, &after)
                .await
                .map_err(|error| store_failed(&error))?;
            if !is_changed {
                return Err(stale());
            }
            after.version += 1;
            push(gateway, scope, &after.key_id).await;
            let (before, view) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &view))
        })
        .await?;
    tagged(&view(changed.clone()), changed.version)
}

pub(super) async fn revoke(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    call.act("key.revoke", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let before = Theirs::find(&store, permitted, target).await?.0;
        let revoked = revoke_key(&store, scope, &before.key_id, clock::now_ms())
            .await
            .map_err(|error| store_failed(&error))?;
        match revoked {
            KeyRevoked::Yes => {}
            KeyRevoked::Unknown => return Err(unknown("key")),
            KeyRevoked::LastAdmin => return Err(last_admin()),
        }
        push(gateway, scope, &before.key_id).await;
        close_streams(gateway, scope, &before.key_id).await;
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

/// Makes the key that follows another: of the same rights, with a token of its own.
pub(super) async fn rotate(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: RotateKey = call.body()?;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    call.create("key.rotate", named, without_token, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let old = Theirs::find(&store, permitted, target).await?.0;
        may_be_given(&store, permitted, &old).await?;
        let next = KeyRow {
            created_by: Some(permitted.principal().to_owned()),
            expires_at: end(&store, scope, wanted.expires_in_days).await?,
            created_at: clock::now_ms(),
            key_id: KeyId::from_random(clock::random()?),
            last_used_at: None,
            rotated_to: None,
            version: 1,
            ..old.clone()
        };
        let (issued, digest) = sign(gateway, scope, next)?;
        let old_ends_at = clock::now_seconds() + checked_overlap(wanted.overlap_hours)?;
        let is_rotated = rotate_key(&store, scope, &old, old_ends_at, &issued.1, digest)
            .await
            .map_err(|error| store_failed(&error))?;
        if !is_rotated {
            return Err(not_in_force());
        }
        push(gateway, scope, &old.key_id).await;
        let after = issued.0.key.clone();
        Ok(Done::updated(issued.0, &view(old), &after))
    })
    .await
}

/// Signs and registers the first key of a tenant that is being created.
pub(super) async fn issue_first(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    days: u32,
) -> Result<IssuedKey, Denial> {
    let row = KeyRow {
        name: "first admin".to_owned(),
        role: Some(Role::Admin.into()),
        expires_at: clock::now_seconds() + i64::from(days) * SECONDS_PER_DAY,
        ..empty(KeyId::from_random(clock::random()?))
    };
    let row = KeyRow {
        principal_id: PrincipalId::from_random(clock::random()?),
        ..row
    };
    let ((issued, row), digest) = sign(gateway, scope, row)?;
    let of_plan = Plan::Enterprise.allowance();
    insert_key(store, scope, &row, digest, of_plan)
        .await
        .map_err(|error| store_failed(&error))?;
    Ok(issued)
}

/// A key that the caller may see: any, or one of their own.
struct Theirs(KeyRow);

impl Theirs {
    async fn find(
        store: &Store,
        permitted: &PermittedAction,
        target: Option<KeyId>,
    ) -> Result<Self, Denial> {
        let key = target.ok_or_else(|| unknown("key"))?;
        let own = own_keys_alone(permitted)?;
        load_key(store, permitted.scope(), &key)
            .await
            .map_err(|error| store_failed(&error))?
            .filter(|row| own.as_ref().is_none_or(|own| *own == row.principal_id))
            .map(Self)
            .ok_or_else(|| unknown("key"))
    }
}

/// Whose keys alone the caller may manage; `None` for everybody's.
fn own_keys_alone(permitted: &PermittedAction) -> Result<Option<PrincipalId>, Denial> {
    if permitted.authority().may(Permission::KeyManageAll) {
        return Ok(None);
    }
    PrincipalId::parse(permitted.principal())
        .map(Some)
        .map_err(|_| unknown("key"))
}

/// Whose key it is to be: the caller's own, when they are a person, or a program's.
async fn holder(
    store: &Store,
    permitted: &PermittedAction,
    own: bool,
) -> Result<PrincipalId, Denial> {
    let must_be_own = !permitted.authority().may(Permission::KeyManageAll);
    if !own && !must_be_own {
        return Ok(PrincipalId::from_random(clock::random()?));
    }
    let principal = PrincipalId::parse(permitted.principal()).map_err(|_| not_a_person())?;
    let user = load_user(store, permitted.scope(), &principal)
        .await
        .map_err(|error| store_failed(&error))?;
    user.map(|_| principal).ok_or_else(not_a_person)
}

/// Nobody gives a key what they do not hold.
async fn may_be_given(
    store: &Store,
    permitted: &PermittedAction,
    key: &KeyRow,
) -> Result<(), Denial> {
    let permissions = match (&key.role, key.permissions) {
        (Some(role), None) => role_permissions(store, permitted.scope(), role)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(unknown_role)?,
        (None, Some(permissions)) => permissions,
        _ => return Err(role_or_permissions()),
    };
    // A key reads the tables that whoever it belongs to may: the snapshot bounds it.
    permitted.grant(&Authority {
        permissions,
        connections: Reach::of(key.connections.as_deref()),
        tables: match &permitted.authority().tables {
            Reach::All => Reach::All,
            restricted if own_key(permitted, key) => restricted.clone(),
            _ => Reach::All,
        },
    })
}

fn own_key(permitted: &PermittedAction, key: &KeyRow) -> bool {
    key.principal_id.as_str() == permitted.principal()
}

fn merged(key: KeyRow, wanted: ChangeKey) -> Result<KeyRow, Denial> {
    let (role, permissions) = match (wanted.role, wanted.permissions) {
        (None, None) => (key.role, key.permissions),
        (role, permissions) => (role, permissions),
    };
    Ok(KeyRow {
        name: match &wanted.name {
            Some(name) => checked_name(name)?.to_owned(),
            None => key.name,
        },
        role,
        permissions,
        connections: wanted.connections.unwrap_or(key.connections),
        address_ranges: match wanted.address_ranges {
            Some(given) => ranges(given)?,
            None => key.address_ranges,
        },
        ..key
    })
}

/// Signs a key's token.
#[allow(
    clippy::type_complexity,
    reason = "what is shown, what is stored, and its digest"
)]
fn sign(
    gateway: &Gateway,
    scope: &TenantScope,
    row: KeyRow,
) -> Result<((IssuedKey, KeyRow), TokenDigest), Denial> {
    let claims = Claims {
        tenant: scope.tenant().clone(),
        principal: row.principal_id.clone(),
        role: row.role.clone(),
        key: row.key_id.clone(),
    };
    let token = gateway
        .settings
        .signing_keys()
        .issue_key(
            &gateway.settings.audience,
            &claims,
            clock::now_seconds(),
            row.expires_at,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    let issued = IssuedKey {
        key: view(row.clone()),
        token: Some(token.expose().to_owned()),
    };
    Ok(((issued, row), token.digest()))
}

fn without_token(issued: &IssuedKey) -> Value {
    let mut shown = serde_json::to_value(issued).unwrap_or_default();
    shown["token"] = Value::Null;
    shown
}

/// A row that nothing but its identifier and its moment is known of.
fn empty(key_id: KeyId) -> KeyRow {
    KeyRow {
        principal_id: PrincipalId::from_random([0; lango_identity::RANDOM_LENGTH]),
        key_id,
        name: String::new(),
        role: None,
        permissions: None,
        connections: None,
        address_ranges: None,
        created_by: None,
        created_at: clock::now_ms(),
        expires_at: 0,
        revoked_at: None,
        last_used_at: None,
        rotated_to: None,
        version: 1,
    }
}

fn view(key: KeyRow) -> KeyView {
    KeyView {
        key_id: key.key_id.into(),
        principal_id: key.principal_id.into(),
        name: key.name,
        role: key.role,
        permissions: key.permissions,
        connections: key.connections,
        address_ranges: key.address_ranges.map(Into::into),
        created_by: key.created_by,
        created_at: Timestamp::from_millis(key.created_at),
        expires_at: Timestamp::from_seconds(key.expires_at),
        revoked_at: key.revoked_at.map(Timestamp::from_millis),
        last_used_at: key.last_used_at.map(Timestamp::from_millis),
        rotated_to: key.rotated_to.map(Into::into),
    }
}

fn target(call: &Call<'_>) -> Option<KeyId> {
    KeyId::parse(call.captured("key_id")).ok()
}

fn ranges(given: Option<Vec<String>>) -> Result<Option<AddressRanges>, Denial> {
    given
        .map(|texts| AddressRanges::parse(&texts))
        .transpose()
        .map_err(|error| {
            let detail = format!("address_ranges: {error}.");
            Denial::new(Layer::Screening, "address_ranges", 422, detail)
        })
}

/// When a key ends that is made now, in seconds since 1970.
async fn end(store: &Store, scope: &TenantScope, days: Option<u32>) -> Result<i64, Denial> {
    let settings = load_settings(store, scope)
        .await
        .map_err(|error| store_failed(&error))?;
    let most = settings.settings().key_maximum_days.get();
    let days = days.unwrap_or(DEFAULT_DAYS.min(most));
    if !(1..=most).contains(&days) {
        let detail = format!("expires_in_days must be from 1 to {most}.");
        return Err(Denial::new(
            Layer::Screening,
            "expires_in_days",
            422,
            detail,
        ));
    }
    Ok(clock::now_seconds() + i64::from(days) * SECONDS_PER_DAY)
}

fn checked_overlap(hours: Option<u32>) -> Result<i64, Denial> {
    match hours.unwrap_or(DEFAULT_OVERLAP_HOURS) {
        hours @ 0..=MAXIMUM_OVERLAP_HOURS => Ok(i64::from(hours) * SECONDS_PER_HOUR),
        _ => {
            let detail = format!("overlap_hours must be from 0 to {MAXIMUM_OVERLAP_HOURS}.");
            Err(Denial::new(Layer::Screening, "overlap_hours", 422, detail))
        }
    }
}

fn role_or_permissions() -> Denial {
    let detail = "A key has either a role or permissions of its own: send one of them.";
    Denial::new(Layer::Screening, "role_or_permissions", 422, detail)
}

pub(super) fn unknown_role() -> Denial {
    let five: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    let detail = format!(
        "There is no such role. There are {}, and those of GET /admin/v1/roles.",
        five.join(", ")
    );
    Denial::new(Layer::Screening, "role", 422, detail)
}

fn not_a_person() -> Denial {
    let detail = "A key of one's own is made by a person who has signed in.";
    Denial::new(Layer::Access, "not_a_person", 403, detail)
}

fn not_in_force() -> Denial {
    let detail = "This key is not in force, or another follows it already.";
    Denial::new(Layer::Access, "not_in_force", 409, detail)
}

pub(super) fn last_admin() -> Denial {
    let detail = "This is the last way in for an Admin. Make another Admin first.";
    Denial::new(Layer::Access, "last_admin", 409, detail)
}
