//! A tenant's changes and its end.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod rate;
mod work;

pub use client::TenantLifeClient;
pub use object::TenantLife;
