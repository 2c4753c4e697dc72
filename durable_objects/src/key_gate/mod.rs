//! One key's gate: everything that a call is admitted by.

mod approvals;
mod client;
mod guards;
mod ledger;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod origins;
mod pseudonyms;
mod sessions;

pub use client::KeyGateClient;
pub use object::KeyGate;
