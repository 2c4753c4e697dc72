//! Sign-ins: what an access token, a refresh token and a browser's cookie are in
//! force by.

use lango_identity::{KeyId, PrincipalId, TenantScope, TokenDigest};
use serde::Deserialize;

use crate::{
    port::{Sql, Statement, StoreError, Value, run},
    sign_in::AccountKind,
    statements::sign_in as statements,
};

/// A session of somebody with an account, as it begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its identifier, which names its gate as well.
    pub session_id: KeyId,
    /// Of which kind they are.
    pub kind: AccountKind,
    /// Who they are.
    pub principal: PrincipalId,
    /// The digest of its refresh token; a browser's session has none.
    pub refresh: Option<TokenDigest>,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
}

/// What became of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The new one holds.
    Yes,
    /// It had been used before: the session has ended with this, for whoever has the
    /// newer one too.
    Reused {
        /// Whose session it was.
        principal: String,
    },
    /// The session has ended, or never was.
    Ended,
}

#[derive(Deserialize)]
struct SessionColumn {
    session_id: KeyId,
}

#[derive(Deserialize)]
struct PrincipalColumn {
    principal_id: String,
}

/// Begins a session.
///
/// # Errors
/// [`StoreError`]; a constraint when nobody of that name is the tenant's.
pub async fn insert_session(
    sql: &impl Sql,
    scope: &TenantScope,
    session: &NewSession,
) -> Result<(), StoreError> {
    let principal = || Value::from(session.principal.as_str());
    let (user, customer) = match session.kind {
        AccountKind::Employee => (principal(), Value::Null),
        AccountKind::Customer => (Value::Null, principal()),
    };
    let refresh = session.refresh.map(String::from);
    let values = [
        scope.tenant().as_str().into(),
        session.session_id.as_str().into(),
        user,
        customer,
        Value::optional(refresh.as_deref()),
        session.created_at.into(),
        session.expires_at.into(),
    ];
    run(sql, Statement::new(statements::INSERT_SESSION, values))
        .await
        .map(drop)
}

/// Puts a new refresh token in the place of the one that was used, if that one was the
/// last. One that was replaced before ends the session: it is in two hands. Both
/// happen in one transaction, so of two uses at once one is the second.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked: no token may be handed out.
pub async fn rotate_refresh(
    sql: &impl Sql,
    scope: &TenantScope,
    session: &KeyId,
    used: TokenDigest,
    new: TokenDigest,
    now_ms: i64,
) -> Result<Rotated, StoreError> {
    let (used, new) = (String::from(used), String::from(new));
    let tenant = scope.tenant().as_str();
    let rotate = [
        tenant.into(),
        session.as_str().into(),
        used.as_str().into(),
        new.as_str().into(),
        (now_ms / 1_000).into(),
    ];
    let end = [
        tenant.into(),
        session.as_str().into(),
        new.as_str().into(),
        now_ms.into(),
    ];
    let statements = [
        Statement::new(statements::ROTATE_REFRESH, rotate),
        Statement::new(statements::END_REUSED_SESSION, end),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    if !results.next().unwrap_or_default().0.is_empty() {
        return Ok(Rotated::Yes);
    }
    let mut ended: Vec<PrincipalColumn> = results.next().unwrap_or_default().decode()?;
    Ok(match ended.pop() {
        Some(row) => Rotated::Reused {
            principal: row.principal_id,
        },
        None => Rotated::Ended,
    })
}

/// Ends a session; `false` when it was not in force.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn end_session(
    sql: &impl Sql,
    scope: &TenantScope,
    session: &KeyId,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        session.as_str().into(),
        now_ms.into(),
    ];
    let rows = run(sql, Statement::new(statements::END_SESSION, values)).await?;
    Ok(!rows.0.is_empty())
}

/// Ends every session of somebody but one, and says which: their gates are to be told.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn end_sessions_of(
    sql: &impl Sql,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
    except: Option<&KeyId>,
    now_ms: i64,
) -> Result<Vec<KeyId>, StoreError> {
    let text = match kind {
        AccountKind::Employee => statements::END_SESSIONS_OF_USER,
        AccountKind::Customer => statements::END_SESSIONS_OF_CUSTOMER,
    };
    let values = [
        scope.tenant().as_str().into(),
        principal.as_str().into(),
        now_ms.into(),
        except.map_or("", KeyId::as_str).into(),
    ];
    sessions(run(sql, Statement::new(text, values)).await?)
}

/// The sessions of somebody that are in force: when they are suspended, or their
/// rights change, their gates are to be told.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn sessions_of(
    sql: &impl Sql,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
    now_ms: i64,
) -> Result<Vec<KeyId>, StoreError> {
    let text = match kind {
        AccountKind::Employee => statements::SESSIONS_OF_USER,
        AccountKind::Customer => statements::SESSIONS_OF_CUSTOMER,
    };
    let values = [
        scope.tenant().as_str().into(),
        principal.as_str().into(),
        (now_ms / 1_000).into(),
    ];
    sessions(run(sql, Statement::new(text, values)).await?)
}

fn sessions(rows: crate::port::Rows) -> Result<Vec<KeyId>, StoreError> {
    let rows: Vec<SessionColumn> = rows.decode()?;
    Ok(rows.into_iter().map(|row| row.session_id).collect())
}
