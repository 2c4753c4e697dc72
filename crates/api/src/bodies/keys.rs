//! API keys.

use lango_identity::{PermissionSet, RoleName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given;
use crate::{schema, timestamp::Timestamp};

/// An API key, without its token.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct KeyView {
    /// Its identifier: `k_…`.
    pub key_id: String,
    /// Who acts with it: a user, or the key itself as a program of the tenant's.
    pub principal_id: String,
    /// What people call it.
    pub name: String,
    /// Its role; null when it has permissions of its own.
    #[schemars(schema_with = "schema::optional_role")]
    pub role: Option<RoleName>,
    /// Its own permissions; null when it has a role.
    #[schemars(schema_with = "schema::optional_permissions")]
    pub permissions: Option<PermissionSet>,
    /// The connections that it may use; null for all.
    pub connections: Option<Vec<String>>,
    /// From where it may be used, in CIDR form; null for anywhere.
    pub address_ranges: Option<Vec<String>>,
    /// The principal who made it.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// The key that follows it.
    pub rotated_to: Option<String>,
}

/// A key that is to be made: with a role, or with permissions of its own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What people call it.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// Its role.
    #[serde(default)]
    #[schemars(schema_with = "schema::optional_role")]
    pub role: Option<RoleName>,
    /// Its permissions, instead of a role.
    #[serde(default)]
    #[schemars(schema_with = "schema::optional_permissions")]
    pub permissions: Option<PermissionSet>,
    /// The connections that it may use; all when absent.
    #[serde(default)]
    pub connections: Option<Vec<String>>,
    /// From where it may be used, in CIDR form; anywhere when absent.
    #[serde(default)]
    pub address_ranges: Option<Vec<String>>,
    /// In how many days it ends; 90 when absent, and never more than the tenant's
    /// settings allow.
    #[serde(default)]
    #[schemars(range(min = 1, max = 365))]
    pub expires_in_days: Option<u32>,
    /// Whether it is the user's own who makes it: bounded by what they may, and
    /// suspended with them.
    #[serde(default)]
    pub own: bool,
}

/// What of a key may change. Its token stays the same.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeKey {
    /// What people call it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// A role, instead of what it had.
    #[serde(default)]
    #[schemars(schema_with = "schema::optional_role")]
    pub role: Option<RoleName>,
    /// Permissions, instead of what it had.
    #[serde(default)]
    #[schemars(schema_with = "schema::optional_permissions")]
    pub permissions: Option<PermissionSet>,
    /// The connections that it may use; null for all.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub connections: Option<Option<Vec<String>>>,
    /// From where it may be used; null for anywhere.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub address_ranges: Option<Option<Vec<String>>>,
}

/// A key that is to follow another.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// For how many more hours the old one passes; 24 when absent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 720))]
    pub overlap_hours: Option<u32>,
    /// In how many days the new one ends; 90 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 365))]
    pub expires_in_days: Option<u32>,
}

/// A new key. The token is shown this once.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct IssuedKey {
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
    /// Its token; null when the same request is made again under its
    /// `Idempotency-Key`.
    pub token: Option<String>,
}
