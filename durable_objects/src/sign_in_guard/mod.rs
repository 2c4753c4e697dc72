//! What stands between guesses and an account.

mod client;
mod journal;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::{Attempt, Noted, SignInGuardClient};
pub use object::SignInGuard;
