//! Tokens for the systems behind the gate, without a runtime.
//!
//! Lango is a client here: it acts in a business's system as the person who is
//! signed in (authorization code with PKCE), or as itself (client credentials).
//! Each credential has one owner, which alone asks for tokens.
//!
//! In scope: the rules of authorization servers as data ([`Profile`]), the
//! requests to them and their answers, and what a credential goes through
//! ([`Credential`]): when a token is used, when one is asked for, and what is
//! stored before what, so that a crash at any step loses as little as the server
//! allows. Out of scope: sealing, storage, time, randomness and the network.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod application;
mod authorization;
#[cfg(test)]
mod crash_tests;
mod credential;
mod digest;
mod pending;
mod profile;
mod request;

pub use answer::{Answer, Refusal, TokenResponse, Tokens};
pub use application::{Application, ClientAuthentication, GrantKind};
pub use authorization::{Callback, CallbackError, authorization_url};
pub use credential::{
    Access, Ask, Connected, Credential, LONGEST_PAUSE_MS, Lost, Next, Standing, Waiting,
};
pub use digest::Digest;
pub use pending::{PENDING_MS, Pending, PendingError, Verifier};
pub use profile::{Profile, ProfileName, RequestForm, Window};
pub use request::{Grant, TokenRequest};
