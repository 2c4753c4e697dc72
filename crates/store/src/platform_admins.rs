//! Whoever runs the platform, and what they sign in with.

use lango_identity::{AdminId, ClaimedAdmin, KeyId, PlatformScope, PlatformStanding, TokenDigest};
use serde::{Deserialize, Serialize};

use crate::{
    page::{Page, Paged},
    port::{Sql, Statement, StoreError, Value, run},
    statements::platform,
};

/// A platform admin who is being registered.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    /// Their identifier.
    pub admin_id: AdminId,
    /// What they are called.
    pub name: String,
    /// What they sign in with, in lower case.
    pub email: String,
    /// A hash of their password; `None` until they have one.
    pub password_hash: Option<String>,
    /// In milliseconds since 1970.
    pub created_at: i64,
}

/// A platform admin as lists show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminRow {
    /// Their identifier.
    pub admin_id: AdminId,
    /// What they are called.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In milliseconds since 1970, while they may do nothing.
    pub suspended_at: Option<i64>,
    /// How often they were changed, and one.
    pub version: i64,
}

/// Whoever signs in, before their password is checked. No list shows the hash.
#[derive(Clone, Deserialize)]
pub struct AdminSecret {
    /// Their identifier.
    pub admin_id: AdminId,
    /// A hash of their password.
    pub password_hash: Option<String>,
}

/// A sign-in, or a key.
#[derive(Debug, Clone)]
pub struct NewPlatformSession {
    /// Its identifier.
    pub session_id: KeyId,
    /// Whose it is.
    pub admin_id: AdminId,
    /// Which of the two.
    pub kind: PlatformSessionKind,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
}

/// The two kinds of platform session.
#[derive(Debug, Clone)]
pub enum PlatformSessionKind {
    /// A sign-in, with the digest of its refresh token.
    SignIn(TokenDigest),
    /// A key for automation, with the digest of its one token.
    Key {
        /// What people call it.
        name: String,
        /// Digest of the token.
        digest: TokenDigest,
    },
}

/// A platform key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformKeyRow {
    /// Its identifier.
    pub session_id: KeyId,
    /// Whose it is.
    pub admin_id: AdminId,
    /// What people call it.
    pub name: String,
    /// In milliseconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// In milliseconds since 1970, once it is revoked.
    pub revoked_at: Option<i64>,
}

/// A sign-in that was refreshed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RefreshedSession {
    /// Whose it is.
    pub admin_id: AdminId,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
}

/// A session that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RevokedSession {
    /// Whose it was.
    pub admin_id: AdminId,
    /// What a key was called.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct StandingColumns {
    admin_id: AdminId,
    token_sha256: Option<TokenDigest>,
    expires_at: i64,
    revoked_at: Option<i64>,
    suspended_at: Option<i64>,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

/// Makes the first platform admin and their first key, while nobody runs the
/// platform; `false` when somebody does.
///
/// # Errors
/// [`StoreError`]; a constraint when the email was a suspended admin's.
pub async fn insert_first_admin(
    sql: &impl Sql,
    _scope: &PlatformScope,
    admin: &NewAdmin,
    key: &NewPlatformSession,
) -> Result<bool, StoreError> {
    let statements = [
        Statement::new(platform::INSERT_FIRST_ADMIN, admin.values()),
        Statement::new(platform::INSERT_PLATFORM_SESSION, key.values()),
    ];
    let results = sql.batch(&statements).await?;
    Ok(results.first().is_some_and(|rows| !rows.0.is_empty()))
}

/// Registers a platform admin.
///
/// # Errors
/// [`StoreError`]; a constraint when the email is another's.
pub async fn insert_admin(
    sql: &impl Sql,
    _scope: &PlatformScope,
    admin: &NewAdmin,
) -> Result<(), StoreError> {
    run(sql, Statement::new(platform::INSERT_ADMIN, admin.values()))
        .await
        .map(drop)
}

/// The platform's admins, in the order of their identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_admins(
    sql: &impl Sql,
    _scope: &PlatformScope,
    page: &Page,
) -> Result<Paged<AdminRow>, StoreError> {
    let statement = Statement::new(platform::LIST_ADMINS, page.values());
    let rows = run(sql, statement).await?.decode()?;
    Ok(page.cut(rows, |row: &AdminRow| row.admin_id.as_str()))
}

/// One platform admin.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_admin(
    sql: &impl Sql,
    _scope: &PlatformScope,
    admin: &AdminId,
) -> Result<Option<AdminRow>, StoreError> {
    let statement = Statement::new(platform::LOAD_ADMIN, [admin.as_str().into()]);
    Ok(run(sql, statement).await?.decode()?.pop())
}

/// Changes an admin to `row`, unless they have changed since `row` was read, or would
/// be the last one and suspended. Gives the new version; `None` when nothing changed.
///
/// # Errors
/// [`StoreError`]; a constraint when the email is another's.
pub async fn change_admin(
    sql: &impl Sql,
    _scope: &PlatformScope,
    row: &AdminRow,
) -> Result<Option<i64>, StoreError> {
    let values = [
        row.admin_id.as_str().into(),
        row.version.into(),
        row.name.as_str().into(),
        row.email.as_str().into(),
        Value::optional(row.suspended_at),
    ];
    let rows = run(sql, Statement::new(platform::CHANGE_ADMIN, values)).await?;
    let versions: Vec<Version> = rows.decode()?;
    Ok(versions.first().map(|row| row.version))
}

