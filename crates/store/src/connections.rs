//! Connections and their data keys. All that is stored is ciphertext.

use lango_admission::Slug;
use lango_identity::{ConnectionId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, run},
    statements,
};

/// A connection whose credentials a connector has just sealed.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its identifier.
    pub connection_id: ConnectionId,
    /// The kind of connector.
    pub connector: String,
    /// What tells it apart in tool names.
    pub slug: Slug,
    /// The tenant's name for it.
    pub name: String,
    /// A new wrapped data key (JSON), when the tenant had none for the connector.
    pub new_data_key: Option<String>,
    /// The sealed fields (JSON).
    pub sealed: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A connection as lists show it: without its credentials, sealed or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// Its identifier.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// What tells it apart in tool names.
    pub slug: Slug,
    /// The tenant's name for it.
    pub name: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

#[derive(Deserialize)]
struct DataKeyRow {
    wrapped: String,
}

/// The tenant's wrapped data key for a connector, if there is one.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn data_key(
    sql: &impl Sql,
    scope: &TenantScope,
    connector: &str,
) -> Result<Option<String>, StoreError> {
    let values = [scope.tenant().as_str().into(), connector.into()];
    let rows = run(sql, Statement::new(statements::DATA_KEY, values)).await?;
    let mut rows: Vec<DataKeyRow> = rows.decode()?;
    Ok(rows.pop().map(|row| row.wrapped))
}

/// Stores a connection, and its data key where that is new, in one transaction.
///
/// # Errors
/// [`StoreError`]; a constraint when the tenant has a connection of this slug,
/// or another request stored a data key meanwhile.
pub async fn insert_connection(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &NewConnection,
) -> Result<(), StoreError> {
    let tenant = scope.tenant().as_str();
    let data_key = connection.new_data_key.as_deref().map(|wrapped| {
        let values = [
            tenant.into(),
            connection.connector.as_str().into(),
            wrapped.into(),
            connection.created_at.into(),
        ];
        Statement::new(statements::INSERT_DATA_KEY, values)
    });
    let values = [
        tenant.into(),
        connection.connection_id.as_str().into(),
        connection.connector.as_str().into(),
        connection.slug.as_str().into(),
        connection.name.as_str().into(),
        connection.sealed.as_str().into(),
        connection.created_at.into(),
    ];
    let statements: Vec<_> = data_key
        .into_iter()
        .chain([Statement::new(statements::INSERT_CONNECTION, values)])
        .collect();
    sql.batch(&statements).await?;
    Ok(())
}

/// The tenant's connections.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_connections(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<ConnectionRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(statements::LIST_CONNECTIONS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &ConnectionRow| &row.connection_id))
}

/// One connection of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_connection(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
) -> Result<Option<ConnectionRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), connection.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_CONNECTION, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Deletes a connection; `false` when the tenant has none of that name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_connection(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), connection.as_str().into()];
    let rows = run(sql, Statement::new(statements::DELETE_CONNECTION, values)).await?;
    Ok(!rows.0.is_empty())
}
