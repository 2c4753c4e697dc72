//! Where personal data stands in a text.
//!
//! [`Detector::find`] reads a text once and says which stretches of it are a
//! person's name, phone number, address, identifier and so on;
//! [`Detector::find_in_field`] also goes by the name of the field that holds the
//! text. What is done with them is the caller's.
//!
//! **In scope**: names (African ones first), phone numbers of any region, e-mail
//! and postal addresses, dates of birth, positions, payment cards and accounts,
//! and the identifiers of African states, India and the United States, with their
//! checks where they have one and with words around them where they have none;
//! time linear in the text.
//!
//! **Out of scope**: secrets (`lango-redaction` finds them), replacing what was
//! found, reading pictures, and knowing whether a well-formed number was issued.
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

mod address;
mod check;
mod context;
mod dates;
mod detector;
mod digits;
mod flags;
mod fold;
mod kind;
mod lexicon;
mod likeness;
mod mixed;
mod name;
mod numbers;
mod phone;
mod piece;
mod token;
mod web;

pub use context::Field;
pub use detector::{Detector, Found, Workspace};
pub use kind::{Kind, Kinds};

#[cfg(test)]
mod tests;
