//! Whether a call may proceed now.
//!
//! In scope: limits and queues (GCRA), what a plan allows besides, who shares a commit,
//! the snapshot of everything that a key may be
//! refused for, the decision over both, the ledger of intents and outcomes, the sieve
//! against floods, and the messages between the gateway and the `KeyGate` object.
//! Out of scope: storage and the clock (the object loads, calls
//! [`Gate::decide`], and stores), and what a permission lets one do (the access
//! layer).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod address;
mod allowance;
mod approved;
mod gate;
mod gcra;
mod group;
mod guarded;
mod journal;
mod ledger;
mod limits;
mod message;
mod pace;
mod plan;
mod pseudonym;
mod repeat;
mod session;
mod sieve;
mod snapshot;
mod target;
mod tool_name;

#[cfg(test)]
mod machine_tests;

pub use address::{AddressRangeError, AddressRanges, MAXIMUM_ADDRESS_RANGES};
pub use allowance::Allowance;
pub use approved::{ApprovedCall, ApprovedCalls, End, Made, Repeat};
pub use gate::{Decision, Facts, Gate, GateState, Share};
pub use gcra::{Gcra, MAXIMUM_WAIT_MS, Quota, QuotaError};
pub use group::{Arrival, Group, Lead, TURN_LIMIT};
pub use guarded::{
    ArgumentFacts, ArgumentMemory, GrantedApproval, GuardState, NewPseudonym, PSEUDONYMS_PER_CALL,
    PseudonymAt, Seen, Settled,
};
pub use journal::{Head, Journal, Taken, Turn};
pub use ledger::{Open, SETTLE_AFTER_MS, Settlement};
pub use limits::{CallLimits, MAXIMUM_TOOL_LIMITS};
pub use message::{
    Admission, Answer, Ask, ConnectionName, Credential, Purpose, Refusal, Refused,
    SealedConnection, ShareAsk, Shares,
};
pub use pace::{LimitName, Limited, Limits, Pace, Paced, Rate};
pub use plan::{Plan, UnknownPlan};
pub use pseudonym::{KeptPseudonym, MAXIMUM_PSEUDONYMS, Named, Pseudonyms};
pub use repeat::{Answered, Earlier, Once, REMEMBERED_MS, Repetition};
pub use session::{SessionChange, SessionNote, SessionNotes};
pub use sieve::Sieve;
pub use snapshot::{
    ConnectionState, Holder, KeyState, MAXIMUM_AGE_MS, Registered, Snapshot, UpstreamToolState,
};
pub use target::{Resolved, ResolvedConnection, Target};
pub use tool_name::{MAXIMUM_SLUG_LENGTH, Slug, SlugError, ToolName};
