//! The audit logs: each tenant's, and the platform's.

mod begun;
mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod residency;

pub use client::{AuditLogClient, Begun, Ended, PlatformLogClient};
pub use object::AuditLog;
