//! What is out of the ordinary in a tenant's audit log.
//!
//! In scope: the rules, the little that they remember of each actor, the alerts that they
//! raise, and the tenant's policy for all that. Out of scope: reading the log, keeping
//! what is remembered, delivering (the `Alerts` object), and whether a checkpoint verifies
//! (`lango-audit-log`).
//!
//! What an actor is remembered under, see [`subject`]. A record from before yesterday
//! only teaches: a log that is read for the first time raises nothing about the past.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod alert;
mod canary;
mod memory;
mod patch;
mod policy;

pub use alert::{Alert, Rule, Severity};
pub use memory::{Memory, Observed, subject};
pub use patch::PolicyError;
pub use policy::{
    AlertPolicy, Archive, Canaries, Checkpoint, NewCountry, NewTool, RefusalBurst, UnusualHour,
};
