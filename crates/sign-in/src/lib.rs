//! How people prove who they are, without a runtime.
//!
//! In scope: what a password must be, its bcrypt hash and a check that does the same
//! work whoever is named, one-time codes as a state machine, the lockout with
//! back-off that counts both, e-mail addresses and telephone numbers in one form
//! each, and tokens that bind a form to a session (CSRF).
//! Out of scope: storage and messages (the `SignInGuard` object and the gateway),
//! signed texts (`lango-identity`), the clock and randomness: both come in as values.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attempts;
mod code;
mod common;
mod csrf;
mod email;
mod hash;
mod keyed;
mod password;
mod phone;

pub use attempts::{Attempts, BackOff, Locked};
pub use code::{CODE_SECONDS, CodeDigest, CodeGuard, CodeKey, CodeVerdict, OneTimeCode, Throttled};
pub use csrf::{CsrfKey, CsrfToken};
pub use email::{Email, EmailError};
pub use hash::{
    Bcrypt, Checked, Cost, CostError, HashError, Library, PasswordHash, SALT_LENGTH, Salt, check,
    hash,
};
pub use keyed::AccountKey;
pub use password::{MAXIMUM_BYTES, Password, PasswordRefusal, Policy};
pub use phone::{PhoneError, PhoneNumber};
