//! One task: a call whose result is fetched later.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::McpTaskClient;
pub use object::McpTask;
