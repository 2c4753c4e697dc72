//! The archive of a log: segments, each an export of a range without openings, one after
//! the other, in files that are written once.

mod backoff;
mod segment;
#[cfg(test)]
mod tests;
mod verify;

pub use backoff::retry_after_ms;
pub use segment::{Segment, SegmentName, SegmentNameError, sha256};
pub use verify::{ArchiveMisfit, ArchiveProblem, ArchiveReport, ArchiveVerifier, SegmentVerifier};
