//! What a protocol session (2025 revisions) needs remembered between requests.

mod client;
mod events;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::{Answer as ClientAnswer, AskFailure, McpSessionClient, OpenStream};
pub use object::McpSession;
