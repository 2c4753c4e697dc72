//! API keys.

use lango_identity::{KeyId, PrincipalId, Role, TenantScope, TokenDigest};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Rows, Sql, Statement, StoreError, run},
    statements,
};

/// A key that has just been issued.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its identifier.
    pub key_id: KeyId,
    /// Who acts with it.
    pub principal_id: PrincipalId,
    /// What people call it.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Digest of the token.
    pub digest: TokenDigest,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970, as the token has it.
    pub expires_at: i64,
}

/// A key as lists show it: without its token, which is not stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its identifier.
    pub key_id: String,
    /// Who acts with it.
    pub principal_id: String,
    /// What people call it.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// In milliseconds since 1970, once it is revoked.
    pub revoked_at: Option<i64>,
}

/// Registers a key.
///
/// # Errors
/// [`StoreError`]; a constraint when it exists or the tenant does not.
pub async fn insert_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &NewKey,
) -> Result<(), StoreError> {
    let digest = String::from(key.digest);
    let values = [
        scope.tenant().as_str().into(),
        key.key_id.as_str().into(),
        key.principal_id.as_str().into(),
        key.name.as_str().into(),
        key.role.name().into(),
        digest.as_str().into(),
        key.created_at.into(),
        key.expires_at.into(),
    ];
    run(sql, Statement::new(statements::INSERT_KEY, values))
        .await
        .map(drop)
}

/// The tenant's keys, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_keys(sql: &impl Sql, scope: &TenantScope) -> Result<Vec<KeyRow>, StoreError> {
    run(
        sql,
        Statement::new(statements::LIST_KEYS, [scope.tenant().as_str().into()]),
    )
    .await
    .and_then(Rows::decode)
}

/// Revokes a key; `false` when the tenant has none of that name. Revoking twice
/// keeps the first moment.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn revoke_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyId,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        key.as_str().into(),
        now_ms.into(),
    ];
    let rows = run(sql, Statement::new(statements::REVOKE_KEY, values)).await?;
    Ok(!rows.0.is_empty())
}
