//! Tenants: each one's own row.

use lango_admission::Plan;
use lango_identity::{PlatformScope, TenantId, TenantScope};
use lango_tenancy::{Life, TenantSlug, TenantState};
use serde::{Deserialize, Serialize};

use crate::{
    page::{Page, Paged},
    port::{Rows, Sql, Statement, StoreError, Value, run},
    statements::{platform, tenancy},
};

/// A tenant that is being created.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// What it is called.
    pub name: String,
    /// What people type to sign in.
    pub slug: TenantSlug,
    /// Its plan.
    pub plan: Plan,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A tenant's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    /// Its identifier.
    pub tenant_id: TenantId,
    /// What it is called; empty once it is erased.
    pub name: String,
    /// What people type to sign in; the identifier once it is erased.
    pub slug: String,
    /// Its plan.
    pub plan: Plan,
    /// Whether it may act.
    pub status: TenantState,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// When it was closed, in milliseconds since 1970.
    pub closed_at: Option<i64>,
    /// When it is to be erased, in milliseconds since 1970.
    pub erase_at: Option<i64>,
    /// When it was erased, in milliseconds since 1970.
    pub erased_at: Option<i64>,
    /// How often it was changed, and one.
    pub version: i64,
}

impl TenantRow {
    /// Where it is in its life.
    ///
    /// # Errors
    /// [`StoreError::Row`] when its columns do not fit each other.
    pub fn life(&self) -> Result<Life, StoreError> {
        Life::read(self.status, self.closed_at, self.erase_at, self.erased_at)
            .map_err(|error| StoreError::Row(error.to_string()))
    }

    /// The same tenant elsewhere in its life.
    #[must_use]
    pub fn living(self, life: Life) -> Self {
        let (closed_at, erase_at) = match life {
            Life::Closed {
                closed_at,
                erase_at,
            } => (Some(closed_at), Some(erase_at)),
            Life::Erased { .. } => (self.closed_at, self.erase_at),
            Life::Active | Life::Suspended => (None, None),
        };
        Self {
            status: life.state(),
            closed_at,
            erase_at,
            ..self
        }
    }
}

/// Creates the tenant of the scope.
///
/// # Errors
/// [`StoreError`]; a constraint when it exists already, or its slug is taken.
pub async fn insert_tenant(
    sql: &impl Sql,
    scope: &TenantScope,
    tenant: &NewTenant,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        tenant.name.as_str().into(),
        tenant.plan.name().into(),
        tenant.slug.as_str().into(),
        tenant.created_at.into(),
    ];
    run(sql, Statement::new(tenancy::INSERT_TENANT, values))
        .await
        .map(drop)
}

/// The platform's list, in the order of the identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_tenants(
    sql: &impl Sql,
    _scope: &PlatformScope,
    page: &Page,
) -> Result<Paged<TenantRow>, StoreError> {
    let statement = Statement::new(platform::LIST_TENANTS, page.values());
    let rows = run(sql, statement).await?.decode()?;
    Ok(page.cut(rows, |row: &TenantRow| row.tenant_id.as_str()))
}

/// The oldest tenants, for a developer's own machine.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn oldest_tenants(
    sql: &impl Sql,
    _scope: &PlatformScope,
    limit: u32,
) -> Result<Vec<TenantRow>, StoreError> {
    let values = [i64::from(limit).into()];
    run(sql, Statement::new(platform::OLDEST_TENANTS, values))
        .await
        .and_then(Rows::decode)
}

/// One tenant, for the platform.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn platform_tenant(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
) -> Result<Option<TenantRow>, StoreError> {
    load(sql, tenant).await
}

/// The scope's own tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn own_tenant(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<Option<TenantRow>, StoreError> {
    load(sql, scope.tenant()).await
}

/// Changes a tenant, for the platform: to `row`, unless it has changed since `row` was
/// read. Gives the new version; `None` when it has.
///
/// # Errors
/// [`StoreError`]; a constraint when the slug is taken.
pub async fn change_platform_tenant(
    sql: &impl Sql,
    _scope: &PlatformScope,
    row: &TenantRow,
) -> Result<Option<i64>, StoreError> {
    change(sql, &row.tenant_id, row).await
}

/// Changes the scope's own tenant, as [`change_platform_tenant`] does.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn change_own_tenant(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &TenantRow,
) -> Result<Option<i64>, StoreError> {
    change(sql, scope.tenant(), row).await
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

async fn load(sql: &impl Sql, tenant: &TenantId) -> Result<Option<TenantRow>, StoreError> {
    let statement = Statement::new(tenancy::LOAD_TENANT, [tenant.as_str().into()]);
    Ok(run(sql, statement).await?.decode()?.pop())
}

async fn change(
    sql: &impl Sql,
    tenant: &TenantId,
    row: &TenantRow,
) -> Result<Option<i64>, StoreError> {
    let values = [
        tenant.as_str().into(),
        row.version.into(),
        row.name.as_str().into(),
        row.slug.as_str().into(),
        row.plan.name().into(),
        row.status.name().into(),
        Value::optional(row.closed_at),
        Value::optional(row.erase_at),
    ];
    let rows = run(sql, Statement::new(tenancy::CHANGE_TENANT, values)).await?;
    let versions: Vec<Version> = rows.decode()?;
    Ok(versions.first().map(|row| row.version))
}
