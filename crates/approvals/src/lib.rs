//! Calls that are held until a person has approved them.
//!
//! In scope: where an approval stands and how it changes, who may decide, when it
//! expires, and the documents that are kept of it: the reason with the origins of what a
//! call carries, and what is sealed. Out of scope: storage and sealing, the clock
//! (moments come in as values), and which calls are held (the tenant's policy).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod decider;
mod held;
mod reason;
mod standing;
mod status;

pub use decider::{Asker, Credential, Decider, Forbidden, MayDecide, may_decide};
pub use held::Held;
pub use reason::{Cause, MAXIMUM_CAUSES, MAXIMUM_TEXT, Origin, Reason, ReasonKind};
pub use standing::{Decided, Decision, NotOpen, Standing};
pub use status::{Status, UnknownStatus};
