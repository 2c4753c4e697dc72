//! Calls that a client may make twice and wants to happen once: the
//! `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header).

use serde::{Deserialize, Serialize};

/// What an idempotency key was used for is remembered this long, in milliseconds.
pub const REMEMBERED_MS: u64 = 24 * 3_600 * 1_000;

/// A call that is to happen once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// SHA-256 of the client's key, in hexadecimal digits: the key itself may
    /// say more than it should.
    pub key_sha256: String,
    /// SHA-256 of what is called, and with which arguments.
    pub request_sha256: String,
}

/// What is remembered of a call that was to happen once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// What was called.
    pub request_sha256: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// What was answered, once it was: the route's own text.
    #[serde(default)]
    pub answer: Option<String>,
}

/// What becomes of a call that was to happen once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// SHA-256 of the client's key.
    pub key_sha256: String,
    /// What was answered; `None` when nothing happened, so that the key may be
    /// used again.
    pub answer: Option<String>,
}

/// How an earlier use of a key bears on this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// The same call: what it answered is the answer.
    Same,
    /// Another call: the client has mixed up its keys.
    Other,
}

impl Once {
    /// Compares with an earlier use of the same key.
    #[must_use]
    pub fn compared_with(&self, earlier: &Earlier) -> Repetition {
        if self.request_sha256 == earlier.request_sha256 {
            Repetition::Same
        } else {
            Repetition::Other
        }
    }
}
