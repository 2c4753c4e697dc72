//! Roles that a tenant has defined.

use lango_identity::{PermissionSet, RoleName, TenantScope};
use serde::Deserialize;

use crate::{
    json,
    page::{Page, Paged},
    port::{Rows, Sql, Statement, StoreError, run},
    statements,
};

/// A role of a tenant's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RoleRow {
    /// Its name, none of the built-in ones.
    pub role: RoleName,
    /// What it is for.
    pub description: String,
    /// What its holders may do.
    #[serde(deserialize_with = "json::column")]
    pub permissions: PermissionSet,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// How often it has changed, from 1.
    pub version: i64,
}

/// Defines a role.
///
/// # Errors
/// [`StoreError`]; a constraint when there is one of that name.
pub async fn insert_role(
    sql: &impl Sql,
    scope: &TenantScope,
    role: &RoleRow,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        role.role.as_str().into(),
        role.description.as_str().into(),
        json::text(&role.permissions)?,
        role.created_at.into(),
    ];
    run(sql, Statement::new(statements::INSERT_ROLE, values))
        .await
        .map(drop)
}

/// The tenant's roles.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_roles(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<RoleRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(statements::LIST_ROLES, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &RoleRow| row.role.as_str()))
}

/// One role of the tenant's own.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_role(
    sql: &impl Sql,
    scope: &TenantScope,
    role: &RoleName,
) -> Result<Option<RoleRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), role.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_ROLE, values)).await?;
    Ok(rows.decode()?.pop())
}

/// What holders of a role may do now, built in or the tenant's own; `None` when there
/// is no such role.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn role_permissions(
    sql: &impl Sql,
    scope: &TenantScope,
    role: &RoleName,
) -> Result<Option<PermissionSet>, StoreError> {
    if let Some(role) = role.built_in() {
        return Ok(Some(role.permissions()));
    }
    let row = load_role(sql, scope, role).await?;
    Ok(row.map(|row| row.permissions))
}

/// Replaces a role of this `version`; `false` when it has another one by now.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn change_role(
    sql: &impl Sql,
    scope: &TenantScope,
    role: &RoleRow,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        role.role.as_str().into(),
        role.description.as_str().into(),
        json::text(&role.permissions)?,
        role.version.into(),
    ];
    run(sql, Statement::new(statements::CHANGE_ROLE, values))
        .await
        .map(changed)
}

/// Deletes a role that nobody has; `false` when somebody has it, or it is not there.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_role(
    sql: &impl Sql,
    scope: &TenantScope,
    role: &RoleName,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), role.as_str().into()];
    run(sql, Statement::new(statements::DELETE_ROLE, values))
        .await
        .map(changed)
}

/// Whether a statement that returns what it changed has changed anything.
#[allow(clippy::needless_pass_by_value, reason = "read as `.map(changed)`")]
pub(crate) fn changed(rows: Rows) -> bool {
    !rows.0.is_empty()
}
