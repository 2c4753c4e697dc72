//! Employees.

use lango_identity::RoleName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given;
use crate::{schema, timestamp::Timestamp};

/// An employee.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserView {
    /// Their identifier: `p_…`.
    pub user_id: String,
    /// What they are called.
    pub name: String,
    /// What they sign in with, beside a password.
    pub email: Option<String>,
    /// Where one-time codes go, in E.164.
    pub phone: Option<String>,
    /// What they may do.
    #[schemars(schema_with = "schema::role")]
    pub role: RoleName,
    /// The connections that they may use; null for all.
    pub connections: Option<Vec<String>>,
    /// The tables that they may read on SQL connections; null for all.
    pub allow_tables: Option<Vec<String>>,
    /// Whether a password is set.
    pub has_password: bool,
    /// When they were registered.
    pub created_at: Timestamp,
    /// Since when they may do nothing.
    pub suspended_at: Option<Timestamp>,
}

/// An employee who is to be registered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// What they are called.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// What they may do.
    #[schemars(schema_with = "schema::role")]
    pub role: RoleName,
    /// What they sign in with, beside a password.
    #[serde(default)]
    #[schemars(email)]
    pub email: Option<String>,
    /// Where one-time codes go, in E.164.
    #[serde(default)]
    pub phone: Option<String>,
    /// The connections that they may use; all when absent.
    #[serde(default)]
    pub connections: Option<Vec<String>>,
    /// The tables that they may read; all when absent.
    #[serde(default)]
    pub allow_tables: Option<Vec<String>>,
}

/// What of an employee is to change. Their role has a route of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
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
    /// The connections that they may use; null for all.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub connections: Option<Option<Vec<String>>>,
    /// The tables that they may read; null for all.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub allow_tables: Option<Option<Vec<String>>>,
    /// Whether they may do nothing from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

/// The role that somebody is to have.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRole {
    /// One of the five, or one of the tenant's own.
    #[schemars(schema_with = "schema::role")]
    pub role: RoleName,
}
