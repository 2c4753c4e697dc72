//! Connections and their data keys. All that is stored is ciphertext.

use lango_admission::{Allowance, Slug};
use lango_identity::{ConnectionId, TenantScope};
use lango_vault::SEALS_PER_CONNECTION;
use serde::{Deserialize, Serialize};

use crate::{
    data_keys::count_seals,
    json,
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, run},
    quotas::Quota,
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
    /// A new data key, when the tenant had none for the connector.
    pub new_data_key: Option<NewDataKey>,
    /// Where it may connect to, each `host:port`.
    pub allowed_hosts: Vec<String>,
    /// The version of the data key that the fields are sealed under.
    pub data_key_version: u32,
    /// The sealed fields (JSON).
    pub sealed: String,
    /// How many messages they are.
    pub seals: u64,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A data key that a connector has just made and wrapped.
#[derive(Debug, Clone)]
pub struct NewDataKey {
    /// Which of the tenant's data keys for the connector it is.
    pub version: u32,
    /// The wrapped key (JSON).
    pub wrapped: String,
    /// Which key-encryption key opens it.
    pub key_encryption_key_version: u32,
    /// Which of the tenant's erasure keys it needs besides; 0 for none.
    pub erasure_generation: u32,
}

/// Other credentials of a connection, which a connector has just sealed.
#[derive(Debug, Clone)]
pub struct NewCredentials {
    /// A new data key, when the tenant had none for the connector.
    pub new_data_key: Option<NewDataKey>,
    /// Where the connection may connect to, each `host:port`.
    pub allowed_hosts: Vec<String>,
    /// The version of the data key that the fields are sealed under.
    pub data_key_version: u32,
    /// The sealed fields (JSON).
    pub sealed: String,
    /// How many messages they are.
    pub seals: u64,
    /// In milliseconds since 1970.
    pub credentials_at: i64,
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
    /// 1 while it may be called.
    pub enabled: i64,
    /// Where it may connect to, each `host:port`; `None` for connections of before
    /// there were such lists: wherever their credentials say.
    #[serde(deserialize_with = "json::optional_column")]
    pub allowed_hosts: Option<Vec<String>>,
    /// 0 after its credentials were destroyed.
    pub has_credentials: i64,
    /// When its credentials were set, in milliseconds since 1970.
    pub credentials_at: i64,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// Goes up with every change.
    pub version: i64,
}

/// A connection with what its connector needs to open it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedConnectionRow {
    /// The kind of connector.
    pub connector: String,
    /// Where it may connect to; `None` as in [`ConnectionRow`].
    #[serde(deserialize_with = "json::optional_column")]
    pub allowed_hosts: Option<Vec<String>>,
    /// The sealed fields (JSON).
    pub sealed: String,
    /// The wrapped data key (JSON).
    pub data_key: String,
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
    of_plan: Allowance,
) -> Result<(), StoreError> {
    let tenant = scope.tenant().as_str();
    let data_key = connection
        .new_data_key
        .as_ref()
        .map(|key| insert_data_key(scope, &connection.connector, key, connection.created_at));
    let values = [
        tenant.into(),
        connection.connection_id.as_str().into(),
        connection.connector.as_str().into(),
        connection.slug.as_str().into(),
        connection.name.as_str().into(),
        json::text(&connection.allowed_hosts)?,
        i64::from(connection.data_key_version).into(),
        connection.sealed.as_str().into(),
        connection.created_at.into(),
    ];
    let insert = Statement::new(statements::connections::INSERT_CONNECTION, values);
    // Its share for tokens is set aside here, once.
    let seals = SEALS_PER_CONNECTION.saturating_add(connection.seals);
    let version = connection.data_key_version;
    let count = count_seals(scope, &connection.connector, version, seals);
    let guards = [Quota::Connections, Quota::StoredBytes]
        .map(|quota| quota.guard(scope, of_plan, connection.created_at));
    let statements = data_key.into_iter().chain([insert, count]).chain(guards);
    let statements: Vec<_> = statements.collect();
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
    let rows = run(
        sql,
        Statement::new(statements::connections::LIST_CONNECTIONS, values),
    )
    .await?;
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
    let rows = run(
        sql,
        Statement::new(statements::connections::LOAD_CONNECTION, values),
    )
    .await?;
    Ok(rows.decode()?.pop())
}

/// What a connector needs to open a connection; `None` when there is none, or it has
/// no credentials any more.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn sealed_connection(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
) -> Result<Option<SealedConnectionRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), connection.as_str().into()];
    let statement = Statement::new(statements::connections::SEALED_CONNECTION, values);
    Ok(run(sql, statement).await?.decode()?.pop())
}

/// Changes name, slug, whether it is enabled, and where it may connect to; `false`
/// when it has changed since it was read, or is gone.
///
/// # Errors
/// [`StoreError`]; a constraint when the tenant has another connection of this slug.
pub async fn change_connection(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionRow,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        connection.connection_id.as_str().into(),
        connection.slug.as_str().into(),
        connection.name.as_str().into(),
        connection.enabled.into(),
        json::optional(connection.allowed_hosts.as_ref())?,
        connection.version.into(),
    ];
    let statement = Statement::new(statements::connections::CHANGE_CONNECTION, values);
    Ok(!run(sql, statement).await?.0.is_empty())
}

/// Sets a connection's credentials, and stores the data key where that is new, in one
/// transaction; `false` when the connection has changed since it was read, or is gone.
///
/// # Errors
/// [`StoreError`]; a constraint when another request stored a data key meanwhile.
pub async fn set_credentials(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionRow,
    credentials: &NewCredentials,
) -> Result<bool, StoreError> {
    let data_key = credentials.new_data_key.as_ref().map(|key| {
        insert_data_key(
            scope,
            &connection.connector,
            key,
            credentials.credentials_at,
        )
    });
    let values = [
        scope.tenant().as_str().into(),
        connection.connection_id.as_str().into(),
        i64::from(credentials.data_key_version).into(),
        credentials.sealed.as_str().into(),
        json::text(&credentials.allowed_hosts)?,
        credentials.credentials_at.into(),
        connection.version.into(),
    ];
    let set = Statement::new(statements::connections::SET_CREDENTIALS, values);
    // With other credentials come other tokens: their share is set aside anew.
    let seals = SEALS_PER_CONNECTION.saturating_add(credentials.seals);
    let version = credentials.data_key_version;
    let count = count_seals(scope, &connection.connector, version, seals);
    let statements: Vec<_> = data_key.into_iter().chain([count, set]).collect();
    let mut rows = sql.batch(&statements).await?;
    Ok(rows.pop().is_some_and(|rows| !rows.0.is_empty()))
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
    let rows = run(
        sql,
        Statement::new(statements::connections::DELETE_CONNECTION, values),
    )
    .await?;
    Ok(!rows.0.is_empty())
}

pub(crate) fn insert_data_key(
    scope: &TenantScope,
    connector: &str,
    key: &NewDataKey,
    created_at: i64,
) -> Statement {
    let values = [
        scope.tenant().as_str().into(),
        connector.into(),
        i64::from(key.version).into(),
        key.wrapped.as_str().into(),
        i64::from(key.key_encryption_key_version).into(),
        i64::from(key.erasure_generation).into(),
        created_at.into(),
    ];
    Statement::new(statements::connections::INSERT_DATA_KEY, values)
}
