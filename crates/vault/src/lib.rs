//! Envelope encryption of credentials.
//!
//! A connector Worker holds a [`KeyRing`] of key-encryption keys. Each tenant
//! has one [`DataKey`] per connector, stored as a [`WrappedDataKey`]; the fields
//! of a connection's credentials are stored as [`SealedFields`] under it.
//! Everything is AES-256-GCM, and every ciphertext is bound to where it belongs
//! (tenant, connector, connection, field, key versions) as associated data, so
//! that a row copied to another place does not open there.
//!
//! What wraps a data key is derived from the key-encryption key and from the
//! tenant's [`ErasureKey`], which is kept where no backup of the database reaches.
//! Destroying it makes everything sealed for the tenant unreadable at once.
//!
//! # Bound on messages per key
//!
//! Nonces are 96 random bits. NIST SP 800-38D, section 8.3, allows at most
//! 2^32 messages under one key with random nonces (the chance of a repeated
//! nonce is then below 2^-32): [`MESSAGES_PER_KEY`]. A data key is given out by the
//! numbers in [`Wear`], which add up to half of that. A wrapping key is derived for
//! one tenant, connector, key-encryption key and erasure key, and wraps one message
//! per version of the data key.
//!
//! Beside that, a [`SealingKey`] seals single texts of the gateway's own.
//!
//! # In scope
//!
//! Sealing and opening, the wire forms of what is stored, and types that wipe
//! plaintext when they go.
//!
//! # Out of scope
//!
//! Where keys come from, randomness (it enters as values; a nonce must never be
//! used twice with one key) and storage. It does not hide the
//! length of a field's value, and does not notice that an older sealed value
//! of the same field was put back in its place.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod associated_data;
mod base64url;
mod cipher;
mod data_key;
mod erasure_key;
mod error;
mod key_ring;
mod sealing_key;
mod secret;
#[cfg(test)]
mod vector_tests;
mod wear;
mod wire;

pub use cipher::{KEY_LENGTH, MESSAGES_PER_KEY, NONCE_LENGTH};
pub use data_key::{DataKey, FieldContext};
pub use erasure_key::{ERASURE_KEY_RANDOM_LENGTH, ErasureKey, ErasureKeyText};
pub use error::{ErasureKeyError, KeyRingError, OpenError, SealError};
pub use key_ring::{DATA_KEY_RANDOM_LENGTH, KeyRing, KeyScope};
pub use sealing_key::SealingKey;
pub use secret::Secret;
pub use wear::{SEALS_PER_CONNECTION, SEALS_PER_DATA_KEY, SEALS_UNTIL_DUE, Wear};
pub use wire::{SealedField, SealedFields, WrappedDataKey};
