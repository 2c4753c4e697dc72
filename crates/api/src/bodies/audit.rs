//! The audit log.

use lango_tenancy::AuditPolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::timestamp::Timestamp;

/// A finished call, action or sign-in. Further members tell what it was about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Its index in the log, from 0.
    pub index: u64,
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
    /// The `cursor` of the next page; null on the last one. A page of a search may have
    /// no entry and a next page: enough was looked at.
    pub next: Option<String>,
}

/// A signed statement of what is in the log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditCheckpoint {
    /// How many entries it is about.
    pub size: u64,
    /// The note (C2SP tlog-checkpoint), with its signatures.
    pub note: String,
    /// How it stands with the witness, where the deployment has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<AuditWitness>,
}

/// How it stands with the witness that cosigns checkpoints (C2SP tlog-witness).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditWitness {
    /// Its name.
    pub name: Option<String>,
    /// The size of the newest checkpoint that it has signed: the one whose note has its
    /// signature.
    pub size: Option<u64>,
    /// Why it has signed no newer one; null while nothing is the matter.
    pub problem: Option<String>,
    /// Since when something is the matter.
    pub since: Option<String>,
}

/// A proof over the log's tree (RFC 6962).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditProof {
    /// The checkpoint that it leads to.
    pub checkpoint: AuditCheckpoint,
    /// The hashes, in Base64, in the order of RFC 6962.
    pub proof: Vec<String>,
}

/// What verifies the log's checkpoints.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditKeys {
    /// The log's name in its checkpoints.
    pub origin: String,
    /// The verifier keys (C2SP signed-note), newest first.
    pub keys: Vec<String>,
}

/// What the archive of the log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditArchiveStatus {
    /// This deployment has no place for archives: nothing is archived.
    NotConfigured,
    /// Everything is archived.
    UpToDate,
    /// Entries wait for the next segment.
    Archiving,
    /// The last attempt has failed; it is tried again. Entries are kept until then.
    Failing,
}

/// How far the archive of the log is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditArchiveView {
    /// What it does.
    pub status: AuditArchiveStatus,
    /// Entries below this index are archived.
    pub position: u64,
    /// How many entries the log has.
    pub size: u64,
    /// How many are not archived yet.
    pub waiting: u64,
    /// The time of the oldest of those; null if there are none.
    pub waiting_since: Option<Timestamp>,
    /// How many segments were written.
    pub segments: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// When the last one was written; null before the first.
    pub archived_at: Option<Timestamp>,
    /// The first checkpoint that has everything that is archived; null before the first
    /// segment.
    pub checkpoint: Option<AuditCheckpoint>,
    /// How many times in a row it has failed.
    pub failures: u32,
    /// When it is tried again; null unless it failed.
    pub retried_at: Option<Timestamp>,
    /// What is wrong; null if nothing is.
    pub problem: Option<AuditArchiveProblem>,
}

/// Why the log is not archived.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditArchiveProblem {
    /// One of `not_configured`, `unreachable`, `differs`, `lost`, `log`.
    pub code: String,
    /// What it means, and what to do.
    pub detail: String,
}

/// The policy of the audit log as it is to be.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SetAuditPolicy(#[schemars(with = "AuditPolicy")] pub Value);

/// The policy of the audit log, and what follows from it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditPolicyView {
    /// The policy in force.
    pub policy: AuditPolicy,
    /// How many days entries are kept: as the plan says, or longer.
    pub keep_days: u32,
    /// How many days the personal values in entries are kept.
    pub personal_days: u32,
    /// Who has changed it last; null if it never was.
    pub changed_by: Option<String>,
    /// When; null if it never was.
    pub changed_at: Option<Timestamp>,
}

/// Whose personal values are to go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseFromAudit {
    /// Their identifier: of a user, a customer, or whoever else acted.
    #[schemars(length(min = 1, max = 200))]
    pub person: String,
}

/// What was erased.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ErasedFromAudit {
    /// Whose.
    pub person: String,
    /// How many pieces of the store, each with the values of one entry or more. What is
    /// left of each value is a hash that nothing opens.
    pub values: u64,
}
