//! End customers of a tenant.

use lango_admission::Allowance;
use lango_identity::{PrincipalId, TenantScope};
use serde::Deserialize;

use crate::{
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    quotas::Quota,
    roles::changed,
    statements,
};

/// A customer, without what they sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CustomerRow {
    /// Their identifier.
    pub principal_id: PrincipalId,
    /// The number that the tenant's systems know them by: all that they see is its.
    pub customer_number: String,
    /// What they are called.
    pub name: String,
    /// What they sign in with, beside a password.
    pub email: Option<String>,
    /// Where one-time codes go, in E.164.
    pub phone: Option<String>,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In milliseconds since 1970, while they may do nothing.
    pub suspended_at: Option<i64>,
    /// Whether a password is set: 0 or 1.
    pub has_password: u8,
    /// How often they have changed, from 1.
    pub version: i64,
}

/// Registers a customer.
///
/// # Errors
/// [`StoreError`]; a constraint when number, address or phone is somebody else's.
pub async fn insert_customer(
    sql: &impl Sql,
    scope: &TenantScope,
    customer: &CustomerRow,
    of_plan: Allowance,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        customer.principal_id.as_str().into(),
        customer.customer_number.as_str().into(),
        customer.name.as_str().into(),
        Value::optional(customer.email.as_deref()),
        Value::optional(customer.phone.as_deref()),
        customer.created_at.into(),
    ];
    let guard = Quota::Customers.guard(scope, of_plan, customer.created_at);
    let batch = [Statement::new(statements::INSERT_CUSTOMER, values), guard];
    Ok(sql.batch(&batch).await.map(drop)?)
}

/// The tenant's customers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_customers(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<CustomerRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(statements::LIST_CUSTOMERS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &CustomerRow| {
        row.principal_id.as_str()
    }))
}

/// One customer of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_customer(
    sql: &impl Sql,
    scope: &TenantScope,
    principal: &PrincipalId,
) -> Result<Option<CustomerRow>, StoreError> {
    let values = [scope.tenant().as_str().into(), principal.as_str().into()];
    let rows = run(sql, Statement::new(statements::LOAD_CUSTOMER, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Replaces a customer of this `version`; `false` when they have another by now.
/// The customer number stays: another number is another customer.
///
/// # Errors
/// [`StoreError`]; a constraint when address or phone is somebody else's.
pub async fn change_customer(
    sql: &impl Sql,
    scope: &TenantScope,
    customer: &CustomerRow,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        customer.principal_id.as_str().into(),
        customer.name.as_str().into(),
        Value::optional(customer.email.as_deref()),
        Value::optional(customer.phone.as_deref()),
        Value::optional(customer.suspended_at),
        customer.version.into(),
    ];
    run(sql, Statement::new(statements::CHANGE_CUSTOMER, values))
        .await
        .map(changed)
}
