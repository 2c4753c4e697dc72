//! Streams of the audit log to a SIEM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// How a stream writes entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamFormat {
    /// OCSF 1.8.0, API Activity (6003), as JSON.
    #[default]
    Ocsf,
    /// Common Event Format, version 0.
    Cef,
}

/// What a stream is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamState {
    /// It hands entries over as they come.
    Streaming,
    /// It waits until the receiver has acknowledged what it has.
    Awaiting,
    /// Something went wrong; it tries again by itself.
    Retrying,
    /// Somebody has to change something; it tries again every hour, and when resumed.
    Paused,
    /// It is switched off.
    Disabled,
}

/// A stream of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StreamView {
    /// Its identifier: `e_…`.
    pub stream_id: String,
    /// The tenant's name for it.
    pub name: String,
    /// The connection to its receiver, of a connector that takes the audit log.
    pub connection_id: String,
    /// How entries are written.
    pub format: StreamFormat,
    /// Whether it goes on.
    pub enabled: bool,
    /// Where it stands; null where that could not be asked.
    pub progress: Option<StreamProgress>,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// Where a stream stands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StreamProgress {
    /// What it is doing.
    pub state: StreamState,
    /// The index of the entry that goes next: the receiver has, or has refused, all
    /// before it.
    pub position: u64,
    /// How many times in a row it has failed.
    pub failures: u32,
    /// What went wrong, or what is to be changed.
    pub problem: Option<String>,
    /// When it is tried again; for a stream that has sent everything, when it looks for
    /// more, unless the log tells it before.
    pub next_at: Option<Timestamp>,
    /// When the receiver took something last.
    pub delivered_at: Option<Timestamp>,
    /// How many entries the receiver did not take.
    pub dead_letters: u64,
    /// How many of these are no longer listed one by one: the oldest, where there are very
    /// many.
    pub dead_letters_dropped: u64,
}

/// A stream that is to be set up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStream {
    /// What people call it.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// The connection to its receiver, of a connector that takes the audit log.
    pub connection_id: String,
    /// How entries are written.
    #[serde(default)]
    pub format: StreamFormat,
    /// The index of the first entry; 0 when absent.
    #[serde(default)]
    pub from: u64,
}

/// What of a stream is to change. It goes on where it stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStream {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// The connection to its receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// How entries are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<StreamFormat>,
    /// Whether it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Where a stream is to go on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeStream {
    /// The index of an entry, also of one that was sent before; where it stands when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// The entries that a receiver did not take.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetters {
    /// In the order of the log, the first 1,000 of those asked for.
    pub items: Vec<DeadLetterView>,
    /// What `after` asks for the next ones with; null at the end.
    pub next: Option<u64>,
}

/// Entries that a receiver did not take. The log has them still, unless it has pruned
/// their content.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterView {
    /// The index of the first of them.
    pub first: u64,
    /// The index behind the last of them.
    pub end: u64,
    /// Why.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
}
