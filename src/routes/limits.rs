//! `/admin/v1/limits` and `/platform/v1/tenants/{id}/limits`: how often a tenant may call,
//! beside what its plan says.

use std::collections::BTreeMap;

use lango_admission::{CallLimits, MAXIMUM_TOOL_LIMITS, Plan, Quota};
use lango_api::{CallRate, LimitsView, SetLimits, SetTenantLimits};
use lango_audit_log::Layer;
use lango_durable_objects::TenantLifeClient;
use lango_store::{
    StoredLimits, load_limits, load_tenant_limits, own_tenant, store_limits, store_tenant_limits,
};
use worker::{Response, console_error};

use super::{
    call::{Call, stale, store, store_failed, tagged, unknown},
    platform::{PlatformCall, tenants},
    pushing::push_to_gates,
};
use crate::{clock, denial::Denial, gateway::Done};

/// The longest name of a tool that has a limit.
const MAXIMUM_TOOL_NAME: usize = 128;

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let (store, scope) = (store(gateway)?, permitted.scope());
    let row = own_tenant(&store, scope).await;
    let row = row.map_err(|error| store_failed(&error))?;
    let stored = load_limits(&store, scope).await;
    let stored = stored.map_err(|error| store_failed(&error))?;
    let plan = row.ok_or_else(|| unknown("tenant"))?.plan;
    tagged(&view(plan, &stored), stored.version)
}

/// Every gate is told, so that it holds for the next call.
pub(super) async fn set(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (SetLimits, _) = (call.body()?, call.if_match()?);
    let (plan, after) = call
        .act("limits.set", None, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let row = own_tenant(&store, scope).await;
            let row = row.map_err(|error| store_failed(&error))?;
            let plan = row.ok_or_else(|| unknown("tenant"))?.plan;
            let before = load_limits(&store, scope).await;
            let before = before.map_err(|error| store_failed(&error))?;
            precondition.check(before.version)?;
            let mut after = StoredLimits {
                own: limits(None, wanted.tenant, &wanted.tools)?,
                ..before.clone()
            };
            after.version = store_limits(&store, scope, &after, clock::now_ms())
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            push_to_gates(gateway, &store, scope).await?;
            let (before, shown) = (view(plan, &before), view(plan, &after));
            Ok(Done::updated((plan, after), &before, &shown))
        })
        .await?;
    tagged(&view(plan, &after), after.version)
}

pub(super) async fn read_tenants(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let store = store(call.gateway)?;
    let row = tenants::find(&store, call.scope(), tenants::target(&call)).await?;
    let stored = load_tenant_limits(&store, call.scope(), &row.tenant_id).await;
    let stored = stored.map_err(|error| store_failed(&error))?;
    tagged(&view(row.plan, &stored), stored.version)
}

/// Every gate is told, so that it holds for the next call.
pub(super) async fn set_tenants(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (SetTenantLimits, _) = (call.body()?, call.if_match()?);
    let target = tenants::target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let (plan, after) = call
        .act("tenant.limits", named, async |identified| {
            let (store, scope) = (store(gateway)?, identified.scope());
            let row = tenants::find(&store, scope, target).await?;
            let before = load_tenant_limits(&store, scope, &row.tenant_id).await;
            let before = before.map_err(|error| store_failed(&error))?;
            precondition.check(before.version)?;
            let mut after = StoredLimits {
                of_platform: limits(wanted.key, wanted.tenant, &wanted.tools)?,
                ..before.clone()
            };
            let now_ms = clock::now_ms();
            after.version = store_tenant_limits(&store, scope, &row.tenant_id, &after, now_ms)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            let told = match TenantLifeClient::of_any(&gateway.env, scope, &row.tenant_id) {
                Ok(life) => life.changed().await,
                Err(unreachable) => Err(unreachable),
            };
            if let Err(unreachable) = told {
                console_error!("a tenant's limits were not told: {unreachable}");
            }
            let (before, shown) = (view(row.plan, &before), view(row.plan, &after));
            Ok(Done::updated((row.plan, after), &before, &shown))
        })
        .await?;
    tagged(&view(plan, &after), after.version)
}

fn limits(
    key: Option<CallRate>,
    tenant: Option<CallRate>,
    tools: &BTreeMap<String, CallRate>,
) -> Result<CallLimits, Denial> {
    if tools.len() > MAXIMUM_TOOL_LIMITS {
        return Err(unfit("At most 100 tools have a limit of their own."));
    }
    let tools = tools
        .iter()
        .map(|(tool, rate)| {
            let is_name = (1..=MAXIMUM_TOOL_NAME).contains(&tool.len());
            let named = is_name.then(|| tool.clone());
            let tool = named.ok_or_else(|| unfit("A tool's name has 1 to 128 characters."))?;
            Ok((tool, quota(*rate)?))
        })
        .collect::<Result<_, Denial>>()?;
    Ok(CallLimits {
        key: key.map(quota).transpose()?,
        tenant: tenant.map(quota).transpose()?,
        tools,
    })
}

fn quota(rate: CallRate) -> Result<Quota, Denial> {
    Quota::new(rate.per_minute, rate.burst).map_err(|error| unfit(&format!("{error}.")))
}

fn unfit(detail: &str) -> Denial {
    Denial::new(Layer::Screening, "limits", 422, detail)
}

fn view(plan: Plan, stored: &StoredLimits) -> LimitsView {
    let in_force = stored.in_force();
    LimitsView {
        key: rate(in_force.key.unwrap_or(plan.calls())),
        queue: plan.queue(),
        tenant: in_force.tenant.map(rate),
        tools: rates(&in_force.tools),
        own: SetLimits {
            tenant: stored.own.tenant.map(rate),
            tools: rates(&stored.own.tools),
        },
        of_platform: SetTenantLimits {
            key: stored.of_platform.key.map(rate),
            tenant: stored.of_platform.tenant.map(rate),
            tools: rates(&stored.of_platform.tools),
        },
    }
}

fn rates(tools: &BTreeMap<String, Quota>) -> BTreeMap<String, CallRate> {
    tools
        .iter()
        .map(|(tool, quota)| (tool.clone(), rate(*quota)))
        .collect()
}

fn rate(quota: Quota) -> CallRate {
    CallRate {
        per_minute: quota.per_minute(),
        burst: quota.burst(),
    }
}
