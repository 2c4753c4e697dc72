//! Moves a tenant's data keys and credentials to newer keys, behind everything else.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod pass;
mod steps;

pub use client::{KeyRotationClient, RotationState};
pub use object::KeyRotation;
