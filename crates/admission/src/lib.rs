//! Whether a call may proceed now.
//!
//! In scope: rates by plan (GCRA), the snapshot of everything that a key may be
//! refused for, the decision over both, the ledger of intents and outcomes, and
//! the messages between the gateway and the `KeyGate` object.
//! Out of scope: storage and the clock (the object loads, calls
//! [`Gate::decide`], and stores), and what a permission lets one do (the access
//! layer).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod address;
mod gate;
mod gcra;
mod guarded;
mod ledger;
mod message;
mod plan;
mod pseudonym;
mod repeat;
mod session;
mod snapshot;
mod target;
mod tool_name;

pub use address::{AddressRangeError, AddressRanges, MAXIMUM_ADDRESS_RANGES};
pub use gate::{Decision, Facts, Gate, GateState};
pub use gcra::{Gcra, MAXIMUM_WAIT_MS, Pace, Quota, QuotaError};
pub use guarded::{
    ArgumentFacts, ArgumentMemory, GrantedApproval, GuardState, NewPseudonym, PSEUDONYMS_PER_CALL,
    PseudonymAt, Seen, Settled,
};
pub use ledger::{Open, SETTLE_AFTER_MS, Settlement};
pub use message::{
    Admission, Answer, Ask, ConnectionName, Credential, Purpose, Rate, Refusal, Refused,
    SealedConnection,
};
pub use plan::{Plan, UnknownPlan};
pub use pseudonym::{KeptPseudonym, MAXIMUM_PSEUDONYMS, Named, Pseudonyms};
pub use repeat::{Answered, Earlier, Once, REMEMBERED_MS, Repetition};
pub use session::{SessionChange, SessionNote, SessionNotes};
pub use snapshot::{
    ConnectionState, Holder, KeyState, MAXIMUM_AGE_MS, Registered, Snapshot, UpstreamToolState,
};
pub use target::{Resolved, ResolvedConnection, Target};
pub use tool_name::{MAXIMUM_SLUG_LENGTH, Slug, SlugError, ToolName};
