//! People of a tenant.

use lango_identity::{PrincipalId, Role, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Rows, Sql, Statement, StoreError, run},
    statements,
};

/// A user who is being registered.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Their identifier.
    pub principal_id: PrincipalId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A user as lists show them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserRow {
    /// Their identifier.
    pub principal_id: PrincipalId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In milliseconds since 1970, while they may do nothing.
    pub suspended_at: Option<i64>,
}

/// What is to become of a user.
#[derive(Debug, Clone, Copy)]
pub struct UserChange {
    /// Another role.
    pub role: Option<Role>,
    /// Suspended from this moment, in milliseconds since 1970, or not at all.
    pub suspended_at: Option<Option<i64>>,
}

/// Registers a user.
///
/// # Errors
/// [`StoreError`]; a constraint when they exist or the tenant does not.
pub async fn insert_user(
    sql: &impl Sql,
    scope: &TenantScope,
    user: &NewUser,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        user.principal_id.as_str().into(),
        user.name.as_str().into(),
        user.role.name().into(),
        user.created_at.into(),
    ];
    run(sql, Statement::new(statements::INSERT_USER, values))
        .await
        .map(drop)
}

/// The tenant's users, by name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_users(sql: &impl Sql, scope: &TenantScope) -> Result<Vec<UserRow>, StoreError> {
    let values = [scope.tenant().as_str().into()];
    run(sql, Statement::new(statements::LIST_USERS, values))
        .await
        .and_then(Rows::decode)
}

/// One user of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_user(
    sql: &impl Sql,
    scope: &TenantScope,
    principal: &PrincipalId,
) -> Result<Option<UserRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), principal.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_USER, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Changes a user; `false` when the tenant has none of that name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn change_user(
    sql: &impl Sql,
    scope: &TenantScope,
    principal: &PrincipalId,
    change: UserChange,
) -> Result<bool, StoreError> {
    // Empty and −1 stand for "as it was": the port binds no NULL.
    let role = change.role.map_or("", Role::name);
    let suspended_at = match change.suspended_at {
        None => -1,
        Some(None) => 0,
        Some(Some(moment)) => moment,
    };
    let values = [
        scope.tenant().as_str().into(),
        principal.as_str().into(),
        role.into(),
        suspended_at.into(),
    ];
    let rows = run(sql, Statement::new(statements::CHANGE_USER, values)).await?;
    Ok(!rows.0.is_empty())
}
