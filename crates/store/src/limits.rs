//! The limits of a tenant's calls: what it has set itself, and what the platform has.

use lango_admission::CallLimits;
use lango_identity::{PlatformScope, TenantId, TenantScope};
use serde::Deserialize;

use crate::{
    json,
    port::{Rows, Sql, Statement, StoreError, run},
    statements::limits,
};

/// What was set, and which change that was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredLimits {
    /// By the tenant itself: never on each key.
    pub own: CallLimits,
    /// By the platform.
    pub of_platform: CallLimits,
    /// How often either has changed; 0 for never.
    pub version: i64,
}

/// A document that this version would not have written makes the row unreadable: a limit
/// that is not understood must not be taken for none.
#[derive(Deserialize)]
struct Columns {
    #[serde(deserialize_with = "json::column")]
    own: CallLimits,
    #[serde(deserialize_with = "json::column")]
    of_platform: CallLimits,
    version: i64,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

impl StoredLimits {
    /// What holds.
    #[must_use]
    pub fn in_force(&self) -> CallLimits {
        self.own.clone().and(&self.of_platform)
    }
}

/// The limits of the scope's tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_limits(sql: &impl Sql, scope: &TenantScope) -> Result<StoredLimits, StoreError> {
    load(sql, scope.tenant()).await
}

/// The limits of any tenant, for the platform.
///
/// # Errors
/// As [`load_limits`].
pub async fn load_tenant_limits(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
) -> Result<StoredLimits, StoreError> {
    load(sql, tenant).await
}

/// Stores limits that the tenant has changed, unless they were changed since they had
/// this version. Gives the new version; `None` when they were.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn store_limits(
    sql: &impl Sql,
    scope: &TenantScope,
    stored: &StoredLimits,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    store(sql, scope.tenant(), stored, now_ms).await
}

/// The same for the platform.
///
/// # Errors
/// As [`store_limits`].
pub async fn store_tenant_limits(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
    stored: &StoredLimits,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    store(sql, tenant, stored, now_ms).await
}

async fn load(sql: &impl Sql, tenant: &TenantId) -> Result<StoredLimits, StoreError> {
    let statement = Statement::new(limits::LOAD, [tenant.as_str().into()]);
    stored(&run(sql, statement).await?)
}

pub(crate) fn stored(rows: &Rows) -> Result<StoredLimits, StoreError> {
    let mut rows: Vec<Columns> = rows.clone().decode()?;
    Ok(rows
        .pop()
        .map_or_else(StoredLimits::default, |row| StoredLimits {
            own: row.own,
            of_platform: row.of_platform,
            version: row.version,
        }))
}

async fn store(
    sql: &impl Sql,
    tenant: &TenantId,
    stored: &StoredLimits,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        tenant.as_str().into(),
        json::text(&stored.own)?,
        json::text(&stored.of_platform)?,
        now_ms.into(),
    ];
    let statement = if stored.version == 0 {
        Statement::new(limits::INSERT, values)
    } else {
        values.push(stored.version.into());
        Statement::new(limits::CHANGE, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
