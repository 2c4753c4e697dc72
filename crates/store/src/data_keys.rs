//! Data keys: their versions, and how they and what they seal are moved. All that is
//! stored is ciphertext.

use lango_identity::{PlatformScope, TenantId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    NewDataKey,
    connections::insert_data_key,
    port::{Sql, Statement, StoreError, Value, run},
    statements::data_keys,
};

/// The data key that seals what is sealed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingDataKey {
    /// Which of the tenant's data keys for the connector it is.
    pub version: u32,
    /// The wrapped key (JSON).
    pub wrapped: String,
    /// Which of the tenant's erasure keys it needs; 0 for none.
    pub erasure_generation: u32,
    /// How many messages it has sealed, with what is set aside.
    pub seals: u64,
}

/// A data key as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKeyRow {
    /// The kind of connector.
    pub connector: String,
    /// Which of the tenant's data keys for the connector it is.
    pub version: u32,
    /// The wrapped key (JSON).
    pub wrapped: String,
    /// Which key-encryption key opens it.
    pub key_encryption_key_version: u32,
    /// Which of the tenant's erasure keys it needs besides; 0 for none.
    pub erasure_generation: u32,
    /// How many messages it has sealed, with what is set aside.
    pub seals: u64,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// When it was wrapped anew; 0 for never.
    pub wrapped_at: i64,
    /// Since when it seals nothing any more.
    pub retired_at: Option<i64>,
    /// How many connections are sealed under it.
    pub connections: u64,
}

/// A connection that is sealed under a data key which no longer seals.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutdatedConnection {
    /// Its identifier.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// The sealed fields (JSON).
    pub sealed: String,
    /// The wrapped data key that they are sealed under (JSON).
    pub old_data_key: String,
    /// The one that they are to be sealed under (JSON).
    pub data_key: String,
    /// Its version.
    pub data_key_version: u32,
}

/// A connection that has lost its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestroyedConnection {
    /// Its identifier.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
}

/// How many data keys of all tenants refer to a key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKeyCount {
    /// The kind of connector.
    pub connector: String,
    /// The version of the key-encryption key.
    pub key_encryption_key_version: u32,
    /// How many data keys.
    pub data_keys: u64,
    /// Of how many tenants.
    pub tenants: u64,
    /// How many of them are of before there were erasure keys.
    pub without_erasure_key: u64,
    /// When the last one of them was wrapped anew; 0 for never.
    pub wrapped_at: i64,
}

