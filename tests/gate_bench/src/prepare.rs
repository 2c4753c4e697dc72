//! A tenant with one key that may call as fast as it can.

use lango_admission::{CallLimits, Plan, Quota};
use lango_durable_objects::Store;
use lango_identity::{KeyGateName, PrincipalId, RANDOM_LENGTH, Role};
use lango_store::{KeyRow, NewTenant, StoredLimits, insert_key, insert_tenant, store_limits};
use lango_tenancy::TenantSlug;
use worker::Env;

use crate::{DIGEST, failed};

pub(crate) async fn prepare(env: &Env, name: &KeyGateName) -> worker::Result<()> {
    let (store, scope) = (Store::bound(env).map_err(failed)?, name.scope());
    let slug = scope.tenant().as_str().replace('_', "-");
    let tenant = NewTenant {
        name: "Bench".to_owned(),
        slug: TenantSlug::parse(slug.trim_start_matches("t-")).map_err(failed)?,
        plan: Plan::Enterprise,
        created_at: 1,
    };
    insert_tenant(&store, scope, &tenant)
        .await
        .map_err(failed)?;
    let key = KeyRow {
        key_id: name.key().clone(),
        principal_id: PrincipalId::from_random([7; RANDOM_LENGTH]),
        name: "bench".to_owned(),
        role: Some(Role::Viewer.into()),
        permissions: None,
        connections: None,
        address_ranges: None,
        created_by: None,
        created_at: 1,
        expires_at: 4_000_000_000,
        revoked_at: None,
        last_used_at: None,
        rotated_to: None,
        version: 1,
    };
    let digest = DIGEST.to_owned().try_into().map_err(failed)?;
    insert_key(&store, scope, &key, digest, Plan::Enterprise.allowance())
        .await
        .map_err(failed)?;
    let limits = StoredLimits {
        of_platform: CallLimits {
            key: Some(Quota::new(60_000_000, 1_000_000).map_err(failed)?),
            ..CallLimits::default()
        },
        ..StoredLimits::default()
    };
    store_limits(&store, scope, &limits, 1)
        .await
        .map_err(failed)
        .map(drop)
}
