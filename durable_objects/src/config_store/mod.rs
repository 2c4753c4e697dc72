//! Tenant configuration on plain workerd, which has no D1.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub(crate) use client::ConfigStoreClient;
pub use object::ConfigStore;
