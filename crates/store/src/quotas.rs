//! How much of each thing a tenant may have, and how much it has.

use lango_admission::Allowance;
use lango_identity::{PlatformScope, TenantId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Sql, Statement, StoreError, Value, run},
    statements::quotas,
};

/// What was agreed with a tenant; what is `None` is as its plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AgreedQuotas {
    /// Connected systems.
    pub connections: Option<i64>,
    /// API keys in force.
    pub keys: Option<i64>,
    /// Employees.
    pub users: Option<i64>,
    /// Customers.
    pub customers: Option<i64>,
    /// Bytes of what it stores.
    pub stored_bytes: Option<i64>,
    /// How often it has changed; 0 for never.
    pub version: i64,
}

/// What there may be only so much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    Connections,
    Keys,
    Users,
    Customers,
    StoredBytes,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

impl AgreedQuotas {
    /// What the tenant may have.
    #[must_use]
    pub fn within(&self, of_plan: Allowance) -> Allowance {
        Allowance {
            connections: self.connections.unwrap_or(of_plan.connections),
            keys: self.keys.unwrap_or(of_plan.keys),
            users: self.users.unwrap_or(of_plan.users),
            customers: self.customers.unwrap_or(of_plan.customers),
            stored_bytes: self.stored_bytes.unwrap_or(of_plan.stored_bytes),
        }
    }
}

/// How much of each thing a tenant has at a moment, in seconds since 1970; `None` for a
/// tenant that there is not.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_usage(
    sql: &impl Sql,
    scope: &TenantScope,
    now: i64,
) -> Result<Option<Allowance>, StoreError> {
    usage(sql, scope.tenant(), now).await
}

/// The same for whoever runs the platform.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn platform_usage(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
    now: i64,
) -> Result<Option<Allowance>, StoreError> {
    usage(sql, tenant, now).await
}

/// What was agreed with a tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_agreed_quotas(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<AgreedQuotas, StoreError> {
    agreed(sql, scope.tenant()).await
}

/// The same for whoever runs the platform.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn platform_agreed_quotas(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
) -> Result<AgreedQuotas, StoreError> {
    agreed(sql, tenant).await
}

/// Agrees on something else, unless it was changed since it had this version. Gives the
/// new version; `None` when it was.
///
/// # Errors
/// [`StoreError`]; a constraint when there is no such tenant.
pub async fn agree_on_quotas(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
    quotas: &AgreedQuotas,
    (by, now_ms): (&str, i64),
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        tenant.as_str().into(),
        Value::optional(quotas.connections),
        Value::optional(quotas.keys),
        Value::optional(quotas.users),
        Value::optional(quotas.customers),
        Value::optional(quotas.stored_bytes),
        by.into(),
        now_ms.into(),
    ];
    let statement = if quotas.version == 0 {
        Statement::new(quotas::INSERT_AGREED, values)
    } else {
        values.push(quotas.version.into());
        Statement::new(quotas::CHANGE_AGREED, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}

impl Quota {
    /// The last statement of a transaction that adds something: see [`quotas`]. The
    /// moment is in seconds since 1970.
    pub(crate) fn guard(self, scope: &TenantScope, of_plan: Allowance, now: i64) -> Statement {
        let (text, limit) = match self {
            Self::Connections => (quotas::GUARD_CONNECTIONS, of_plan.connections),
            Self::Keys => (quotas::GUARD_KEYS, of_plan.keys),
            Self::Users => (quotas::GUARD_USERS, of_plan.users),
            Self::Customers => (quotas::GUARD_CUSTOMERS, of_plan.customers),
            Self::StoredBytes => (quotas::GUARD_STORED_BYTES, of_plan.stored_bytes),
        };
        let values = [scope.tenant().as_str().into(), limit.into(), now.into()];
        Statement::new(text, values)
    }
}

async fn usage(
    sql: &impl Sql,
    tenant: &TenantId,
    now: i64,
) -> Result<Option<Allowance>, StoreError> {
    let values = [tenant.as_str().into(), now.into()];
    let rows = run(sql, Statement::new(quotas::USAGE, values)).await?;
    Ok(rows.decode()?.pop())
}

async fn agreed(sql: &impl Sql, tenant: &TenantId) -> Result<AgreedQuotas, StoreError> {
    let values = [tenant.as_str().into()];
    let rows = run(sql, Statement::new(quotas::LOAD_AGREED, values)).await?;
    Ok(rows.decode()?.pop().unwrap_or_default())
}
