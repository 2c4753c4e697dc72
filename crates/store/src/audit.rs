//! What a tenant wants of its audit log, and how long things in it are kept.

use lango_admission::Plan;
use lango_identity::TenantScope;
use lango_tenancy::{AuditPolicy, AuditRetention};
use serde::Deserialize;

use crate::{
    json,
    port::{Sql, Statement, StoreError, run},
    statements::audit,
};

/// A tenant's policy of its audit log, and who has set it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct AuditPolicyRow {
    /// The policy in force.
    #[serde(rename = "document", deserialize_with = "json::column")]
    pub policy: AuditPolicy,
    /// Who has changed it last.
    pub changed_by: String,
    /// In milliseconds since 1970.
    pub changed_at: i64,
    /// How often it has changed; 0 for never.
    pub version: i64,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

#[derive(Deserialize)]
struct RetentionColumns {
    plan: Plan,
    #[serde(deserialize_with = "json::optional_column")]
    document: Option<AuditPolicy>,
}

/// What the tenant wants of its audit log.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_audit_policy(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<AuditPolicyRow, StoreError> {
    let values = [scope.tenant().as_str().into()];
    let rows = run(sql, Statement::new(audit::LOAD_POLICY, values)).await?;
    let mut rows: Vec<AuditPolicyRow> = rows.decode()?;
    Ok(rows.pop().unwrap_or_default())
}

/// Stores what the tenant wants, unless it was changed since it had the version that the
/// row says. Gives the new version; `None` when it was.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn store_audit_policy(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &AuditPolicyRow,
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        scope.tenant().as_str().into(),
        json::text(&row.policy)?,
        row.changed_by.as_str().into(),
        row.changed_at.into(),
    ];
    let statement = if row.version == 0 {
        Statement::new(audit::INSERT_POLICY, values)
    } else {
        values.push(row.version.into());
        Statement::new(audit::CHANGE_POLICY, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}

/// How long what stands in the tenant's log is kept; `None` for a tenant that there is
/// not, or was erased.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable: nothing may
/// be destroyed then.
pub async fn audit_retention(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<Option<AuditRetention>, StoreError> {
    let values = [scope.tenant().as_str().into()];
    let rows = run(sql, Statement::new(audit::RETENTION, values)).await?;
    let mut rows: Vec<RetentionColumns> = rows.decode()?;
    Ok(rows.pop().map(|row| {
        let policy = row.document.unwrap_or_default();
        policy.retention(row.plan.audit_days())
    }))
}
