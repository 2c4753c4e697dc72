//! Outgoing webhooks as [Standard Webhooks 1.0.0] has them.
//!
//! In scope: the secret and the signatures of a message, which may be several while a
//! secret is rotated; where a webhook may lead; what an answer means and when to try
//! again. Out of scope: HTTP, the clock, randomness, and what a message says.
//!
//! [Standard Webhooks 1.0.0]: https://github.com/standard-webhooks/standard-webhooks
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod message;
mod retry;
mod secret;
mod target;

pub use message::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Message, Unverified};
pub use retry::{ATTEMPTS, Answer, TIMEOUT_MS, retry_after_ms};
pub use secret::{Secret, SecretError};
pub use target::{Target, TargetError};
