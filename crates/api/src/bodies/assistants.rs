//! What users have allowed assistants.

use lango_identity::PermissionSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// What a user has allowed an assistant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AssistantView {
    /// Its identifier: `k_…`.
    pub grant_id: String,
    /// The user who allowed it: `p_…`.
    pub principal_id: String,
    /// What the user is called.
    pub user: String,
    /// The assistant's OAuth client.
    pub client_id: String,
    /// The assistant's name as the user saw it.
    pub client_name: String,
    /// The rights. The user's role bounds them.
    #[schemars(schema_with = "schema::permissions")]
    pub permissions: PermissionSet,
    /// The connections; null for all.
    pub connections: Option<Vec<String>>,
    /// When it was allowed.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
