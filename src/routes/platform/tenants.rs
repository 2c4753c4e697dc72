//! `/platform/v1/tenants`: creating, changing, suspending and closing tenants.

use lango_api::{
    ChangeTenant, CreateTenant, CreatedTenant, IssuedKey, Nothing, TenantView, Timestamp,
};
use lango_audit_log::Layer;
use lango_durable_objects::{Store, TenantLifeClient};
use lango_identity::{PlatformScope, TenantId};
use lango_store::{
    NewTenant, StoreError, TenantRow, change_platform_tenant, insert_tenant, list_tenants,
    platform_tenant, settings_of_closing,
};
use lango_tenancy::{NotPossible, Settings, Step, TenantSlug, TenantState};
use serde_json::Value;
use worker::{Response, console_error};

use super::PlatformCall;
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    routes::{
        call::{checked_name, listed, stale, store, store_failed, tagged, unknown},
        json, keys,
    },
};

/// The first admin key of a tenant is for setting it up.
const FIRST_KEY_DAYS: u32 = 90;

pub(in crate::routes) async fn list(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let page = call.page()?;
    let tenants = list_tenants(&store(call.gateway)?, call.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(tenants, view)
}

pub(in crate::routes) async fn read(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let target = target(&call);
    let row = find(&store(call.gateway)?, call.scope(), target).await?;
    let version = row.version;
    tagged(&view(row), version)
}

pub(in crate::routes) async fn create(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateTenant = call.body()?;
    let tenant_id = TenantId::from_random(clock::random()?);
    let target = Some(tenant_id.to_string());
    call.create("tenant.create", target, without_token, async |identified| {
        let scope = identified.scope().provision(tenant_id.clone());
        let new = NewTenant {
            name: checked_name(&wanted.name)?.to_owned(),
            slug: match wanted.slug {
                Some(slug) => slug,
                None => own_slug(&tenant_id)?,
            },
            plan: wanted.plan,
            created_at: clock::now_ms(),
        };
        let store = store(gateway)?;
        insert_tenant(&store, &scope, &new)
            .await
            .map_err(|error| taken(&error))?;
        let admin_key = keys::issue_first(gateway, &store, &scope, FIRST_KEY_DAYS).await?;
        let tenant = view(TenantRow {
            tenant_id,
            name: new.name,
            slug: new.slug.into(),
            plan: new.plan,
            status: TenantState::Active,
            created_at: new.created_at,
            closed_at: None,
            erase_at: None,
            erased_at: None,
            version: 1,
        });
        let created = CreatedTenant {
            tenant: tenant.clone(),
            admin_key,
        };
        Ok(Done::created(created, &tenant))
    })
    .await
}

/// Another plan is in force with the next call.
pub(in crate::routes) async fn change(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeTenant, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("tenant.change", named, async |identified| {
            let store = store(gateway)?;
            let before = find(&store, identified.scope(), target).await?;
            precondition.check(before.version)?;
            let after = TenantRow {
                name: match &wanted.name {
                    Some(name) => checked_name(name)?.to_owned(),
                    None => before.name.clone(),
                },
                slug: match wanted.slug {
                    Some(slug) => slug.into(),
                    None => before.slug.clone(),
                },
                plan: wanted.plan.unwrap_or(before.plan),
                ..before.clone()
            };
            let after = write(gateway, &store, identified.scope(), after).await?;
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

pub(in crate::routes) async fn suspend(call: PlatformCall<'_>) -> Result<Response, Denial> {
    step(call, "tenant.suspend", Wanted::Suspend).await
}

pub(in crate::routes) async fn activate(call: PlatformCall<'_>) -> Result<Response, Denial> {
    step(call, "tenant.activate", Wanted::Activate).await
}

pub(in crate::routes) async fn close(call: PlatformCall<'_>) -> Result<Response, Denial> {
    step(call, "tenant.close", Wanted::Close).await
}

pub(in crate::routes) async fn reopen(call: PlatformCall<'_>) -> Result<Response, Denial> {
    step(call, "tenant.reopen", Wanted::Reopen).await
}

/// What the platform can do to a tenant's life.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Suspend,
    Activate,
    Close,
    Reopen,
}

/// In force with the next call of everybody in the tenant.
async fn step(call: PlatformCall<'_>, action: &str, wanted: Wanted) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let stepped = call
        .act(action, named, async |identified| {
            let store = store(gateway)?;
            let before = find(&store, identified.scope(), target).await?;
            let step = match wanted {
                Wanted::Suspend => Step::Suspend,
                Wanted::Activate => Step::Activate,
                Wanted::Reopen => Step::Reopen,
                Wanted::Close => {
                    let tenant = &before.tenant_id;
                    let settings = settings_of_closing(&store, identified.scope(), tenant)
                        .await
                        .map_err(|error| store_failed(&error))?;
                    Step::Close {
                        erase_after_ms: erase_after_ms(gateway, &settings),
                    }
                }
            };
            let after = stepped(before.clone(), step)?;
            let after = write(gateway, &store, identified.scope(), after).await?;
            let (before, after) = (view(before), view(after));
            Ok(Done::updated(after.clone(), &before, &after))
        })
        .await?;
    json(200, &stepped)
}

/// A tenant after a step of its life.
pub(in crate::routes) fn stepped(row: TenantRow, step: Step) -> Result<TenantRow, Denial> {
    let life = row.life().map_err(|error| store_failed(&error))?;
    let life = life.after(step, clock::now_ms()).map_err(not_possible)?;
    Ok(row.living(life))
}

/// How long a tenant is kept after it was closed. A developer's own machine may make
/// it short.
pub(in crate::routes) fn erase_after_ms(gateway: &Gateway, settings: &Settings) -> i64 {
    let of_settings = settings.erase_after_ms();
    let development = gateway.settings.development.erase_after_ms;
    development.unwrap_or(of_settings)
}

async fn write(
    gateway: &Gateway,
    store: &Store,
    scope: &PlatformScope,
    row: TenantRow,
) -> Result<TenantRow, Denial> {
    let version = change_platform_tenant(store, scope, &row)
        .await
        .map_err(|error| taken(&error))?
        .ok_or_else(stale)?;
    let told = match TenantLifeClient::of_any(&gateway.env, scope, &row.tenant_id) {
        Ok(life) => life.changed().await,
        Err(unreachable) => Err(unreachable),
    };
    if let Err(unreachable) = told {
        console_error!("a tenant's change was not told: {unreachable}");
    }
    Ok(TenantRow { version, ..row })
}

pub(in crate::routes) async fn find(
    store: &Store,
    scope: &PlatformScope,
    target: Option<TenantId>,
) -> Result<TenantRow, Denial> {
    let tenant = target.ok_or_else(|| unknown("tenant"))?;
    platform_tenant(store, scope, &tenant)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("tenant"))
}

pub(in crate::routes) fn target(call: &PlatformCall<'_>) -> Option<TenantId> {
    TenantId::parse(call.captured("tenant_id")).ok()
}

/// A tenant, as both worlds show it.
pub(in crate::routes) fn view(row: TenantRow) -> TenantView {
    TenantView {
        tenant_id: row.tenant_id.into(),
        name: row.name,
        slug: row.slug,
        plan: row.plan,
        status: row.status,
        created_at: Timestamp::from_millis(row.created_at),
        closed_at: row.closed_at.map(Timestamp::from_millis),
        erase_at: row.erase_at.map(Timestamp::from_millis),
        erased_at: row.erased_at.map(Timestamp::from_millis),
    }
}

fn own_slug(tenant: &TenantId) -> Result<TenantSlug, Denial> {
    let text = tenant.as_str().trim_start_matches("t_").replace('_', "-");
    TenantSlug::parse(&text).map_err(|error| Denial::internal(error.to_string()))
}

fn without_token(created: &CreatedTenant) -> Value {
    let admin_key = IssuedKey {
        token: None,
        ..created.admin_key.clone()
    };
    let shown = CreatedTenant {
        admin_key,
        ..created.clone()
    };
    serde_json::to_value(shown).unwrap_or_default()
}

fn taken(error: &StoreError) -> Denial {
    if error.is_constraint() {
        let detail = "Another tenant has this slug.";
        return Denial::new(Layer::Access, "slug_taken", 409, detail);
    }
    store_failed(error)
}

fn not_possible(error: NotPossible) -> Denial {
    let code = match error {
        NotPossible::Closed => "tenant_closed",
        NotPossible::Erased => "tenant_erased",
        NotPossible::BeingErased => "tenant_being_erased",
        NotPossible::NotClosed => "tenant_not_closed",
        NotPossible::NotYet => "tenant_not_due",
    };
    let text = error.to_string();
    let mut detail = text.get(..1).unwrap_or_default().to_uppercase();
    detail.push_str(text.get(1..).unwrap_or_default());
    Denial::new(Layer::Access, code, 409, format!("{detail}."))
}
