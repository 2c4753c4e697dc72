//! What a user has granted an assistant: codes and refresh tokens.

mod client;
mod journal;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::{Assert, OauthGrantClient, RevokedBy};
pub use object::OauthGrant;
