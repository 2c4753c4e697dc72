//! What users have allowed assistants.

use lango_identity::{KeyId, PermissionSet, PrincipalId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    page::{Page, Paged},
    port::{Rows, Sql, Statement, StoreError, Value, run},
    statements,
};

/// A grant that has just been made.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Its identifier.
    pub grant_id: KeyId,
    /// The user who made it.
    pub principal_id: String,
    /// The assistant.
    pub client_id: String,
    /// The assistant's name as the user saw it.
    pub client_name: String,
    /// The rights.
    pub permissions: PermissionSet,
    /// The connections, or `None` for all.
    pub connections: Option<Vec<String>>,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
}

/// A grant as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct GrantRow {
    /// Its identifier.
    pub grant_id: KeyId,
    /// The user who made it.
    pub principal_id: PrincipalId,
    /// What the user is called.
    pub user: String,
    /// The assistant.
    pub client_id: String,
    /// The assistant's name as the user saw it.
    pub client_name: String,
    /// The rights. The user's role bounds them.
    pub permissions: PermissionSet,
    /// The connections, or `None` for all.
    pub connections: Option<Vec<String>>,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// In milliseconds since 1970, once it is revoked.
    pub revoked_at: Option<i64>,
}

impl GrantRow {
    /// Whether its tokens may still pass; `now` is in seconds since 1970.
    #[must_use]
    pub fn is_in_force(&self, now: i64) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

#[derive(Deserialize)]
struct Columns {
    grant_id: KeyId,
    principal_id: PrincipalId,
    user: String,
    client_id: String,
    client_name: String,
    permissions: String,
    connections: Option<String>,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

/// Registers a grant: from now on its access tokens pass.
///
/// # Errors
/// [`StoreError`]; a constraint when it exists or its user does not.
pub async fn insert_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &NewGrant,
) -> Result<(), StoreError> {
    let values = grant.values(scope)?;
    run(sql, Statement::new(statements::INSERT_GRANT, values))
        .await
        .map(drop)
}

/// Registers a grant or gives it other terms; `false` when it has been revoked,
/// which nothing takes back.
///
/// # Errors
/// [`StoreError`]; a constraint when its user does not exist.
pub async fn renew_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &NewGrant,
) -> Result<bool, StoreError> {
    let values = grant.values(scope)?;
    let rows = run(sql, Statement::new(statements::RENEW_GRANT, values)).await?;
    Ok(!rows.0.is_empty())
}

impl NewGrant {
    fn values(&self, scope: &TenantScope) -> Result<[Value; 9], StoreError> {
        let json = |value: serde_json::Result<String>| {
            value.map_err(|error| StoreError::Row(error.to_string()))
        };
        let permissions = json(serde_json::to_string(&self.permissions))?;
        // Empty stands for NULL, which the port does not bind.
        let connections = match &self.connections {
            Some(connections) => json(serde_json::to_string(connections))?,
            None => String::new(),
        };
        Ok([
            scope.tenant().as_str().into(),
            self.grant_id.as_str().into(),
            self.principal_id.as_str().into(),
            self.client_id.as_str().into(),
            self.client_name.as_str().into(),
            permissions.as_str().into(),
            connections.as_str().into(),
            self.created_at.into(),
            self.expires_at.into(),
        ])
    }
}

/// The tenant's grants.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_grants(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<GrantRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(statements::LIST_GRANTS, values)).await?;
    Ok(page.cut(read(rows)?, |row| row.grant_id.as_str()))
}

/// One grant of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &KeyId,
) -> Result<Option<GrantRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), grant.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_GRANT, values)).await?;
    Ok(read(rows)?.pop())
}

/// One user's grants, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_grants_of(
    sql: &impl Sql,
    scope: &TenantScope,
    principal: &PrincipalId,
) -> Result<Vec<GrantRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), principal.as_str().into()];
    let rows = run(sql, Statement::new(statements::LIST_GRANTS_OF, values)).await?;
    read(rows)
}

/// Revokes a grant; `false` when the tenant has none of that name. Revoking twice
/// keeps the first moment.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn revoke_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &KeyId,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        grant.as_str().into(),
        now_ms.into(),
    ];
    let rows = run(sql, Statement::new(statements::REVOKE_GRANT, values)).await?;
    Ok(!rows.0.is_empty())
}

fn read(rows: Rows) -> Result<Vec<GrantRow>, StoreError> {
    let columns: Vec<Columns> = rows.decode()?;
    columns.into_iter().map(Columns::read).collect()
}

impl Columns {
    fn read(self) -> Result<GrantRow, StoreError> {
        let unreadable = |error: serde_json::Error| StoreError::Row(error.to_string());
        Ok(GrantRow {
            grant_id: self.grant_id,
            principal_id: self.principal_id,
            user: self.user,
            client_id: self.client_id,
            client_name: self.client_name,
            permissions: serde_json::from_str(&self.permissions).map_err(unreadable)?,
            connections: self
                .connections
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(unreadable)?,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }
}
