//! The keys that credentials are sealed under: their versions, and never the keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// A tenant's data keys, and whether they are being moved.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VaultView {
    /// In the order of connector and version.
    pub data_keys: Vec<DataKeyView>,
    /// Since when a pass moves what is sealed to newer keys; null when nothing is to be
    /// moved.
    pub rotating_since: Option<Timestamp>,
    /// What kept the pass from going on the last time. It is tried again.
    pub problem: Option<String>,
}

/// A data key, of one tenant and connector.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DataKeyView {
    /// The kind of connector.
    pub connector: String,
    /// Its version; the first is 1.
    pub version: u32,
    /// What it does now.
    pub state: DataKeyState,
    /// How many connections are sealed under it.
    pub connections: u64,
    /// How many messages it has sealed, with what is set aside for tokens.
    pub seals: u64,
    /// Whether it should be rotated for that.
    pub wear: DataKeyWear,
    /// The version of the connector's key-encryption key that it is wrapped under.
    pub key_encryption_key_version: u32,
    /// The tenant's erasure key that it is wrapped under; 0 for none, of before there
    /// were any.
    pub erasure_generation: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it seals nothing any more; null while it does.
    pub retired_at: Option<Timestamp>,
}

/// What a data key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataKeyState {
    /// It seals and opens.
    Sealing,
    /// It opens what has not been moved yet.
    Opening,
}

/// How worn a data key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataKeyWear {
    /// It goes on.
    Fresh,
    /// It should be rotated.
    Due,
    /// It seals nothing more: it has to be rotated.
    Spent,
}

/// Which data key to rotate.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateDataKey {
    /// The kind of connector.
    pub connector: String,
}

/// The end of every credential of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DestroyCredentials {
    /// The tenant's own identifier, so that it is meant.
    pub tenant_id: String,
}

/// What was destroyed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CredentialsDestroyed {
    /// Which erasure key; null when there was none (any more).
    pub erasure_generation: Option<u32>,
    /// The connections that have no credentials any more.
    pub connections: Vec<String>,
}

/// What the key-encryption keys of a connector are needed for, over all tenants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorKeysView {
    /// The kind of connector.
    pub connector: String,
    /// The version that wraps; null when the connector does not answer.
    pub current: Option<u32>,
    /// Every version that the connector has or that a data key needs.
    pub versions: Vec<KeyEncryptionKeyView>,
    /// Data keys that are not wrapped under an erasure key yet, of before there were any.
    pub without_erasure_key: u64,
}

/// One version of a connector's key-encryption key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct KeyEncryptionKeyView {
    /// Its version.
    pub version: u32,
    /// Whether the connector has it.
    pub present: bool,
    /// How many data keys it wraps.
    pub data_keys: u64,
    /// Of how many tenants.
    pub tenants: u64,
    /// From when it can be taken out of the connector's secret; null while a data key
    /// needs it, or it wraps.
    pub removable_from: Option<Timestamp>,
}

/// Which data keys to wrap anew.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewrapDataKeys {
    /// The kind of connector.
    pub connector: String,
    /// The `next` of an earlier answer.
    #[serde(default)]
    pub after: Option<String>,
}

/// Whose data keys are being wrapped anew.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Rewrapping {
    /// How many tenants were told.
    pub tenants: u64,
    /// Where to go on; null when all were told.
    pub next: Option<String>,
}
