//! The archive of a tenant's log: segments of it, one after the other, each written once
//! into a place that keeps what it has.
//!
//! **Order and crashes.** Where a segment ends is a row before it is written, and that it
//! was written is one afterwards. Whatever breaks off in between is done again: the same
//! range has the same bytes, and the place says that they are there. If others are there,
//! nothing is overwritten; the archive stops and says so. Entries wait in the log meanwhile:
//! nothing is pruned that is not archived.
//!
//! **What is archived** is an export of the range without openings
//! ([`Segment`](lango_audit_log::archive::Segment)), held against the first checkpoint that was signed at its end or later, and verified before it
//! leaves: what is locked away cannot be taken back.

mod duty;
mod made;
mod place;
mod rows;

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use super::client::CheckpointAt;

/// How far the archive of a log is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveState {
    /// Whether the deployment has a place for archives.
    pub is_configured: bool,
    /// Whether this log is archived, as far as was looked; nothing is pruned before it was
    /// archived then.
    pub is_required: bool,
    /// How many entries the log has.
    pub size: u64,
    /// Entries below this index are archived.
    pub position: u64,
    /// How many segments were written, and their bytes.
    pub segments: u64,
    /// See [`ArchiveState::segments`].
    pub bytes: u64,
    /// When the last one was, in milliseconds since 1970.
    pub archived_ms: Option<i64>,
    /// The time of the oldest entry that waits, in milliseconds since 1970.
    pub waiting_since_ms: Option<i64>,
    /// The checkpoint that the last segment is held against.
    pub checkpoint: Option<CheckpointAt>,
    /// How many times in a row it has failed.
    pub failures: u32,
    /// When it is tried again, in milliseconds since 1970.
    pub due_ms: Option<u64>,
    /// Why it failed.
    pub problem: Option<ArchiveProblem>,
}

/// Why an archive does not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveProblem {
    /// `unreachable`: the place does not take it now. `differs`: something else is there
    /// under a segment's name. `lost`: a segment is gone. `log`: the log itself does not
    /// verify. `not_configured`: the place is gone.
    pub code: String,
    /// The same in a sentence.
    pub detail: String,
}

/// What one instance of the object knows.
#[derive(Default)]
pub(super) struct Known {
    /// Whether the log is archived, and when that was looked up.
    required: Cell<Option<(bool, u64)>>,
    /// Whether the newest segments were looked at since the instance was started.
    is_checked: Cell<bool>,
    /// What was reported last.
    reported: Cell<Option<(u64, u32)>>,
}

impl ArchiveProblem {
    fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            detail: detail.into(),
        }
    }

    fn of_log(error: &impl core::fmt::Display) -> Self {
        Self::new("log", format!("The log cannot be archived: {error}."))
    }
}
