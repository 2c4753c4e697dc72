//! The audit records of calls and administrative actions.
//!
//! In scope: what a record says, how an intent becomes a record, how batches
//! from many keys are taken over exactly once, how pages are cut, how calls are
//! tallied by where they ran, and the canonical digest of arguments.
//! Out of scope: storage (the `AuditLog` object), who may read (the access
//! layer), and, until the audit issue lands, the Merkle tree over the records.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod batch;
mod digest;
mod page;
mod record;
mod tally;

pub use batch::Batch;
pub use digest::arguments_digest;
pub use page::{Cursor, CursorError, Entry, Limit, LimitError, Page};
pub use record::{Actor, Change, Denied, Intent, Layer, Outcome, Place, Record, Status, Subject};
pub use tally::{TallyLine, tally};
