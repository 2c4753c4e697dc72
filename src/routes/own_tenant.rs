//! `/admin/v1/tenant` and `/admin/v1/close`: one's own tenant, and its end.

use lango_api::CloseTenant;
use lango_audit_log::Layer;
use lango_durable_objects::TenantLifeClient;
use lango_identity::TenantScope;
use lango_store::{TenantRow, change_own_tenant, load_settings, own_tenant};
use lango_tenancy::Step;
use worker::{Response, console_error};

use super::{
    call::{Call, stale, store, store_failed, tagged, unknown},
    json,
    platform::tenants::{erase_after_ms, stepped, view},
};
use crate::{
    denial::Denial,
    gateway::{Done, Gateway},
};

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let row = find(gateway, permitted.scope()).await?;
    let version = row.version;
    tagged(&view(row), version)
}

/// Nobody of the tenant may act from now on, but for its export. The platform can
/// reopen it until it is erased.
pub(super) async fn close(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CloseTenant = call.body()?;
    let target = Some(call.identified.scope().tenant().to_string());
    let closed = call
        .act("tenant.close", target, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            if wanted.tenant_id != scope.tenant().as_str() {
                let detail = "Repeat the identifier of your own tenant in tenant_id.";
                return Err(Denial::new(Layer::Screening, "tenant_id", 422, detail));
            }
            let before = find(gateway, scope).await?;
            let settings = load_settings(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?
                .settings();
            let step = Step::Close {
                erase_after_ms: erase_after_ms(gateway, &settings),
            };
            let after = stepped(before.clone(), step)?;
            change_own_tenant(&store, scope, &after)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            tell(gateway, scope).await;
            let (before, after) = (view(before), view(after));
            Ok(Done::updated(after.clone(), &before, &after))
        })
        .await?;
    json(200, &closed)
}

async fn tell(gateway: &Gateway, scope: &TenantScope) {
    let told = match TenantLifeClient::of(&gateway.env, scope) {
        Ok(life) => life.changed().await,
        Err(unreachable) => Err(unreachable),
    };
    if let Err(unreachable) = told {
        console_error!("a tenant's end was not told: {unreachable}");
    }
}

async fn find(gateway: &Gateway, scope: &TenantScope) -> Result<TenantRow, Denial> {
    own_tenant(&store(gateway)?, scope)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("tenant"))
}
