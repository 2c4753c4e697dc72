//! Hashes of passwords, and invitations to set one.

use lango_identity::{KeyId, PrincipalId, TenantScope, TokenDigest};
use serde::Deserialize;

use crate::{
    port::{Sql, Statement, StoreError, run},
    sign_in::AccountKind,
    statements::sign_in as statements,
};

/// An invitation that is being made.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Its identifier.
    pub invitation_id: KeyId,
    /// Of which kind the invited one is.
    pub kind: AccountKind,
    /// Who is invited.
    pub principal: PrincipalId,
    /// The digest of the text that is handed over.
    pub digest: TokenDigest,
    /// The administrator who invites.
    pub created_by: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
}

/// Who has taken an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Of which kind they are.
    pub kind: AccountKind,
    /// Who they are.
    pub principal: PrincipalId,
}

#[derive(Deserialize)]
struct InvitedColumns {
    user_id: Option<PrincipalId>,
    customer_id: Option<PrincipalId>,
}

/// Sets the hash of somebody's password; `false` when the tenant has nobody of that
/// name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn set_password(
    sql: &impl Sql,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
    hash: &str,
) -> Result<bool, StoreError> {
    let text = match kind {
        AccountKind::Employee => statements::SET_USER_PASSWORD,
        AccountKind::Customer => statements::SET_CUSTOMER_PASSWORD,
    };
    let values = [
        scope.tenant().as_str().into(),
        principal.as_str().into(),
        hash.into(),
    ];
    let rows = run(sql, Statement::new(text, values)).await?;
    Ok(!rows.0.is_empty())
}

/// Puts a stronger hash of the same password in the place of the one that was checked,
/// unless the password has changed meanwhile. Nobody sees a change: the version stays.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn upgrade_password(
    sql: &impl Sql,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
    checked: &str,
    hash: &str,
) -> Result<(), StoreError> {
    let text = match kind {
        AccountKind::Employee => statements::UPGRADE_USER_PASSWORD,
        AccountKind::Customer => statements::UPGRADE_CUSTOMER_PASSWORD,
    };
    let values = [
        scope.tenant().as_str().into(),
        principal.as_str().into(),
        checked.into(),
        hash.into(),
    ];
    run(sql, Statement::new(text, values)).await.map(drop)
}

/// Makes an invitation; the ones before it end. `false` when the tenant has nobody of
/// that name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn insert_invitation(
    sql: &impl Sql,
    scope: &TenantScope,
    invitation: &NewInvitation,
) -> Result<bool, StoreError> {
    let (end, insert) = match invitation.kind {
        AccountKind::Employee => (
            statements::END_USER_INVITATIONS,
            statements::INSERT_USER_INVITATION,
        ),
        AccountKind::Customer => (
            statements::END_CUSTOMER_INVITATIONS,
            statements::INSERT_CUSTOMER_INVITATION,
        ),
    };
    let tenant = scope.tenant().as_str();
    let digest = String::from(invitation.digest);
    let ended = [tenant.into(), invitation.principal.as_str().into()];
    let inserted = [
        tenant.into(),
        invitation.invitation_id.as_str().into(),
        invitation.principal.as_str().into(),
        digest.as_str().into(),
        invitation.created_by.as_str().into(),
        invitation.created_at.into(),
        invitation.expires_at.into(),
    ];
    let statements = [Statement::new(end, ended), Statement::new(insert, inserted)];
    let rows = sql.batch(&statements).await?.pop().unwrap_or_default();
    Ok(!rows.0.is_empty())
}

/// Whose invitation it is, while it can be used: asked before a password is hashed.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn invited(
    sql: &impl Sql,
    scope: &TenantScope,
    invitation: &KeyId,
    digest: TokenDigest,
    now_ms: i64,
) -> Result<Option<Invited>, StoreError> {
    let digest = String::from(digest);
    let values = [
        scope.tenant().as_str().into(),
        invitation.as_str().into(),
        digest.as_str().into(),
        (now_ms / 1_000).into(),
    ];
    let rows = run(sql, Statement::new(statements::LOAD_INVITATION, values)).await?;
    Ok(rows.decode()?.pop().and_then(InvitedColumns::read))
}

/// Uses an invitation: the password is set and the invitation ends, in one
/// transaction. `None` when it had ended before.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn accept_invitation(
    sql: &impl Sql,
    scope: &TenantScope,
    invitation: &KeyId,
    digest: TokenDigest,
    hash: &str,
    now_ms: i64,
) -> Result<Option<Invited>, StoreError> {
    let digest = String::from(digest);
    let named = || {
        [
            scope.tenant().as_str().into(),
            invitation.as_str().into(),
            digest.as_str().into(),
            (now_ms / 1_000).into(),
        ]
        .into_iter()
    };
    let statements = [
        Statement::new(
            statements::ACCEPT_USER_INVITATION,
            named().chain([hash.into()]),
        ),
        Statement::new(
            statements::ACCEPT_CUSTOMER_INVITATION,
            named().chain([hash.into()]),
        ),
        Statement::new(statements::USE_INVITATION, named().chain([now_ms.into()])),
    ];
    let rows = sql.batch(&statements).await?.pop().unwrap_or_default();
    Ok(rows.decode()?.pop().and_then(InvitedColumns::read))
}

impl InvitedColumns {
    fn read(self) -> Option<Invited> {
        let (kind, principal) = match (self.user_id, self.customer_id) {
            (Some(user), _) => (AccountKind::Employee, user),
            (None, customer) => (AccountKind::Customer, customer?),
        };
        Some(Invited { kind, principal })
    }
}
