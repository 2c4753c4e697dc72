//! What a tenant is promised about where its calls run.

use lango_identity::TenantScope;
use lango_residency::{Enforcement, Promise, Residency};
use serde::Deserialize;

use crate::{
    port::{Sql, Statement, StoreError, run},
    statements::residency,
};

/// What a tenant is promised, and which change that was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredPromise {
    /// The promise.
    pub promise: Promise,
    /// How often it has been made; 0 for never.
    pub version: i64,
}

#[derive(Deserialize)]
pub(crate) struct PromiseColumns {
    residency: Residency,
    enforcement: Enforcement,
    version: i64,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

impl From<PromiseColumns> for StoredPromise {
    fn from(row: PromiseColumns) -> Self {
        Self {
            promise: Promise {
                residency: row.residency,
                enforcement: row.enforcement,
            },
            version: row.version,
        }
    }
}

/// What the tenant is promised.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_promise(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<StoredPromise, StoreError> {
    let values = [scope.tenant().as_str().into()];
    let rows = run(sql, Statement::new(residency::LOAD_PROMISE, values)).await?;
    let mut rows: Vec<PromiseColumns> = rows.decode()?;
    Ok(rows.pop().map(StoredPromise::from).unwrap_or_default())
}

/// Makes another promise, unless one was made since this version. Gives the new
/// version; `None` when one was.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn store_promise(
    sql: &impl Sql,
    scope: &TenantScope,
    promise: &Promise,
    version: i64,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        scope.tenant().as_str().into(),
        promise.residency.to_string().as_str().into(),
        promise.enforcement.name().into(),
        now_ms.into(),
    ];
    let statement = if version == 0 {
        Statement::new(residency::INSERT_PROMISE, values)
    } else {
        values.push(version.into());
        Statement::new(residency::CHANGE_PROMISE, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}
