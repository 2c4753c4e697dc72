//! Where a value came from.
//!
//! In scope: finding the values of a call's arguments and results (addresses,
//! numbers, links, names, phrases), their keyed fingerprints, and the memory that
//! tells which of them were first seen in what came from outside.
//! Out of scope: what follows from it (the guard decides), which source is
//! trusted (policy), where the memory is kept and the clock (the object loads,
//! calls [`Memory`], and stores). No text is kept: what leaves this crate are
//! fingerprints.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod arguments;
mod chain;
mod code;
mod decode;
mod fingerprint;
mod fold;
mod iban;
mod key;
mod leaf;
mod link;
mod memory;
mod name;
mod number;
mod phrase;
mod plainer;
mod print;
mod query;
mod results;
mod scan;
mod trace;
mod walk;

pub use fingerprint::{Fingerprint, PrintKey};
pub use memory::{MAXIMUM_REMEMBERED, MAXIMUM_ROWS, Memory, Row};
pub use print::{
    ArgumentPrint, MAXIMUM_ARGUMENT_PRINTS, MAXIMUM_RESULT_PRINTS, ResultPrint, ResultPrints,
    ResultTraits, Standing, ValueKind,
};
pub use trace::{Origin, Trace};
