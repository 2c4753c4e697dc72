//! Employees of a tenant.

use lango_admission::Allowance;
use lango_identity::{Authority, PermissionSet, PrincipalId, Reach, RoleName, TenantScope};
use serde::Deserialize;

use crate::{
    json,
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    quotas::Quota,
    roles::changed,
    statements,
};

/// An employee, without what they sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserRow {
    /// Their identifier.
    pub principal_id: PrincipalId,
    /// What they are called.
    pub name: String,
    /// What they sign in with, beside a password.
    pub email: Option<String>,
    /// Where one-time codes go, in E.164.
    pub phone: Option<String>,
    /// What they may do.
    pub role: RoleName,
    /// The connections that they may use; `None` for all.
    #[serde(deserialize_with = "json::optional_column")]
    pub connections: Option<Vec<String>>,
    /// The tables that they may read; `None` for all.
    #[serde(deserialize_with = "json::optional_column")]
    pub allow_tables: Option<Vec<String>>,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In milliseconds since 1970, while they may do nothing.
    pub suspended_at: Option<i64>,
    /// Whether a password is set: 0 or 1.
    pub has_password: u8,
    /// How often they have changed, from 1.
    pub version: i64,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChanged {
    /// It is stored.
    Yes,
    /// The row has another version by now.
    Stale,
    /// It would have taken the tenant's last Admin away.
    LastAdmin,
}

impl UserRow {
    /// What they may hand on, with what their role may.
    #[must_use]
    pub fn authority(&self, of_role: PermissionSet) -> Authority {
        Authority {
            permissions: of_role,
            connections: Reach::of(self.connections.as_deref()),
            tables: Reach::of(self.allow_tables.as_deref()),
        }
    }
}

/// Registers a user.
///
/// # Errors
/// [`StoreError`]; a constraint when their address or number is somebody else's.
pub async fn insert_user(
    sql: &impl Sql,
    scope: &TenantScope,
    user: &UserRow,
    of_plan: Allowance,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        user.principal_id.as_str().into(),
        user.name.as_str().into(),
        Value::optional(user.email.as_deref()),
        Value::optional(user.phone.as_deref()),
        user.role.as_str().into(),
        json::optional(user.connections.as_ref())?,
        json::optional(user.allow_tables.as_ref())?,
        user.created_at.into(),
    ];
    let guard = Quota::Users.guard(scope, of_plan, user.created_at);
    let batch = [Statement::new(statements::INSERT_USER, values), guard];
    Ok(sql.batch(&batch).await.map(drop)?)
}

/// The tenant's users.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_users(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<UserRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(statements::LIST_USERS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &UserRow| row.principal_id.as_str()))
}

/// One user of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_user(
    sql: &impl Sql,
    scope: &TenantScope,
    principal: &PrincipalId,
) -> Result<Option<UserRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), principal.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_USER, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Replaces a user of this `version`. The last active Admin stays one.
///
/// # Errors
/// [`StoreError`]; a constraint when their address or number is somebody else's.
pub async fn change_user(
    sql: &impl Sql,
    scope: &TenantScope,
    user: &UserRow,
) -> Result<UserChanged, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        user.principal_id.as_str().into(),
        user.name.as_str().into(),
        Value::optional(user.email.as_deref()),
        Value::optional(user.phone.as_deref()),
        user.role.as_str().into(),
        json::optional(user.connections.as_ref())?,
        json::optional(user.allow_tables.as_ref())?,
        Value::optional(user.suspended_at),
        user.version.into(),
    ];
    let rows = run(sql, Statement::new(statements::CHANGE_USER, values)).await?;
    if changed(rows) {
        return Ok(UserChanged::Yes);
    }
    let now = load_user(sql, scope, &user.principal_id).await?;
    let is_stale = now.is_none_or(|now| now.version != user.version);
    Ok(if is_stale {
        UserChanged::Stale
    } else {
        UserChanged::LastAdmin
    })
}
