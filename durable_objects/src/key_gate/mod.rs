//! One key's gate: everything that a call is admitted by.

mod approvals;
mod client;
mod earlier_ledger;
mod guards;
mod ledger;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod opened;
mod origins;
mod pseudonyms;
mod sessions;
mod turns;

pub use client::{ApprovedAnswer, KeyGateClient};
pub use object::KeyGate;
