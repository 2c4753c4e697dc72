//! The audit log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::timestamp::Timestamp;

/// A finished call, action or sign-in. Further members tell what it was about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Its place in the log, from 1.
    pub position: u64,
    /// When it began.
    pub time: Timestamp,
    /// The key, grant or session that was used.
    pub key_id: String,
    /// Who acted.
    pub principal: String,
    /// The end of it.
    pub outcome: Map<String, Value>,
    /// What it was about.
    #[serde(flatten)]
    pub subject: Map<String, Value>,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditEntry>,
    /// The `cursor` of the next page; null on the last one.
    pub next: Option<String>,
}
