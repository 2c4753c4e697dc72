//! What arguments, results and tool definitions say: does a text speak to the
//! assistant instead of the business?
//!
//! [`Screener::screen`] gives a text a score by rules and two small models, each of
//! which sees words as classes that hold in every language; [`neutralise()`] marks a
//! text as untrusted data and takes apart what would act by itself.
//!
//! **In scope**: rules in the readable files `rules.conf` and `lexicon.conf`, whose
//! examples are tests; weights that `scripts/guard-train` makes (`MODEL.md`); the
//! places of findings in the original; disguises and encodings, nested twice at
//! most; time linear in the text.
//!
//! **Out of scope**: what to do about a suspicious text (the gateway's policy),
//! where a value came from, secrets and personal data, and attacks that read like
//! an ordinary request: no wording gives those away.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout
    )
)]

mod context;
mod decode;
mod escape;
mod features;
mod fold;
mod index;
// build.rs uses the other half of it.
#[allow(dead_code)]
mod lexicon;
mod links;
mod markup;
mod model;
mod network;
mod neutralise;
mod pass;
mod pattern;
mod reader;
mod rows;
mod rule;
mod scan;
mod screener;
mod screening;
mod side;
#[cfg(test)]
mod tests;
mod token;
#[doc(hidden)]
pub mod training;
mod window;
mod word;

pub use context::{Context, ContextClass};
pub use neutralise::{Boundary, neutralise};
pub use rule::Family;
pub use screener::Screener;
pub use screening::{Finding, Hiding, Screening, Sensitivity};