/// The data key that seals for a connector, if there is one.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn sealing_data_key(
    sql: &impl Sql,
    scope: &TenantScope,
    connector: &str,
) -> Result<Option<SealingDataKey>, StoreError> {
    let values = [tenant(scope), connector.into()];
    let rows = run(sql, Statement::new(data_keys::SEALING_DATA_KEY, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Every data key of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_data_keys(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<Vec<DataKeyRow>, StoreError> {
    let rows = run(
        sql,
        Statement::new(data_keys::LIST_DATA_KEYS, [tenant(scope)]),
    );
    rows.await?.decode()
}

/// Stores a new version of a data key and retires those before it, in one transaction.
/// From then on it alone seals.
///
/// # Errors
/// [`StoreError`]; a constraint when this version stands already.
pub async fn rotate_data_key(
    sql: &impl Sql,
    scope: &TenantScope,
    connector: &str,
    key: &NewDataKey,
    now_ms: i64,
) -> Result<(), StoreError> {
    let version = i64::from(key.version);
    let retire = [
        tenant(scope),
        connector.into(),
        version.into(),
        now_ms.into(),
    ];
    sql.batch(&[
        insert_data_key(scope, connector, key, now_ms),
        Statement::new(data_keys::RETIRE_DATA_KEYS, retire),
    ])
    .await?;
    Ok(())
}

/// Stores a data key that was wrapped anew; `false` when it is another than was read, or
/// gone.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn rewrap_data_key(
    sql: &impl Sql,
    scope: &TenantScope,
    before: &DataKeyRow,
    after: &NewDataKey,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let values = [
        tenant(scope),
        before.connector.as_str().into(),
        i64::from(before.version).into(),
        before.wrapped.as_str().into(),
        after.wrapped.as_str().into(),
        i64::from(after.key_encryption_key_version).into(),
        i64::from(after.erasure_generation).into(),
        now_ms.into(),
    ];
    let rows = run(sql, Statement::new(data_keys::REWRAP_DATA_KEY, values)).await?;
    Ok(!rows.0.is_empty())
}

/// Some of the connections that are sealed under a data key which no longer seals, in
/// order, behind one of them.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn outdated_connections(
    sql: &impl Sql,
    scope: &TenantScope,
    behind: &str,
    count: u32,
) -> Result<Vec<OutdatedConnection>, StoreError> {
    let values = [tenant(scope), behind.into(), i64::from(count).into()];
    let rows = run(sql, Statement::new(data_keys::OUTDATED_CONNECTIONS, values)).await?;
    rows.decode()
}

/// Stores a connection's fields as they are sealed under another data key, and counts
/// what that has sealed; `false` when the connection has other credentials by now.
///
/// # Errors
/// [`StoreError`]; a constraint when the data key is gone.
pub async fn reseal_connection(
    sql: &impl Sql,
    scope: &TenantScope,
    before: &OutdatedConnection,
    sealed: &str,
    seals: u64,
) -> Result<bool, StoreError> {
    let reseal = [
        tenant(scope),
        before.connection_id.as_str().into(),
        before.sealed.as_str().into(),
        sealed.into(),
        i64::from(before.data_key_version).into(),
    ];
    let mut rows = sql
        .batch(&[
            count_seals(scope, &before.connector, before.data_key_version, seals),
            Statement::new(data_keys::RESEAL_CONNECTION, reseal),
        ])
        .await?;
    Ok(rows.pop().is_some_and(|rows| !rows.0.is_empty()))
}

/// Deletes data keys that seal nothing any more and that no connection refers to.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_unused_data_keys(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<usize, StoreError> {
    let delete = Statement::new(data_keys::DELETE_UNUSED_DATA_KEYS, [tenant(scope)]);
    Ok(run(sql, delete).await?.0.len())
}

/// Takes the credentials of every connection and deletes every data key, in one
/// transaction. Says which connections had any.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn destroy_credentials(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<Vec<DestroyedConnection>, StoreError> {
    let statements = [
        Statement::new(data_keys::DESTROY_CREDENTIALS, [tenant(scope)]),
        Statement::new(data_keys::DELETE_DATA_KEYS, [tenant(scope)]),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    results.next().unwrap_or_default().decode()
}

/// How many data keys refer to which key-encryption key.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn count_data_keys(
    sql: &impl Sql,
    _scope: &PlatformScope,
) -> Result<Vec<DataKeyCount>, StoreError> {
    let rows = run(sql, Statement::new(data_keys::COUNT_DATA_KEYS, [])).await?;
    rows.decode()
}

/// Some of the tenants of whom a data key is not wrapped under this key-encryption key
/// and an erasure key, in order, behind one of them.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn outdated_tenants(
    sql: &impl Sql,
    _scope: &PlatformScope,
    connector: &str,
    current: u32,
    behind: &str,
    count: u32,
) -> Result<Vec<TenantId>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        tenant_id: TenantId,
    }
    let values = [
        connector.into(),
        i64::from(current).into(),
        behind.into(),
        i64::from(count).into(),
    ];
    let rows = run(sql, Statement::new(data_keys::OUTDATED_TENANTS, values)).await?;
    let rows: Vec<Row> = rows.decode()?;
    Ok(rows.into_iter().map(|row| row.tenant_id).collect())
}

/// Counts what a data key has sealed.
pub(crate) fn count_seals(
    scope: &TenantScope,
    connector: &str,
    version: u32,
    seals: u64,
) -> Statement {
    let seals = i64::try_from(seals).unwrap_or(i64::MAX);
    let values = [
        tenant(scope),
        connector.into(),
        i64::from(version).into(),
        seals.into(),
    ];
    Statement::new(data_keys::COUNT_SEALS, values)
}

fn tenant(scope: &TenantScope) -> Value {
    scope.tenant().as_str().into()
}
