//! The numbers of the whole deployment.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::{Counted, MetricsClient};
pub use object::Metrics;
