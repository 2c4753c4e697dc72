//! The audit logs: each tenant's, and the platform's.

mod append;
mod archive;
mod before;
mod begun;
mod client;
mod commit;
mod duties;
mod entries;
mod head;
mod hooks;
mod log;
mod matching;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod proofs;
mod residency;
mod retention;
mod rows;
mod schema;
mod search;
mod sources;
mod summaries;
mod witness;

pub use archive::{ArchiveProblem, ArchiveState};
pub use client::{
    AuditLogClient, Begun, CheckpointAt, Ended, LogFigures, PlatformLogClient, RetentionState,
    WitnessState,
};
pub use object::AuditLog;
