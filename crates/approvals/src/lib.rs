//! Calls that are held until a person has approved them.
//!
//! In scope: where an approval stands and how it changes, who may decide, when it
//! expires, and what is kept of it: the reasons with the origins of what a call carries, and
//! what is sealed. Out of scope: storage and sealing, the clock (moments come in as
//! values), and which calls are held (`lango-guard`).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod decider;
mod held;
mod reason;
mod standing;
mod status;

pub use decider::{Asker, Credential, Decider, Forbidden, MayDecide, may_decide};
pub use held::Held;
pub use reason::{MAXIMUM_REASONS, MAXIMUM_TEXT, bounded, without_texts};
pub use standing::{Decided, Decision, NotOpen, Standing};
pub use status::{Status, UnknownStatus};
