//! Tenants.

use lango_admission::Plan;
use lango_identity::{PlatformScope, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Rows, Sql, Statement, StoreError, run},
    statements,
};

/// A tenant that is being created.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// What it is called.
    pub name: String,
    /// Its plan.
    pub plan: Plan,
    /// What its people type to sign in; no other tenant has it.
    pub slug: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A tenant as the platform's list shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TenantRow {
    /// Its identifier.
    pub tenant_id: String,
    /// What it is called.
    pub name: String,
    /// Its plan.
    pub plan: String,
    /// `active`, `suspended` or `closed`.
    pub status: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// Creates the tenant of the scope.
///
/// # Errors
/// [`StoreError`]; a constraint when it exists already.
pub async fn insert_tenant(
    sql: &impl Sql,
    scope: &TenantScope,
    tenant: &NewTenant,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        tenant.name.as_str().into(),
        tenant.plan.name().into(),
        tenant.created_at.into(),
        tenant.slug.as_str().into(),
    ];
    run(sql, Statement::new(statements::INSERT_TENANT, values))
        .await
        .map(drop)
}

/// The platform's list, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_tenants(
    sql: &impl Sql,
    _scope: &PlatformScope,
) -> Result<Vec<TenantRow>, StoreError> {
    run(sql, Statement::new(statements::LIST_TENANTS, []))
        .await
        .and_then(Rows::decode)
}
