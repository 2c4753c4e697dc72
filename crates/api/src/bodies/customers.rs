//! End customers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given;
use crate::{schema, timestamp::Timestamp};

/// A customer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CustomerView {
    /// Their identifier: `p_…`.
    pub customer_id: String,
    /// The number that the tenant's systems know them by: they see what is its alone.
    pub customer_number: String,
    /// What they are called.
    pub name: String,
    /// What they sign in with, beside a password.
    pub email: Option<String>,
    /// Where one-time codes go, in E.164.
    pub phone: Option<String>,
    /// Whether a password is set.
    pub has_password: bool,
    /// When they were registered.
    pub created_at: Timestamp,
    /// Since when they may do nothing.
    pub suspended_at: Option<Timestamp>,
}

/// A customer who is to be registered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCustomer {
    /// The number that the tenant's systems know them by; it stays for good.
    #[schemars(length(min = 1, max = 64))]
    pub customer_number: String,
    /// What they are called.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// What they sign in with, beside a password.
    #[serde(default)]
    #[schemars(email)]
    pub email: Option<String>,
    /// Where one-time codes go, in E.164.
    #[serde(default)]
    pub phone: Option<String>,
}

/// What of a customer is to change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCustomer {
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// What they sign in with; null for nothing.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<Option<String>>,
    /// Where one-time codes go; null for nowhere.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<Option<String>>,
    /// Whether they may do nothing from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}
