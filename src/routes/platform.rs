//! `/platform/v1/tenants`: creating and listing tenants, for whoever runs the
//! platform. Nothing here sees what is in a tenant.

use lango_admission::Plan;
use lango_api::IssuedKey;
use lango_durable_objects::Store;
use lango_identity::TenantId;
use lango_store::{NewTenant, Page, insert_tenant, list_tenants};
use lango_tenancy::TenantSlug;
use serde::{Deserialize, Serialize};
use worker::{Request, Response, console_log};

use super::{
    call::{checked_name, store, store_failed},
    json, keys, parse,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::{identity::PlatformIdentified, transport::Expectation},
};

const TENANTS: Expectation<'_> = Expectation {
    methods: &["GET", "POST"],
};

/// The first admin key of a tenant is for setting it up.
const FIRST_KEY_DAYS: u32 = 90;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    plan: Plan,
}

#[derive(Serialize)]
struct Created<'a> {
    tenant_id: &'a str,
    name: &'a str,
    plan: Plan,
    admin_key: IssuedKey,
}

pub(super) async fn tenants(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == worker::Method::Post;
    let identified = gateway.receive_platform(request, TENANTS).await?;
    let store = store(gateway)?;
    if creates {
        return create(&identified, gateway, &store).await;
    }
    let tenants = list_tenants(&store, identified.scope(), &Page::whole())
        .await
        .map_err(|error| store_failed(&error))?;
    json(200, &serde_json::json!({ "items": tenants.items }))
}

async fn create(
    identified: &PlatformIdentified,
    gateway: &Gateway,
    store: &Store,
) -> Result<Response, Denial> {
    let wanted: Create = parse(identified.body())?;
    let name = checked_name(&wanted.name)?;
    let tenant_id = TenantId::from_random(clock::random()?);
    let slug = tenant_id.as_str().trim_start_matches("t_");
    let slug = TenantSlug::parse(slug).map_err(|error| Denial::internal(error.to_string()))?;
    let scope = identified.scope().provision(tenant_id);
    let new = NewTenant {
        name: name.to_owned(),
        slug,
        plan: wanted.plan,
        created_at: clock::now_ms(),
    };
    insert_tenant(store, &scope, &new)
        .await
        .map_err(|error| store_failed(&error))?;
    let admin_key = keys::issue_first(gateway, store, &scope, FIRST_KEY_DAYS).await?;
    let tenant_id = scope.tenant().as_str();
    console_log!(
        "{}",
        serde_json::json!({"event": "tenant.created", "tenant": tenant_id,
            "actor": identified.subject()})
    );
    json(
        201,
        &Created {
            tenant_id,
            name,
            plan: wanted.plan,
            admin_key,
        },
    )
}
