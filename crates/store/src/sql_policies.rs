//! What of a connected database may be seen, and by whom.
//!
//! A policy is stored as the JSON that `lango-sql-guard` reads; here it is a text.

use lango_identity::{ConnectionId, TenantScope};
use serde::Deserialize;

use crate::{
    port::{Sql, Statement, StoreError, run},
    statements::sql_policies,
};

/// A connection's policy, and who has set it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SqlPolicyRow {
    /// The policy (JSON); `None` after it was taken away.
    pub document: Option<String>,
    /// Who has changed it last.
    pub changed_by: String,
    /// In milliseconds since 1970.
    pub changed_at: i64,
    /// Goes up with every change.
    pub version: i64,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

/// A connection's policy; `None` when it never had one.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_sql_policy(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
) -> Result<Option<SqlPolicyRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), connection.as_str().into()];
    let rows = run(sql, Statement::new(sql_policies::LOAD_POLICY, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Stores a connection's policy, unless it was changed since it had the version that the
/// row says; 0 for one that there was none of. Gives the new version; `None` when it was.
///
/// # Errors
/// [`StoreError`] when the tenant has no such connection, or the database cannot be asked.
pub async fn store_sql_policy(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
    row: &SqlPolicyRow,
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        scope.tenant().as_str().into(),
        connection.as_str().into(),
        row.document.as_deref().into(),
        row.changed_by.as_str().into(),
        row.changed_at.into(),
    ];
    let statement = if row.version == 0 {
        Statement::new(sql_policies::INSERT_POLICY, values)
    } else {
        values.push(row.version.into());
        Statement::new(sql_policies::CHANGE_POLICY, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}
