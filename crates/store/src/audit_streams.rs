//! Where a tenant's audit log is streamed to.

use lango_identity::{StreamId, TenantScope};
use serde::Deserialize;

use crate::{
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    roles::changed,
    statements::audit_streams,
};

/// So many streams a tenant has at most: each of them reads the whole log.
pub const MAXIMUM_STREAMS: usize = 5;

/// One stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StreamRow {
    /// Its identifier.
    pub stream_id: StreamId,
    /// The tenant's name for it.
    pub name: String,
    /// The connection to its receiver.
    pub connection_id: String,
    /// How entries are written: `ocsf` or `cef`.
    pub format: String,
    /// 1 when it goes on.
    pub enabled: i64,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In milliseconds since 1970.
    pub changed_at: i64,
    /// How often it has changed, from 1.
    pub version: i64,
}

/// Sets a stream up.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn insert_stream(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &StreamRow,
) -> Result<(), StoreError> {
    let statement = Statement::new(audit_streams::INSERT_STREAM, values(scope, row));
    run(sql, statement).await.map(drop)
}

/// The streams, in the order of the identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_streams(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<StreamRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(audit_streams::LIST_STREAMS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &StreamRow| row.stream_id.as_str()))
}

/// One stream of the tenant's.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_stream(
    sql: &impl Sql,
    scope: &TenantScope,
    stream: &StreamId,
) -> Result<Option<StreamRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), stream.as_str().into()];
    let rows = run(sql, Statement::new(audit_streams::LOAD_STREAM, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Replaces a stream of this `version`; `false` when it has another by now.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn change_stream(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &StreamRow,
) -> Result<bool, StoreError> {
    let mut values = values(scope, row);
    values.push(row.version.into());
    let statement = Statement::new(audit_streams::CHANGE_STREAM, values);
    run(sql, statement).await.map(changed)
}

/// Ends a stream; `false` when there is none.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_stream(
    sql: &impl Sql,
    scope: &TenantScope,
    stream: &StreamId,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), stream.as_str().into()];
    let statement = Statement::new(audit_streams::DELETE_STREAM, values);
    run(sql, statement).await.map(changed)
}

/// The columns that both kinds of write have, in their order.
fn values(scope: &TenantScope, row: &StreamRow) -> Vec<Value> {
    vec![
        scope.tenant().as_str().into(),
        row.stream_id.as_str().into(),
        row.name.as_str().into(),
        row.connection_id.as_str().into(),
        row.format.as_str().into(),
        row.enabled.into(),
        row.changed_at.into(),
    ]
}
