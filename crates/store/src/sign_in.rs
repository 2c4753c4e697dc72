//! What a sign-in reads before anybody is verified: one tenant, and in it one account.

use lango_identity::{ClaimedTenant, PrincipalId, PrincipalKind, TenantId, TenantScope};
use lango_tenancy::{Overrides, Settings};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Sql, Statement, StoreError, run},
    statements::sign_in as statements,
};

/// Whose accounts: those of the people who work for a tenant, or of those whom it
/// serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Of employees.
    Employee,
    /// Of end customers.
    Customer,
}

/// What people name to say which account is theirs. Each is in its one form.
#[derive(Debug, Clone, Copy)]
pub enum Login<'a> {
    /// An e-mail address.
    Email(&'a str),
    /// A telephone number in E.164.
    Phone(&'a str),
}

/// How people name a tenant.
#[derive(Debug, Clone, Copy)]
pub enum TenantName<'a> {
    /// By its identifier.
    Id(&'a TenantId),
    /// By its slug.
    Slug(&'a str),
}

/// An account as a sign-in needs it. The hash is a password's: no list shows it.
#[derive(Deserialize)]
pub struct Account {
    /// Whose it is.
    pub principal_id: PrincipalId,
    /// The bcrypt hash of their password.
    pub password_hash: Option<String>,
    /// In milliseconds since 1970, while they may do nothing.
    pub suspended_at: Option<i64>,
}

/// What a claimed tenant says of one login.
pub struct ClaimedAccount {
    /// The tenant's settings: how its people sign in.
    pub settings: Settings,
    /// The account, where there is one.
    pub account: Option<Account>,
}

#[derive(Deserialize)]
struct TenantColumns {
    tenant_id: TenantId,
}

#[derive(Deserialize)]
struct SettingsColumns {
    document: String,
}

impl SettingsColumns {
    fn read(self) -> Result<Settings, StoreError> {
        Overrides::parse(&self.document)
            .map(|overrides| overrides.settings())
            .map_err(|error| StoreError::Row(error.to_string()))
    }
}

impl AccountKind {
    /// The kind of principal whose account it is.
    #[must_use]
    pub const fn principal(self) -> PrincipalKind {
        match self {
            Self::Employee => PrincipalKind::Employee,
            Self::Customer => PrincipalKind::Customer,
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.principal().name()
    }
}

impl<'a> TenantName<'a> {
    /// Reads what somebody has typed. A slug has no `_`, so it is no identifier.
    #[must_use]
    pub fn of(slug: &'a str, id: Option<&'a TenantId>) -> Self {
        id.map_or(Self::Slug(slug), Self::Id)
    }
}

/// The tenant of that name, for somebody to sign in to. Whether it is in force, the
/// gate of their session says.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn claim_tenant(
    sql: &impl Sql,
    name: TenantName<'_>,
) -> Result<Option<ClaimedTenant>, StoreError> {
    let statement = match name {
        TenantName::Id(id) => Statement::new(statements::CLAIM_TENANT, [id.as_str().into()]),
        TenantName::Slug(slug) => Statement::new(statements::CLAIM_TENANT_BY_SLUG, [slug.into()]),
    };
    let mut rows: Vec<TenantColumns> = run(sql, statement).await?.decode()?;
    Ok(rows
        .pop()
        .map(|row| ClaimedTenant::of_sign_in(row.tenant_id)))
}

/// The account that somebody names, to verify them with.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn claimed_account(
    sql: &impl Sql,
    claimed: &ClaimedTenant,
    kind: AccountKind,
    login: Login<'_>,
) -> Result<ClaimedAccount, StoreError> {
    let (text, login) = match (kind, login) {
        (AccountKind::Employee, Login::Email(email)) => (statements::CLAIMED_USER_BY_EMAIL, email),
        (AccountKind::Employee, Login::Phone(phone)) => (statements::CLAIMED_USER_BY_PHONE, phone),
        (AccountKind::Customer, Login::Email(email)) => {
            (statements::CLAIMED_CUSTOMER_BY_EMAIL, email)
        }
        (AccountKind::Customer, Login::Phone(phone)) => {
            (statements::CLAIMED_CUSTOMER_BY_PHONE, phone)
        }
    };
    let tenant = claimed.tenant().as_str();
    let statements = [
        Statement::new(statements::SIGN_IN_SETTINGS, [tenant.into()]),
        Statement::new(text, [tenant.into(), login.into()]),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    let mut settings: Vec<SettingsColumns> = results.next().unwrap_or_default().decode()?;
    let mut accounts: Vec<Account> = results.next().unwrap_or_default().decode()?;
    let settings = settings
        .pop()
        .map_or_else(|| Ok(Settings::DEFAULT), SettingsColumns::read)?;
    Ok(ClaimedAccount {
        settings,
        account: accounts.pop(),
    })
}

/// The account of somebody who is verified: for a second look at their password.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_account(
    sql: &impl Sql,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
) -> Result<Option<Account>, StoreError> {
    let text = match kind {
        AccountKind::Employee => statements::USER_ACCOUNT,
        AccountKind::Customer => statements::CUSTOMER_ACCOUNT,
    };
    let values = [scope.tenant().as_str().into(), principal.as_str().into()];
    let rows = run(sql, Statement::new(text, values)).await?;
    Ok(rows.decode()?.pop())
}
