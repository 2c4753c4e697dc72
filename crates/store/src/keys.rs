//! API keys.

use lango_admission::{AddressRanges, Allowance};
use lango_identity::{KeyId, PermissionSet, PrincipalId, RoleName, TenantScope, TokenDigest};
use serde::Deserialize;

use crate::{
    json,
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    quotas::Quota,
    roles::changed,
    statements,
};

/// A key, without its token, which is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyRow {
    /// Its identifier.
    pub key_id: KeyId,
    /// Who acts with it: a user, or the key itself as a program of the tenant's.
    pub principal_id: PrincipalId,
    /// What people call it.
    pub name: String,
    /// Its role; `None` when it has permissions of its own.
    pub role: Option<RoleName>,
    /// Its own permissions, instead of a role.
    #[serde(deserialize_with = "json::optional_column")]
    pub permissions: Option<PermissionSet>,
    /// The connections that it may use; `None` for all.
    #[serde(deserialize_with = "json::optional_column")]
    pub connections: Option<Vec<String>>,
    /// From where it may be used; `None` for anywhere.
    #[serde(deserialize_with = "json::optional_column")]
    pub address_ranges: Option<AddressRanges>,
    /// The principal who made it.
    pub created_by: Option<String>,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970, as the token has it or earlier.
    pub expires_at: i64,
    /// In milliseconds since 1970, once it is revoked.
    pub revoked_at: Option<i64>,
    /// In milliseconds since 1970; written at most once a minute.
    pub last_used_at: Option<i64>,
    /// The key that follows it.
    pub rotated_to: Option<KeyId>,
    /// How often it has changed, from 1.
    pub version: i64,
}

impl KeyRow {
    /// Whether its token may still pass; `now` is in seconds since 1970.
    #[must_use]
    pub fn is_in_force(&self, now: i64) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRevoked {
    /// It is, or was before: the first moment stays.
    Yes,
    /// The tenant has no such key.
    Unknown,
    /// It is the last way in for an Admin.
    LastAdmin,
}

/// Registers a key by the digest of its token.
///
/// # Errors
/// [`StoreError`]; a constraint when it exists or the tenant does not, a quota when there
/// are as many as there may be.
pub async fn insert_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyRow,
    digest: TokenDigest,
    of_plan: Allowance,
) -> Result<(), StoreError> {
    let guard = Quota::Keys.guard(scope, of_plan, key.created_at / 1_000);
    let batch = [insertion(scope, key, digest)?, guard];
    Ok(sql.batch(&batch).await.map(drop)?)
}

/// Registers the key that follows `old`, which ends at `old_ends_at` at the latest
/// (seconds since 1970); `false` when `old` is not in force or has been followed.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn rotate_key(
    sql: &impl Sql,
    scope: &TenantScope,
    old: &KeyRow,
    old_ends_at: i64,
    next: &KeyRow,
    digest: TokenDigest,
) -> Result<bool, StoreError> {
    let ending = [
        scope.tenant().as_str().into(),
        old.key_id.as_str().into(),
        next.key_id.as_str().into(),
        old_ends_at.into(),
        old.version.into(),
    ];
    // The new row comes in only where the old one says that it follows it.
    let mut following = insertion(scope, next, digest)?;
    following.text = statements::INSERT_ROTATED_KEY.to_owned();
    following.values.push(old.key_id.as_str().into());
    let batch = [
        Statement::new(statements::END_ROTATED_KEY, ending),
        following,
    ];
    let mut rows = sql.batch(&batch).await?.into_iter();
    Ok(rows.next().is_some_and(changed))
}

fn insertion(
    scope: &TenantScope,
    key: &KeyRow,
    digest: TokenDigest,
) -> Result<Statement, StoreError> {
    let digest = String::from(digest);
    let values = [
        scope.tenant().as_str().into(),
        key.key_id.as_str().into(),
        key.principal_id.as_str().into(),
        key.name.as_str().into(),
        Value::optional(key.role.as_ref().map(RoleName::as_str)),
        json::optional(key.permissions.as_ref())?,
        json::optional(key.connections.as_ref())?,
        json::optional(key.address_ranges.as_ref())?,
        digest.as_str().into(),
        Value::optional(key.created_by.as_deref()),
        key.created_at.into(),
        key.expires_at.into(),
    ];
    Ok(Statement::new(statements::INSERT_KEY, values))
}

/// The tenant's keys; those of one principal where one is named.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_keys(
    sql: &impl Sql,
    scope: &TenantScope,
    of: Option<&PrincipalId>,
    page: &Page,
) -> Result<Paged<KeyRow>, StoreError> {
    let [after, fetch] = page.values();
    let of = Value::optional(of.map(PrincipalId::as_str));
    let values = [scope.tenant().as_str().into(), after, fetch, of];
    let rows = run(sql, Statement::new(statements::LIST_KEYS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &KeyRow| row.key_id.as_str()))
}

/// One key of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyId,
) -> Result<Option<KeyRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), key.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_KEY, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Replaces what of a key may change, at this `version`; `false` when it has another
/// by now.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn change_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyRow,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        key.key_id.as_str().into(),
        key.name.as_str().into(),
        Value::optional(key.role.as_ref().map(RoleName::as_str)),
        json::optional(key.permissions.as_ref())?,
        json::optional(key.connections.as_ref())?,
        json::optional(key.address_ranges.as_ref())?,
        key.version.into(),
    ];
    run(sql, Statement::new(statements::CHANGE_KEY, values))
        .await
        .map(changed)
}

/// Revokes a key. The last way in for an Admin stays: an active user of that role,
/// or another key of it that is in force at `now` (seconds since 1970).
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn revoke_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyId,
    now_ms: i64,
) -> Result<KeyRevoked, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        key.as_str().into(),
        now_ms.into(),
    ];
    let rows = run(sql, Statement::new(statements::REVOKE_KEY, values)).await?;
    if changed(rows) {
        return Ok(KeyRevoked::Yes);
    }
    Ok(match load_key(sql, scope, key).await? {
        Some(_) => KeyRevoked::LastAdmin,
        None => KeyRevoked::Unknown,
    })
}

/// Remembers when a key was used last; nothing when it is not a key's identifier.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn touch_key(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyId,
    used_at_ms: i64,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        key.as_str().into(),
        used_at_ms.into(),
    ];
    run(sql, Statement::new(statements::TOUCH_KEY, values))
        .await
        .map(drop)
}
