//! What a tenant has set of its content guard, and the values that it trusts.

use lango_admission::{GrantedApproval, GuardState};
use lango_guard::GuardPolicy;
use lango_identity::{TenantScope, TrustedValueId};
use lango_provenance::{Fingerprint, ValueKind};
use serde::Deserialize;

use crate::{
    json,
    page::{Page, Paged},
    port::{Rows, Sql, Statement, StoreError, run},
    roles::changed,
    statements::guard,
};

/// The most values that a tenant may trust by name.
pub const MAXIMUM_TRUSTED_VALUES: i64 = 1_000;

/// What a tenant has set of its content guard, and which change that was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredGuardPolicy {
    /// The policy in force.
    pub policy: GuardPolicy,
    /// How often it has changed; 0 for never.
    pub version: i64,
}

/// A value that a tenant trusts wherever it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TrustedValueRow {
    /// Its identifier.
    pub value_id: TrustedValueId,
    /// Which kind of value.
    pub kind: ValueKind,
    /// Its fingerprint under the tenant's key.
    pub fingerprint: Fingerprint,
    /// What people call it.
    pub label: String,
    /// Who said so.
    pub created_by: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A document that this version would not have written makes the row unreadable: a
/// policy that is stricter than what is understood must not be taken for a laxer one.
#[derive(Deserialize)]
struct PolicyColumns {
    #[serde(deserialize_with = "json::column")]
    document: GuardPolicy,
    version: i64,
}

#[derive(Deserialize)]
struct FingerprintColumn {
    fingerprint: Fingerprint,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

/// What the tenant has set of its content guard.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_guard_policy(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<StoredGuardPolicy, StoreError> {
    let values = [scope.tenant().as_str().into()];
    let rows = run(sql, Statement::new(guard::LOAD_POLICY, values)).await?;
    let mut rows: Vec<PolicyColumns> = rows.decode()?;
    Ok(rows
        .pop()
        .map_or_else(StoredGuardPolicy::default, |row| StoredGuardPolicy {
            policy: row.document,
            version: row.version,
        }))
}

/// Stores what the tenant has set, unless it was changed since it had this version.
/// Gives the new version; `None` when it was.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn store_guard_policy(
    sql: &impl Sql,
    scope: &TenantScope,
    policy: &GuardPolicy,
    version: i64,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        scope.tenant().as_str().into(),
        json::text(policy)?,
        now_ms.into(),
    ];
    let statement = if version == 0 {
        Statement::new(guard::INSERT_POLICY, values)
    } else {
        values.push(version.into());
        Statement::new(guard::CHANGE_POLICY, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}

/// Trusts a value; `false` when there are as many as there may be.
///
/// # Errors
/// [`StoreError`] when the value is trusted already, or the database cannot be asked.
pub async fn insert_trusted_value(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &TrustedValueRow,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        row.value_id.as_str().into(),
        json::name(&row.kind)?,
        row.fingerprint.to_string().as_str().into(),
        row.label.as_str().into(),
        row.created_by.as_str().into(),
        row.created_at.into(),
        MAXIMUM_TRUSTED_VALUES.into(),
    ];
    run(sql, Statement::new(guard::INSERT_TRUSTED, values))
        .await
        .map(changed)
}

/// The values that the tenant trusts, in the order of the identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_trusted_values(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<TrustedValueRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(guard::LIST_TRUSTED, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &TrustedValueRow| {
        row.value_id.as_str()
    }))
}

/// One of them.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_trusted_value(
    sql: &impl Sql,
    scope: &TenantScope,
    value: &TrustedValueId,
) -> Result<Option<TrustedValueRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), value.as_str().into()];
    let rows = run(sql, Statement::new(guard::LOAD_TRUSTED, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Trusts a value no more; `false` when there is none.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_trusted_value(
    sql: &impl Sql,
    scope: &TenantScope,
    value: &TrustedValueId,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), value.as_str().into()];
    run(sql, Statement::new(guard::DELETE_TRUSTED, values))
        .await
        .map(changed)
}

/// What a gate's snapshot says for the guards, of the rows of [`guard::LOAD_POLICY`],
/// [`guard::SNAPSHOT_TRUSTED`] and [`guard::SNAPSHOT_APPROVALS`].
pub(crate) fn guard_state(
    policy: Rows,
    trusted: Rows,
    approvals: Rows,
) -> Result<GuardState, StoreError> {
    let mut policy: Vec<PolicyColumns> = policy.decode()?;
    let trusted: Vec<FingerprintColumn> = trusted.decode()?;
    let approvals: Vec<GrantedApproval> = approvals.decode()?;
    Ok(GuardState {
        policy: policy.pop().map(|row| row.document).unwrap_or_default(),
        trusted: trusted.into_iter().map(|row| row.fingerprint).collect(),
        approvals,
    })
}
