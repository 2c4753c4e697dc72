//! Scores folders of labelled texts with the content guard as it is shipped.
//!
//! **In scope**: reading JSON lines, counting per source, printing.
//!
//! **Out of scope**: detection, which is the crates' beside this one, and
//! training (`scripts/guard-train`).
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod error;
pub mod injection;
pub mod lines;
pub mod pii;
pub mod secrets;
pub mod table;
pub mod tally;
pub mod train;

pub use error::EvalError;
