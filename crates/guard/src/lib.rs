//! A tenant's guard policy: what becomes of suspicious texts, of values from outside
//! that would steer a change, and of personal data.
//!
//! In scope: the policy document, its defaults, its schema and a patch of it; the
//! decision over what screening and provenance have found. Out of scope: finding
//! anything (`lango-screening`, `lango-provenance`, `lango-redaction`), approvals
//! (`lango-approvals`), storage and the clock.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod decision;
mod patch;
mod personal;
mod policy;
mod provenance;

pub use decision::{
    ArgumentFinding, CallFacts, Decision, Reason, ReasonKind, Verdict, decide, value_name,
};
pub use patch::PolicyError;
pub use personal::{FieldTreatment, PersonalData, ToolTreatment, Treatment};
pub use policy::{
    Action, Approval, Approve, GuardPolicy, OnDescriptions, OnDocuments, OnResults, Sensitivity,
};
pub use provenance::{Provenance, Steering};
