//! Roles.

use lango_identity::{PermissionSet, RoleName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// A role: one of the five, or one of the tenant's own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RoleView {
    /// Its name.
    #[schemars(schema_with = "schema::role")]
    pub role: RoleName,
    /// What it is for.
    pub description: String,
    /// What its holders may do.
    #[schemars(schema_with = "schema::permissions")]
    pub permissions: PermissionSet,
    /// Whether it is one of the five, which nobody changes.
    pub built_in: bool,
    /// When it was defined; null for the five.
    pub created_at: Option<Timestamp>,
}

/// A role that is to be defined.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Its name: none of the five.
    #[schemars(schema_with = "schema::role")]
    pub role: RoleName,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub description: String,
    /// What its holders may do: nothing that its maker may not.
    #[schemars(schema_with = "schema::permissions")]
    pub permissions: PermissionSet,
}

/// What of a role is to change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub description: Option<String>,
    /// What its holders may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::optional_permissions")]
    pub permissions: Option<PermissionSet>,
}
