//! Secrets out of text.
//!
//! [`Redactor::redact`] replaces what looks like a secret by
//! `[redacted:kind]`; [`Redactor::redact_json`] does so in every string of a
//! JSON value and also goes by the names of fields. What is reported says how
//! many of which kind, never what they were.
//!
//! **In scope**: tokens of known providers, private keys, JWTs (Lango's own API
//! keys are JWTs), passwords in URLs, in headers and beside words that name
//! them (English, Swahili, French), payment cards, IBANs and KRA PINs; time
//! linear in the text; redacting twice changes nothing more.
//!
//! **Out of scope**: personal data other than those identifiers, secrets that
//! nothing gives away but their randomness, and decoding (base64 and its like).
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

mod assignment;
mod base64;
mod bytes;
mod checksum;
mod cleaning;
mod encoded;
mod extent;
mod gate;
mod judge;
mod kind;
mod marker;
mod name;
mod number;
mod path;
mod pem;
mod policy;
mod prefix;
mod provider;
mod redactor;
mod separator;
mod shape;
mod span;
mod stream;
mod structured;
mod token;
mod url;
mod value;

#[cfg(test)]
mod tests;

pub use cleaning::{Cleaned, Cleaning, Pseudonym};
pub use kind::{Finding, Kind};
pub use policy::{Policy, Treatment, UnknownKind};
pub use redactor::{Redacted, Redactor};
pub use stream::Stream;
pub use token::{rename, restore, tokens};
