//! Whoever runs the platform.

use lango_sign_in::Password;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// A platform admin.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AdminView {
    /// Their identifier: `a_…`.
    pub admin_id: String,
    /// What they are called.
    pub name: String,
    /// What they sign in with, beside a password.
    pub email: String,
    /// When they were registered.
    pub created_at: Timestamp,
    /// Since when they may do nothing.
    pub suspended_at: Option<Timestamp>,
}

/// A platform admin who is to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAdmin {
    /// What they are called.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// What they sign in with.
    #[schemars(email)]
    pub email: String,
    /// Their first password, which they change.
    #[schemars(with = "String", length(min = 12, max = 72))]
    pub password: Password,
}

/// What of a platform admin is to change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAdmin {
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// What they sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(email)]
    pub email: Option<String>,
    /// Whether they may do nothing from now on. The last one in force may not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

/// The first platform admin, and their first key.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Bootstrapped {
    /// The admin.
    pub admin: AdminView,
    /// A key for automation, for 90 days.
    pub key: IssuedPlatformKey,
}

/// A platform key, without its token.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlatformKeyView {
    /// Its identifier: `k_…`.
    pub platform_key_id: String,
    /// The admin whose it is: it ends with them.
    pub admin_id: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A platform key that is to be made.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePlatformKey {
    /// What people call it.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// In how many days it ends; 90 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 365))]
    pub expires_in_days: Option<u32>,
}

/// A new platform key. The token is shown this once.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct IssuedPlatformKey {
    /// The key.
    #[serde(flatten)]
    pub key: PlatformKeyView,
    /// Its token; null when the same request is made again under its
    /// `Idempotency-Key`.
    pub token: Option<String>,
}

/// A platform admin's email address and password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformSignIn {
    /// The address.
    pub email: String,
    /// The password.
    #[schemars(with = "String")]
    pub password: Password,
}

/// A platform admin's own new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAdminPassword {
    /// The one that holds now.
    #[schemars(with = "String")]
    pub current: Password,
    /// The one that is to hold.
    #[schemars(with = "String", length(min = 12, max = 72))]
    pub new: Password,
}
