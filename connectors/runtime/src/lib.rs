//! The shell around every connector Worker.
//!
//! A connector implements [`Connector`] and hands each request to [`serve()`],
//! which routes, reads, opens the credentials, keeps the deadline and answers.
//!
//! In scope: the routes of the gateway's service binding, the envelope that each
//! request must have, the key-encryption keys, problem documents, bounds on time and
//! size. Out of scope: what a tool does, and every decision about who may call
//! it; the gateway has made that before a request comes here.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accepted;
mod body;
mod call;
mod concurrency;
mod connector;
mod credentials;
mod deadline;
mod delegation;
mod in_object;
mod key_ring;
mod objects;
mod outbound;
mod panic;
mod problem;
mod random;
mod residency;
mod seal;
mod serve;
#[cfg(test)]
mod tests;
mod token_owner;
mod vault;

pub use connector::{Call, Connector};
pub use deadline::{TimedOut, within};
pub use in_object::InObject;

/// Takes what a connector says while it works.
pub type FrameSender = lango_talk::Mouth<lango_connector_kit::Frame>;
pub use serve::{serve, serve_by_object};
pub use token_owner::{Token, TokenOwner, Tokens};
