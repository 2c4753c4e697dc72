//! Streaming a tenant's audit log to the systems that watch over it.
//!
//! In scope: what an entry is in OCSF and in CEF, how entries become the body that each
//! receiver takes, what a receiver's answer means, and where a stream stands: what goes
//! next, when, and what becomes of what a receiver does not take.
//! Out of scope: sockets, tokens and storage (`connectors/siem` and the `AuditStream`
//! object), and who may set a stream up.
//!
//! What is sent is an entry's *leaf*: personal values are commitments in it, because
//! nobody could take them out of another system again.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod batch;
mod cef;
mod delivery;
mod event;
mod ocsf;
mod receiver;
mod signature;
mod stream;
#[cfg(test)]
mod stream_tests;
mod syslog;
mod vendors;

pub use answer::{Answer, read_acks, read_answer};
pub use batch::{Batch, Body, batch};
pub use delivery::{Deliver, Delivery, Entry, Refusal};
pub use event::{Activity, End, Event, Origin, Unreadable};
pub use receiver::{Format, Limits, Receiver, ReceiverKind};
pub use signature::{SIGNING_KEY_PREFIX, Signed, sign};
pub use stream::{DeadLetter, Found, Next, Phase, Stream, Taken};
pub use syslog::framed;
