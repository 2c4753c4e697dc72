//! Identity providers whose word a tenant takes.

use lango_admission::Allowance;
use lango_identity::{ClaimedTenant, IssuerId, PrincipalId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, run},
    quotas::Quota,
    statements,
};

/// A provider as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssuerRow {
    /// Its identifier here.
    pub issuer_id: IssuerId,
    /// The `iss` of its assertions.
    pub issuer: String,
    /// Its public keys: a JWK set.
    pub jwks: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

#[derive(Deserialize)]
struct SubjectRow {
    principal_id: PrincipalId,
}

/// Trusts a provider.
///
/// # Errors
/// [`StoreError`]; a constraint when the tenant trusts it already.
pub async fn insert_issuer(
    sql: &impl Sql,
    scope: &TenantScope,
    row: &IssuerRow,
    of_plan: Allowance,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        row.issuer_id.as_str().into(),
        row.issuer.as_str().into(),
        row.jwks.as_str().into(),
        row.created_at.into(),
    ];
    let guard = Quota::StoredBytes.guard(scope, of_plan, row.created_at);
    let batch = [Statement::new(statements::INSERT_ISSUER, values), guard];
    Ok(sql.batch(&batch).await.map(drop)?)
}

/// The tenant's providers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_issuers(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<IssuerRow>, StoreError> {
    let [after, fetch] = page.values();
    let values = [scope.tenant().as_str().into(), after, fetch];
    let rows = run(sql, Statement::new(statements::LIST_ISSUERS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &IssuerRow| row.issuer_id.as_str()))
}

/// Trusts a provider no longer; `false` when the tenant has none of that name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn delete_issuer(
    sql: &impl Sql,
    scope: &TenantScope,
    issuer: &IssuerId,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), issuer.as_str().into()];
    let rows = run(sql, Statement::new(statements::DELETE_ISSUER, values)).await?;
    Ok(!rows.0.is_empty())
}

/// Says which user a provider's subject is.
///
/// # Errors
/// [`StoreError`]; a constraint when the provider or the user is not the tenant's.
pub async fn map_subject(
    sql: &impl Sql,
    scope: &TenantScope,
    issuer: &IssuerId,
    subject: &str,
    principal: &PrincipalId,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        issuer.as_str().into(),
        subject.into(),
        principal.as_str().into(),
    ];
    run(sql, Statement::new(statements::MAP_SUBJECT, values))
        .await
        .map(drop)
}

/// The user that a provider's subject is.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn user_of_subject(
    sql: &impl Sql,
    scope: &TenantScope,
    issuer: &IssuerId,
    subject: &str,
) -> Result<Option<PrincipalId>, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        issuer.as_str().into(),
        subject.into(),
    ];
    let rows = run(sql, Statement::new(statements::USER_OF_SUBJECT, values)).await?;
    let mut rows: Vec<SubjectRow> = rows.decode()?;
    Ok(rows.pop().map(|row| row.principal_id))
}

/// The provider that an assertion names, to verify that assertion with.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn claimed_issuer(
    sql: &impl Sql,
    claimed: &ClaimedTenant,
    issuer: &str,
) -> Result<Option<IssuerRow>, StoreError> {
    let values = [claimed.tenant().as_str().into(), issuer.into()];
    let rows = run(sql, Statement::new(statements::CLAIMED_ISSUER, values)).await?;
    Ok(rows.decode()?.pop())
}
