//! How far the archives of logs are.

use serde::{Deserialize, Serialize};

/// One log's archive. Its JSON is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArchiveFigures {
    /// Entries that are archived.
    pub archived: u64,
    /// Entries that are not.
    pub waiting: u64,
    /// Segments that were written.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the last attempt has failed.
    pub is_failing: bool,
}

/// Those of the whole deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archives {
    /// How many logs are archived.
    pub logs: u64,
    /// How many of them failed at the last attempt.
    pub failing: u64,
    /// All together.
    pub sum: ArchiveFigures,
}

impl Archives {
    /// Adds a log's.
    pub fn add(&mut self, figures: &ArchiveFigures) {
        self.logs += 1;
        self.failing += u64::from(figures.is_failing);
        self.sum.archived += figures.archived;
        self.sum.waiting += figures.waiting;
        self.sum.segments += figures.segments;
        self.sum.bytes += figures.bytes;
    }

    /// Names, what they say, and values.
    pub(crate) const fn gauges(&self) -> [(&'static str, &'static str, u64); 6] {
        [
            (
                "lango_archive_logs",
                "Audit logs that are archived.",
                self.logs,
            ),
            (
                "lango_archive_logs_failing",
                "Audit logs whose last attempt at archiving failed.",
                self.failing,
            ),
            (
                "lango_archive_entries",
                "Entries of audit logs that are archived.",
                self.sum.archived,
            ),
            (
                "lango_archive_entries_waiting",
                "Entries that waited for the archive when it was last tried.",
                self.sum.waiting,
            ),
            (
                "lango_archive_segments",
                "Segments in the archives.",
                self.sum.segments,
            ),
            (
                "lango_archive_bytes",
                "Bytes of the segments in the archives.",
                self.sum.bytes,
            ),
        ]
    }
}
