//! The audit records of calls and administrative actions.
//!
//! In scope: what a record says, how an intent becomes a record, how batches
//! from many keys are taken over exactly once, the leaf of a record with commitments
//! for what is personal, the Merkle tree over the leaves, signed checkpoints, searches,
//! and the lines of an export with what verifies them. `docs/AUDIT.md` is the
//! specification.
//! Out of scope: storage (the `AuditLog` object), and who may read (the access layer).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod archive;
mod batch;
mod checkpoint;
pub mod csv;
mod digest;
pub mod export;
mod hash;
mod layer;
mod leaf;
mod logged;
mod page;
mod personal;
mod query;
mod record;
mod summary;
mod tally;
#[cfg(test)]
mod test_records;
pub mod tree;
pub mod witness;
mod words;

pub use batch::{Batch, Counts};
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointKeys, CheckpointVerifier, KeysError, MOST_KEYS, origin,
};
pub use digest::arguments_digest;
pub use hash::{HashError, LeafHash, TreeHash};
pub use layer::Layer;
pub use leaf::{LeafError, Opening, Salt, Sealed, open, read, seal};
pub use logged::{Found, LoggedEntry};
pub use page::{Cursor, CursorError, Entry, Limit, LimitError, Page};
pub use query::{QUERY_PARAMETERS, Query, QueryError};
pub use record::{Actor, Change, Denied, Intent, Outcome, Place, Record, Status, Subject};
pub use summary::{Summary, SummaryBuilder, SummaryError};
pub use tally::{TallyLine, tally};
