//! What a tenant's Admin lets the platform's support do, for a while.

use lango_identity::{AdminId, ClaimedTenant, KeyId, PermissionSet, SupportGrantId, TenantScope};
use serde::Deserialize;

use crate::{
    json,
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, run},
    statements::tenancy,
};

/// A support grant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SupportGrant {
    /// Its identifier.
    pub grant_id: SupportGrantId,
    /// What it allows.
    #[serde(deserialize_with = "json::column")]
    pub permissions: PermissionSet,
    /// What it is for.
    pub reason: String,
    /// Who has given it.
    pub granted_by: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// In milliseconds since 1970, once it is revoked.
    pub revoked_at: Option<i64>,
}

/// A sign-in of a platform admin under a support grant.
#[derive(Debug, Clone)]
pub struct NewSupportSession {
    /// Its identifier.
    pub session_id: KeyId,
    /// The grant.
    pub grant_id: SupportGrantId,
    /// Who signs in.
    pub admin_id: AdminId,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
}

#[derive(Deserialize)]
struct SessionColumns {
    session_id: KeyId,
}

/// Stores a new grant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn insert_support_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &SupportGrant,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        grant.grant_id.as_str().into(),
        json::text(&grant.permissions)?,
        grant.reason.as_str().into(),
        grant.granted_by.as_str().into(),
        grant.created_at.into(),
        grant.expires_at.into(),
    ];
    run(sql, Statement::new(tenancy::INSERT_SUPPORT_GRANT, values))
        .await
        .map(drop)
}

/// The tenant's support grants, in the order of their identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_support_grants(
    sql: &impl Sql,
    scope: &TenantScope,
    page: &Page,
) -> Result<Paged<SupportGrant>, StoreError> {
    let [id, limit] = page.values();
    let values = [scope.tenant().as_str().into(), id, limit];
    let rows = run(sql, Statement::new(tenancy::LIST_SUPPORT_GRANTS, values)).await?;
    Ok(page.cut(rows.decode()?, |row: &SupportGrant| row.grant_id.as_str()))
}

/// One support grant of the tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_support_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &SupportGrantId,
) -> Result<Option<SupportGrant>, StoreError> {
    let values = [scope.tenant().as_str().into(), grant.as_str().into()];
    let rows = run(sql, Statement::new(tenancy::LOAD_SUPPORT_GRANT, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Ends a grant and every session under it, and says which sessions there are.
/// `None` when the tenant has no such grant in force.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn revoke_support_grant(
    sql: &impl Sql,
    scope: &TenantScope,
    grant: &SupportGrantId,
    now_ms: i64,
) -> Result<Option<Vec<KeyId>>, StoreError> {
    let values = || {
        [
            scope.tenant().as_str().into(),
            grant.as_str().into(),
            now_ms.into(),
        ]
    };
    let statements = [
        Statement::new(tenancy::REVOKE_SUPPORT_GRANT, values()),
        Statement::new(tenancy::END_SUPPORT_SESSIONS, values()),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    let revoked = results.next().unwrap_or_default();
    let sessions: Vec<SessionColumns> = results.next().unwrap_or_default().decode()?;
    if revoked.0.is_empty() {
        return Ok(None);
    }
    Ok(Some(
        sessions.into_iter().map(|row| row.session_id).collect(),
    ))
}

/// The support grant of an active tenant that is in force for longest; `None` when
/// there is none. The one thing that a platform admin may look up in a tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn claimed_support(
    sql: &impl Sql,
    tenant: &ClaimedTenant,
    now: i64,
) -> Result<Option<SupportGrant>, StoreError> {
    let values = [tenant.tenant().as_str().into(), now.into()];
    let rows = run(sql, Statement::new(tenancy::SUPPORT_IN_FORCE, values)).await?;
    Ok(rows.decode()?.pop())
}

/// Registers a sign-in under a support grant.
///
/// # Errors
/// [`StoreError`]; a constraint when the tenant has no such grant.
pub async fn insert_support_session(
    sql: &impl Sql,
    scope: &TenantScope,
    session: &NewSupportSession,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        session.session_id.as_str().into(),
        session.grant_id.as_str().into(),
        session.admin_id.as_str().into(),
        session.created_at.into(),
        session.expires_at.into(),
    ];
    run(sql, Statement::new(tenancy::INSERT_SUPPORT_SESSION, values))
        .await
        .map(drop)
}
