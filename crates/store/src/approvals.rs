//! Calls of a tenant that are held until somebody has approved them.

use lango_approvals::{Decided, Standing, Status};
use lango_guard::Reason;
use lango_identity::{ApprovalId, KeyId, TenantScope};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    json,
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    roles::changed,
    statements::guard,
};

/// The most calls of one key that are held at once.
pub const MAXIMUM_PENDING: i64 = 100;
/// How long an approval is kept that is of no more use, in milliseconds.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// A call that is to be held.
#[derive(Clone)]
pub struct NewApproval {
    /// Its identifier, if it is not held already.
    pub approval_id: ApprovalId,
    /// The key, grant or sign-in that it was made with.
    pub gate: KeyId,
    /// Who acts.
    pub principal: String,
    /// The tool.
    pub tool: String,
    /// The connection.
    pub connection_id: String,
    /// The digest of the exact arguments.
    pub arguments_sha256: String,
    /// Why, without texts of anybody's.
    pub reasons: Vec<Reason>,
    /// The arguments and the whole reasons, sealed.
    pub sealed: String,
    /// Where it stands.
    pub standing: Standing,
}

/// An approval as it is stored.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct ApprovalRow {
    /// Its identifier.
    pub approval_id: ApprovalId,
    /// The key, grant or sign-in that the call was made with.
    pub gate: KeyId,
    /// Who asked.
    pub principal: String,
    /// The tool.
    pub tool: String,
    /// The connection.
    pub connection_id: String,
    /// The digest of the exact arguments.
    pub arguments_sha256: String,
    /// Why it is held, without texts of anybody's.
    #[serde(deserialize_with = "json::column")]
    pub reasons: Vec<Reason>,
    /// The arguments and the whole reasons, sealed, while it is pending.
    pub sealed: Option<String>,
    #[serde(deserialize_with = "status")]
    status: Status,
    created_at: i64,
    expires_at: i64,
    decided_at: Option<i64>,
    /// Who has decided.
    pub decided_by: Option<String>,
    /// What they said.
    pub note: String,
    /// The call that was made.
    pub used_call_id: Option<String>,
}

/// What became of a call that was to be held.
#[derive(Clone, PartialEq, Eq)]
pub enum Requested {
    /// It is held under this approval.
    Pending(Box<ApprovalRow>),
    /// It was refused, and is not asked about again for a while.
    Refused(Box<ApprovalRow>),
    /// Too many calls of the key are held.
    TooMany,
}

impl ApprovalRow {
    /// Where it stands, as of the last change.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            status: self.status,
            created_at: self.created_at,
            expires_at: self.expires_at,
            decided_at: self.decided_at,
        }
    }
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

/// Holds a call, or finds what holds it already.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked: the call must be refused then.
pub async fn request_approval(
    sql: &impl Sql,
    scope: &TenantScope,
    new: &NewApproval,
) -> Result<Requested, StoreError> {
    let tenant = || Value::from(scope.tenant().as_str());
    let now = new.standing.created_at;
    let call = [
        new.gate.as_str().into(),
        new.tool.as_str().into(),
        new.connection_id.as_str().into(),
        new.arguments_sha256.as_str().into(),
    ];
    let statements = [
        Statement::new(guard::EXPIRE_APPROVALS, [tenant(), now.into()]),
        Statement::new(
            guard::FORGET_APPROVALS,
            [tenant(), now.saturating_sub(KEPT_MS).into()],
        ),
        Statement::new(guard::INSERT_APPROVAL, inserted(scope, new)?),
        Statement::new(
            guard::STANDING_APPROVAL,
            [tenant()].into_iter().chain(call).chain([now.into()]),
        ),
    ];
    let found = sql.batch(&statements).await?.pop().unwrap_or_default();
    let row: Option<ApprovalRow> = found.decode()?.pop();
    Ok(match row.map(Box::new) {
        Some(row) if row.status == Status::Refused => Requested::Refused(row),
        Some(row) => Requested::Pending(row),
        None => Requested::TooMany,
    })
}

fn inserted(scope: &TenantScope, new: &NewApproval) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        scope.tenant().as_str().into(),
        new.approval_id.as_str().into(),
        new.gate.as_str().into(),
        new.principal.as_str().into(),
        new.tool.as_str().into(),
        new.connection_id.as_str().into(),
        new.arguments_sha256.as_str().into(),
        json::text(&new.reasons)?,
        new.sealed.as_str().into(),
        new.standing.created_at.into(),
        new.standing.expires_at.into(),
        MAXIMUM_PENDING.into(),
    ])
}

/// The tenant's approvals, in the order of the identifiers, without what is sealed.
/// What is over has expired when they are given.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn list_approvals(
    sql: &impl Sql,
    scope: &TenantScope,
    status: Option<Status>,
    page: &Page,
    now_ms: i64,
) -> Result<Paged<ApprovalRow>, StoreError> {
    let [after, fetch] = page.values();
    let tenant = || Value::from(scope.tenant().as_str());
    let status = Value::optional(status.map(Status::name));
    let statements = [
        Statement::new(guard::EXPIRE_APPROVALS, [tenant(), now_ms.into()]),
        Statement::new(guard::LIST_APPROVALS, [tenant(), after, fetch, status]),
    ];
    let rows = sql.batch(&statements).await?.pop().unwrap_or_default();
    Ok(page.cut(rows.decode()?, |row: &ApprovalRow| row.approval_id.as_str()))
}

/// One approval of the tenant's. What is over has expired when it is given.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or the row is not readable.
pub async fn load_approval(
    sql: &impl Sql,
    scope: &TenantScope,
    approval: &ApprovalId,
    now_ms: i64,
) -> Result<Option<ApprovalRow>, StoreError> {
    let tenant = || Value::from(scope.tenant().as_str());
    let statements = [
        Statement::new(guard::EXPIRE_APPROVALS, [tenant(), now_ms.into()]),
        Statement::new(guard::LOAD_APPROVAL, [tenant(), approval.as_str().into()]),
    ];
    let rows = sql.batch(&statements).await?.pop().unwrap_or_default();
    Ok(rows.decode()?.pop())
}

/// Writes a decision; `false` when somebody was quicker, or its time is over. What was
/// sealed is gone then.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn decide_approval(
    sql: &impl Sql,
    scope: &TenantScope,
    approval: &ApprovalId,
    decided: &Decided,
    note: &str,
) -> Result<bool, StoreError> {
    let standing = &decided.standing;
    let values = [
        scope.tenant().as_str().into(),
        approval.as_str().into(),
        standing.status.name().into(),
        decided.by.as_str().into(),
        Value::optional(standing.decided_at),
        standing.expires_at.into(),
        note.into(),
    ];
    run(sql, Statement::new(guard::DECIDE_APPROVAL, values))
        .await
        .map(changed)
}

/// Writes which call was made under an approval; `false` when it was not approved, or
/// used before.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn use_approval(
    sql: &impl Sql,
    scope: &TenantScope,
    approval: &ApprovalId,
    call_id: &str,
) -> Result<bool, StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        approval.as_str().into(),
        call_id.into(),
    ];
    run(sql, Statement::new(guard::USE_APPROVAL, values))
        .await
        .map(changed)
}