/// Whoever signs in with this email and may.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn find_admin(
    sql: &impl Sql,
    _claimed: ClaimedAdmin,
    email: &str,
) -> Result<Option<AdminSecret>, StoreError> {
    let statement = Statement::new(platform::FIND_ADMIN, [email.into()]);
    Ok(run(sql, statement).await?.decode()?.pop())
}

/// What a platform admin signs in with.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn admin_secret(
    sql: &impl Sql,
    _scope: &PlatformScope,
    admin: &AdminId,
) -> Result<Option<AdminSecret>, StoreError> {
    let statement = Statement::new(platform::ADMIN_SECRET, [admin.as_str().into()]);
    Ok(run(sql, statement).await?.decode()?.pop())
}

/// Stores another hash of a password.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn set_admin_password(
    sql: &impl Sql,
    _claimed: ClaimedAdmin,
    admin: &AdminId,
    hash: &str,
) -> Result<(), StoreError> {
    let values = [admin.as_str().into(), hash.into()];
    run(sql, Statement::new(platform::SET_ADMIN_PASSWORD, values))
        .await
        .map(drop)
}

/// Registers a sign-in or a key; `false` when its admin may do nothing.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn insert_platform_session(
    sql: &impl Sql,
    _claimed: ClaimedAdmin,
    session: &NewPlatformSession,
) -> Result<bool, StoreError> {
    let statement = Statement::new(platform::INSERT_PLATFORM_SESSION, session.values());
    Ok(!run(sql, statement).await?.0.is_empty())
}

/// What the store says of a session whose token has a right signature.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked: the caller must refuse then.
pub async fn platform_standing(
    sql: &impl Sql,
    _claimed: ClaimedAdmin,
    session: &KeyId,
) -> Result<Option<PlatformStanding>, StoreError> {
    let statement = Statement::new(platform::PLATFORM_STANDING, [session.as_str().into()]);
    let row: Option<StandingColumns> = run(sql, statement).await?.decode()?.pop();
    Ok(row.map(|row| PlatformStanding {
        admin: row.admin_id,
        token: row.token_sha256,
        expires_at: row.expires_at,
        is_revoked: row.revoked_at.is_some(),
        is_suspended: row.suspended_at.is_some(),
    }))
}

/// Puts a new refresh token in the place of the one that was shown; `None` when that
/// was not the session's, or the session is over. `now` is seconds since 1970.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn rotate_platform_refresh(
    sql: &impl Sql,
    _claimed: ClaimedAdmin,
    session: &KeyId,
    shown: TokenDigest,
    next: TokenDigest,
    now: i64,
) -> Result<Option<RefreshedSession>, StoreError> {
    let values = [
        session.as_str().into(),
        String::from(shown).as_str().into(),
        String::from(next).as_str().into(),
        now.into(),
    ];
    let statement = Statement::new(platform::ROTATE_PLATFORM_REFRESH, values);
    Ok(run(sql, statement).await?.decode()?.pop())
}

/// Ends a sign-in or a key; `None` when there is none in force.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn revoke_platform_session(
    sql: &impl Sql,
    _claimed: ClaimedAdmin,
    session: &KeyId,
    now_ms: i64,
) -> Result<Option<RevokedSession>, StoreError> {
    let values = [session.as_str().into(), now_ms.into()];
    let statement = Statement::new(platform::REVOKE_PLATFORM_SESSION, values);
    Ok(run(sql, statement).await?.decode()?.pop())
}

/// Ends every sign-in of an admin; keys stay.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn end_platform_sessions_of(
    sql: &impl Sql,
    _scope: &PlatformScope,
    admin: &AdminId,
    now_ms: i64,
) -> Result<(), StoreError> {
    let values = [admin.as_str().into(), now_ms.into()];
    run(
        sql,
        Statement::new(platform::END_PLATFORM_SESSIONS_OF, values),
    )
    .await
    .map(drop)
}

/// The platform's keys, in the order of their identifiers.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_platform_keys(
    sql: &impl Sql,
    _scope: &PlatformScope,
    page: &Page,
) -> Result<Paged<PlatformKeyRow>, StoreError> {
    let statement = Statement::new(platform::LIST_PLATFORM_KEYS, page.values());
    let rows = run(sql, statement).await?.decode()?;
    Ok(page.cut(rows, |row: &PlatformKeyRow| row.session_id.as_str()))
}

impl NewAdmin {
    fn values(&self) -> [Value; 5] {
        [
            self.admin_id.as_str().into(),
            self.name.as_str().into(),
            self.email.as_str().into(),
            Value::optional(self.password_hash.as_deref()),
            self.created_at.into(),
        ]
    }
}

impl NewPlatformSession {
    fn values(&self) -> [Value; 7] {
        let text = |digest: &TokenDigest| Value::Text(String::from(*digest));
        let (name, token, refresh) = match &self.kind {
            PlatformSessionKind::SignIn(refresh) => (Value::Null, Value::Null, text(refresh)),
            PlatformSessionKind::Key { name, digest } => {
                (name.as_str().into(), text(digest), Value::Null)
            }
        };
        [
            self.session_id.as_str().into(),
            self.admin_id.as_str().into(),
            name,
            token,
            refresh,
            self.created_at.into(),
            self.expires_at.into(),
        ]
    }
}
