//! One key's gate: everything that a call is admitted by.

mod client;
mod ledger;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod sessions;

pub use client::KeyGateClient;
pub use object::KeyGate;
