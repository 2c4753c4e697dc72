//! Support: what a tenant's Admin lets the platform do, for a while.

use lango_identity::PermissionSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// A support grant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SupportGrantView {
    /// Its identifier: `s_…`.
    pub support_grant_id: String,
    /// What it allows.
    #[schemars(schema_with = "schema::permissions")]
    pub permissions: PermissionSet,
    /// What it is for.
    pub reason: String,
    /// Who has given it.
    pub granted_by: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A support grant that is to be given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantSupport {
    /// What it allows: views, settings and features at most.
    #[schemars(schema_with = "schema::support_permissions")]
    pub permissions: PermissionSet,
    /// What it is for.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
    /// For how many minutes.
    #[schemars(range(min = 5, max = 1440))]
    pub minutes: u32,
}

/// A platform admin's way into a tenant under its support grant.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SupportSession {
    /// Names it: `k_…`.
    pub session_id: String,
    /// The tenant's grant.
    pub support_grant_id: String,
    /// What it allows.
    #[schemars(schema_with = "schema::permissions")]
    pub permissions: PermissionSet,
    /// For the `Authorization` field on the tenant's routes of administration.
    pub access_token: String,
    /// When the token ends; another one can be had while the grant is in force.
    pub expires_at: Timestamp,
}
