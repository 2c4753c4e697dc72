//! The streams of a tenant's audit log to SIEM receivers.

mod client;
mod letters;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod rows;
mod work;

pub use client::{AuditStreamClient, Letter, Standing};
pub use object::AuditStream;
