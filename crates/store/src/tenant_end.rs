//! What is to be told of a tenant's change, and the end of everything that it has.

use lango_identity::{KeyId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Rows, Sql, Statement, StoreError, Value},
    statements::tenancy,
};

/// The objects of a tenant that are named after something in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantObjects {
    /// API keys.
    pub keys: Vec<KeyId>,
    /// What users have granted assistants.
    pub grants: Vec<KeyId>,
    /// Sign-ins.
    pub sessions: Vec<KeyId>,
}

impl TenantObjects {
    /// Everything that has a gate.
    pub fn gates(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.iter().chain(&self.grants).chain(&self.sessions)
    }
}

#[derive(Deserialize)]
struct Id {
    id: KeyId,
}

/// What a change of the tenant must reach: whatever is in force. `now` is seconds
/// since 1970.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn objects_in_force(
    sql: &impl Sql,
    scope: &TenantScope,
    now: i64,
) -> Result<TenantObjects, StoreError> {
    let values = || [scope.tenant().as_str().into(), now.into()];
    objects(
        sql,
        [
            Statement::new(tenancy::KEYS_IN_FORCE, values()),
            Statement::new(tenancy::GRANTS_IN_FORCE, values()),
            Statement::new(tenancy::SESSIONS_IN_FORCE, values()),
        ],
    )
    .await
}

/// Everything of the tenant that has an object, in force or not.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn all_objects(sql: &impl Sql, scope: &TenantScope) -> Result<TenantObjects, StoreError> {
    let values = || [scope.tenant().as_str().into()];
    objects(
        sql,
        [
            Statement::new(tenancy::ALL_KEYS, values()),
            Statement::new(tenancy::ALL_GRANTS, values()),
            Statement::new(tenancy::ALL_SESSIONS, values()),
        ],
    )
    .await
}

/// Deletes every row of the tenant and leaves its identifier, if it is closed and its
/// time has come; says whether it did. In one transaction, so that a tenant that is
/// reopened meanwhile either keeps everything or was too late.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked; nothing is deleted then.
pub async fn erase_tenant(
    sql: &impl Sql,
    scope: &TenantScope,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let values = || -> Vec<Value> { vec![scope.tenant().as_str().into(), now_ms.into()] };
    let mut statements: Vec<Statement> = tenancy::ERASED_TABLES
        .iter()
        .map(|table| Statement {
            text: tenancy::erase(table),
            values: values(),
        })
        .collect();
    statements.push(Statement::new(tenancy::MARK_ERASED, values()));
    let marked = sql.batch(&statements).await?.pop().unwrap_or_default();
    Ok(!marked.0.is_empty())
}

async fn objects(sql: &impl Sql, statements: [Statement; 3]) -> Result<TenantObjects, StoreError> {
    let mut results = sql.batch(&statements).await?.into_iter();
    let mut next = || ids(results.next().unwrap_or_default());
    Ok(TenantObjects {
        keys: next()?,
        grants: next()?,
        sessions: next()?,
    })
}

fn ids(rows: Rows) -> Result<Vec<KeyId>, StoreError> {
    let rows: Vec<Id> = rows.decode()?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
