//! The tenant's audit log.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::AuditLogClient;
pub use object::AuditLog;
