//! `/platform/v1/tenants/{id}/quotas`: what is agreed with a tenant about how much of
//! each thing it may have.

use lango_api::{ChangeQuotas, QuotasView};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{PlatformScope, TenantId};
use lango_store::{
    AgreedQuotas, agree_on_quotas, platform_agreed_quotas, platform_tenant, platform_usage,
};
use worker::Response;

use super::PlatformCall;
use crate::{
    clock,
    denial::Denial,
    gateway::Done,
    routes::{
        call::{stale, store, store_failed, tagged, unknown},
        quotas::shown,
    },
};

/// More than any tenant has of anything; it crosses JavaScript.
const MOST: i64 = 1_000_000_000_000;

pub(in crate::routes) async fn read(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let target = TenantId::parse(call.captured("tenant_id")).ok();
    let found = Found::read(&store(call.gateway)?, call.scope(), target).await?;
    tagged(&found.view(), found.agreed.version)
}

/// It holds for whatever is added next.
pub(in crate::routes) async fn change(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeQuotas, _) = (call.body()?, call.if_match()?);
    let target = TenantId::parse(call.captured("tenant_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    let after = call
        .act("tenant.quotas", named, async |identified| {
            let (store, scope) = (store(gateway)?, identified.scope());
            let before = Found::read(&store, scope, target).await?;
            precondition.check(before.agreed.version)?;
            let mut agreed = merged(before.agreed, &wanted)?;
            let by = (identified.admin().as_str(), clock::now_ms());
            agreed.version = agree_on_quotas(&store, scope, &before.tenant, &agreed, by)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            let (shown, old) = (agreed, before.agreed);
            let after = Found { agreed, ..before };
            Ok(Done::updated(after, &old, &shown))
        })
        .await?;
    tagged(&after.view(), after.agreed.version)
}

struct Found {
    tenant: TenantId,
    plan: lango_admission::Plan,
    agreed: AgreedQuotas,
    used: lango_admission::Allowance,
}

impl Found {
    async fn read(
        store: &Store,
        scope: &PlatformScope,
        target: Option<TenantId>,
    ) -> Result<Self, Denial> {
        let no_such_tenant = || unknown("tenant");
        let tenant = target.ok_or_else(no_such_tenant)?;
        let row = platform_tenant(store, scope, &tenant)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(no_such_tenant)?;
        let used = platform_usage(store, scope, &tenant, clock::now_seconds())
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(no_such_tenant)?;
        let agreed = platform_agreed_quotas(store, scope, &tenant)
            .await
            .map_err(|error| store_failed(&error))?;
        Ok(Self {
            tenant,
            plan: row.plan,
            agreed,
            used,
        })
    }

    fn view(&self) -> QuotasView {
        QuotasView {
            quotas: shown(self.plan, &self.agreed, &self.used),
        }
    }
}

fn merged(before: AgreedQuotas, wanted: &ChangeQuotas) -> Result<AgreedQuotas, Denial> {
    let given = |name: &str, before: Option<i64>, wanted: Option<Option<i64>>| {
        let after = wanted.unwrap_or(before);
        match after {
            Some(limit) if !(0..=MOST).contains(&limit) => {
                let detail = format!("{name} must be a whole number from 0 to {MOST}, or null.");
                Err(Denial::new(Layer::Screening, "quotas", 422, detail)
                    .with_member("member", name))
            }
            after => Ok(after),
        }
    };
    Ok(AgreedQuotas {
        connections: given("connections", before.connections, wanted.connections)?,
        keys: given("keys", before.keys, wanted.keys)?,
        users: given("users", before.users, wanted.users)?,
        customers: given("customers", before.customers, wanted.customers)?,
        stored_bytes: given("stored_bytes", before.stored_bytes, wanted.stored_bytes)?,
        version: before.version,
    })
}
