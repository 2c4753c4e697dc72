//! A tenant's erasure key, apart from every database that is copied.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::ErasureKeyClient;
pub use object::ErasureKey;
