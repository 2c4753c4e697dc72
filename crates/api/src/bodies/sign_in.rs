//! Signing in.

use lango_identity::RoleName;
use lango_sign_in::Password;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{schema, timestamp::Timestamp};

/// Whose account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInKind {
    /// Of somebody who works for the tenant.
    #[default]
    Employee,
    /// Of somebody whom the tenant serves.
    Customer,
}

/// An e-mail address and a password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The tenant's slug or its identifier.
    pub tenant: String,
    /// Whose account; an employee's when absent.
    #[serde(default)]
    pub kind: SignInKind,
    /// The address.
    pub email: String,
    /// The password.
    #[schemars(with = "String")]
    pub password: Password,
}

/// A telephone number that is to get a one-time code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForCode {
    /// The tenant's slug or its identifier.
    pub tenant: String,
    /// Whose account; an employee's when absent.
    #[serde(default)]
    pub kind: SignInKind,
    /// The number in E.164, such as `+254712345678`.
    pub phone: String,
}

/// A telephone number and the one-time code that it got.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInWithCode {
    /// The tenant's slug or its identifier.
    pub tenant: String,
    /// Whose account; an employee's when absent.
    #[serde(default)]
    pub kind: SignInKind,
    /// The number in E.164.
    pub phone: String,
    /// Six digits.
    #[schemars(with = "String")]
    pub code: Zeroizing<String>,
}

/// Either an e-mail address and a password, or a telephone number and a code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserSignIn {
    /// The tenant's slug or its identifier.
    pub tenant: String,
    /// Whose account; an employee's when absent.
    #[serde(default)]
    pub kind: SignInKind,
    /// The address, with `password`.
    #[serde(default)]
    pub email: Option<String>,
    /// The password.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<Password>,
    /// The number in E.164, with `code`.
    #[serde(default)]
    pub phone: Option<String>,
    /// Six digits.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<Zeroizing<String>>,
}

/// The refresh token that came last.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSignIn {
    /// It is used once: the answer has the next one.
    #[schemars(with = "String")]
    pub refresh_token: Zeroizing<String>,
}

/// The tokens of a sign-in.
#[derive(Serialize, JsonSchema)]
pub struct Tokens {
    /// For the `Authorization` field.
    #[schemars(with = "String")]
    pub access_token: Zeroizing<String>,
    /// `Bearer`.
    pub token_type: TokenType,
    /// For how many seconds the access token is valid.
    pub expires_in: i64,
    /// For the next access token; used once.
    #[schemars(with = "String")]
    pub refresh_token: Zeroizing<String>,
    /// Names the sign-in: `k_…`.
    pub session_id: String,
}

/// The only one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
}

/// A browser's session, whose cookie came with it.
#[derive(Serialize, JsonSchema)]
pub struct BrowserSession {
    /// Names the sign-in: `k_…`.
    pub session_id: String,
    /// For the `X-CSRF-Token` field of every change.
    pub csrf_token: String,
    /// When one has to sign in again.
    pub expires_at: Timestamp,
}

/// What is to end.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignOutEverywhere {
    /// Whether assistants that act for an employee are to end as well.
    pub assistants: bool,
}

/// An empty object: there is nothing to say.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A new password, and the right to set it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// An administrator's invitation.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub invitation: Option<Zeroizing<String>>,
    /// The password until now, for whoever is signed in.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub current: Option<Password>,
    /// The password from now on.
    #[schemars(with = "String")]
    pub new: Password,
}

/// An invitation to set a password, shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Invitation {
    /// For `POST /auth/v1/password`.
    pub invitation: String,
    /// The page on which a person uses it, where the deployment has an address.
    pub url: Option<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Who has signed in, and what they may do now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    /// Which kind of principal: `employee`, `customer` or `support`.
    pub kind: String,
    /// Who.
    pub principal_id: String,
    /// Their tenant.
    pub tenant_id: String,
    /// What they are called, where the tenant has a name for them.
    pub name: Option<String>,
    /// An employee's role.
    #[schemars(schema_with = "schema::optional_role")]
    pub role: Option<RoleName>,
    /// What they may do.
    pub permissions: Vec<String>,
    /// The connections that they may use; null for all.
    pub connections: Option<Vec<String>>,
    /// The tables that they may read on SQL connections; null for all.
    pub allow_tables: Option<Vec<String>>,
    /// The number that a customer is bound to.
    pub customer_number: Option<String>,
    /// Names the sign-in.
    pub session_id: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// For a browser's session: what every change has to bring.
    pub csrf_token: Option<String>,
}
