//! `/platform/v1/tenants`: creating and listing tenants, for whoever runs the
//! platform. Nothing here sees what is in a tenant.

use lango_admission::Plan;
use lango_durable_objects::Store;
use lango_identity::{Role, TenantId};
use lango_store::{After, NewTenant, insert_tenant, list_tenants};
use lango_tenancy::TenantSlug;
use serde::{Deserialize, Serialize};
use worker::{Request, Response, console_log};

use super::{
    json,
    keys::{self, Issued},
    parse,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::{identity::PlatformIdentified, transport::Expectation},
};

const TENANTS: Expectation = Expectation {
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
    admin_key: Issued,
}

pub(super) async fn tenants(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == worker::Method::Post;
    let identified = gateway.receive_platform(request, TENANTS).await?;
    let store = keys::store(gateway)?;
    if creates {
        return create(&identified, gateway, &store).await;
    }
    let all = After {
        id: String::new(),
        limit: 1000,
    };
    let items = list_tenants(&store, identified.scope(), &all)
        .await
        .map_err(|error| keys::store_failed(&error))?;
    json(200, &serde_json::json!({ "items": items }))
}

async fn create(
    identified: &PlatformIdentified,
    gateway: &Gateway,
    store: &Store,
) -> Result<Response, Denial> {
    let wanted: Create = parse(identified.body())?;
    let name = keys::checked_name(&wanted.name)?;
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
        .map_err(|error| keys::store_failed(&error))?;
    let admin_key = keys::issue(
        gateway,
        store,
        &scope,
        "first admin",
        Role::Admin,
        FIRST_KEY_DAYS,
    )
    .await?;
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
