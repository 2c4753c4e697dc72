//! The owner of a connection's tokens, its messages, and the client beside it.

mod client;
mod exchange;
mod flight;
mod journal;
mod keys;
mod message;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod tokens;

pub(crate) use client::TokenOwnerClient;
pub(crate) use client::reseal_tokens;
pub(crate) use message::{Begin, Client, Complete, Completed, HolderRow, KeyMaterial};
pub use object::TokenOwner;
pub(crate) use tokens::{Source, holder};
pub use tokens::{Token, Tokens};
