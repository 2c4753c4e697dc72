//! The owner of a connection's tokens, its messages, and the client beside it.

mod client;
mod exchange;
mod journal;
mod keys;
mod message;
mod object;
mod tokens;

pub(crate) use client::TokenOwnerClient;
pub(crate) use message::{Begin, Complete, Completed, HolderRow, KeyMaterial, Reseal, Resealed};
pub use object::TokenOwner;
pub use tokens::{Token, Tokens};
