//! A tenant's register of transfers.

use std::collections::BTreeSet;

use lango_identity::{TenantScope, TransferId};
use lango_residency::{Country, DataClass, LegalGround};
use serde::Deserialize;

use crate::{
    json,
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    roles::changed,
    statements::residency,
};

/// An entry of the register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TransferRow {
    /// Its identifier.
    pub transfer_id: TransferId,
    /// Which system gets the data.
    pub system: String,
    /// The connection by which it does, where it is one.
    pub connection_id: Option<String>,
    /// Who runs the system.
    pub vendor: String,
    /// Where they do, as they call it.
    pub vendor_region: String,
    /// The country that this is in.
    pub vendor_country: Country,
    /// Which data.
    #[serde(deserialize_with = "json::column")]
    pub data_classes: BTreeSet<DataClass>,
    /// On which grounds.
    #[serde(deserialize_with = "json::column")]
    pub legal_grounds: BTreeSet<LegalGround>,
    /// What there is to say besides.
    pub note: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In milliseconds since 1970.
    pub changed_at: i64,
    /// How often it has changed, from 1.
    pub version: i64,
}

/// Writes an entry into the register.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn insert_transfer(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &TransferRow,
) -> Result<(), StoreError> {
    let mut values = values(scope, row)?;
    values.push(row.created_at.into());
    run(sql, Statement::new(residency::INSERT_TRANSFER, values))
        .await
        .map(drop)
}

/// The register, in the order of the identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_transfers(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<TransferRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(residency::LIST_TRANSFERS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &TransferRow| row.transfer_id.as_str()))
}

/// One entry of the tenant's register.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_transfer(
    sql: &impl Sql,
    scope: &TenantScope,
    transfer: &TransferId,
) -> Result<Option<TransferRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), transfer.as_str().into()];
    let rows = run(sql, Statement::new(residency::LOAD_TRANSFER, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Replaces an entry of this `version`; `false` when it has another by now.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn change_transfer(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &TransferRow,
) -> Result<bool, StoreError> {
    let mut values = values(scope, row)?;
    values.extend([row.changed_at.into(), row.version.into()]);
    run(sql, Statement::new(residency::CHANGE_TRANSFER, values))
        .await
        .map(changed)
}

/// Takes an entry out of the register; `false` when there is none.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_transfer(
    sql: &impl Sql,
    scope: &TenantScope,
    transfer: &TransferId,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), transfer.as_str().into()];
    run(sql, Statement::new(residency::DELETE_TRANSFER, values))
        .await
        .map(changed)
}

/// The columns that both kinds of write have, in their order.
fn values(scope: &TenantScope, row: &TransferRow) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        scope.tenant().as_str().into(),
        row.transfer_id.as_str().into(),
        row.system.as_str().into(),
        Value::optional(row.connection_id.as_deref()),
        row.vendor.as_str().into(),
        row.vendor_region.as_str().into(),
        row.vendor_country.to_string().as_str().into(),
        json::text(&row.data_classes)?,
        json::text(&row.legal_grounds)?,
        row.note.as_str().into(),
    ])
}
