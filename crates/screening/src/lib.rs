//! What arguments and results say: normalisation and prompt-injection rules.
//!
//! [`normalise()`] undoes the ways in which a text can look like one thing and
//! read like another; [`Screener::screen`] looks for wording that addresses the
//! assistant instead of the business: overriding its instructions, playing a
//! role in its conversation, asking for its prompt, sending data out, demanding
//! secrecy.
//!
//! **In scope**: precise rules in English, Swahili and French, in the readable
//! file `rules.conf`, whose examples are its tests; time linear in the text.
//!
//! **Out of scope**: what to do about a finding (the gateway's layers decide),
//! a learned score, decoding of base64 and its like, and attacks that read like
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
// build.rs uses the other half of it.
#[allow(dead_code)]
mod lexicon;
mod links;
mod markup;
mod model;
mod neutralise;
mod normalise;
mod pattern;
mod reader;
mod rule;
mod screener;
mod screening;
mod side;
#[cfg(test)]
mod tests;
mod token;
#[doc(hidden)]
pub mod training;

pub use context::{Context, ContextClass};
pub use neutralise::{Boundary, neutralise};
pub use normalise::{Normalised, normalise};
pub use rule::Family;
pub use screener::Screener;
pub use screening::{Finding, Hiding, Screening, Sensitivity};
