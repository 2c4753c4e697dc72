//! Every signing key of a deployment with its times: the keys of the secret, and
//! those that were made since and are stored sealed.
//!
//! # Why no rotation fails a call
//!
//! Whoever serves calls reads the stored keys again before what they have read is
//! [`RING_SECONDS`] old. A new key signs [`PUBLISHED_AHEAD_SECONDS`] after it was
//! stored, which is later: so everybody knows a key before it signs. A key that
//! another one follows verifies until whatever it may have signed is over,
//! [`LONGEST_LIFE_SECONDS`] after everybody knows that it signs no more.
//!
//! # What a stored row can do
//!
//! A row makes a key only if it opens under the gateway's own secret, and the
//! public half is computed from what was sealed, not read. So whoever reads the
//! table cannot sign, and whoever writes to it brings in no key of their own: they
//! can end keys, and put back what was there before.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use lango_vault::{NONCE_LENGTH, SealingKey};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    gateway_key::GatewayKey,
    signing_keys::{SigningKeys, SigningKeysError, parse_set},
};

/// Nobody goes by stored keys that were read longer ago.
pub const RING_SECONDS: i64 = 60;

/// How long a new key is shown before it signs.
pub const PUBLISHED_AHEAD_SECONDS: i64 = 2 * RING_SECONDS;

/// Nothing that is signed lasts longer: the registrations of assistants last that
/// long, API keys half of it.
pub const LONGEST_LIFE_SECONDS: i64 = 2 * 365 * 86_400;

/// So many keys verify at most: each one is read by every isolate.
pub(crate) const MAXIMUM_KEYS: usize = 64;

/// Random bytes of a new key: name, private half, nonce of its sealing.
pub const NEW_KEY_RANDOM_LENGTH: usize = NAME_LENGTH + SEED_LENGTH + NONCE_LENGTH;

const NAME_LENGTH: usize = 9;
const SEED_LENGTH: usize = 32;

/// What stored private halves are sealed under: derived from the gateway's own
/// secret for this alone. Whoever has it may read the stored keys.
pub struct RingSeal(SealingKey);

/// The keys of a deployment, the newest first.
#[derive(Clone)]
pub struct SigningRing {
    keys: Vec<RingKey>,
}

#[derive(Clone)]
struct RingKey {
    kid: String,
    verifier: VerifyingKey,
    signer: Option<SigningKey>,
    /// `None`: a key of the secret.
    stored: Option<Stored>,
    /// In seconds since 1970; `None` while no other key follows it.
    verifies_until: Option<i64>,
}

#[derive(Clone, Copy)]
struct Stored {
    created_at: i64,
    signs_from: i64,
}

/// A row of the table: a key of its own, or what limits a key of the secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredSigningKey {
    /// Its name in tokens.
    pub kid: String,
    /// The private half, sealed under the name; `None` for a row that only limits.
    pub sealed: Option<String>,
    /// In milliseconds since 1970; no two keys have the same.
    pub created_at: i64,
    /// In seconds since 1970.
    pub signs_from: i64,
    /// In seconds since 1970.
    pub verifies_until: Option<i64>,
}

/// A key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSigningKey {
    /// Its name in tokens.
    pub kid: String,
    /// The public half, as a JWK has it (`x`).
    pub public_key: String,
    /// What it does now.
    pub state: SigningKeyState,
    /// Whether it is one of the deployment's secret.
    pub of_secret: bool,
    /// In milliseconds since 1970; `None` for a key of the secret.
    pub created_at: Option<i64>,
    /// In seconds since 1970; `None` for a key of the secret.
    pub signs_from: Option<i64>,
    /// In seconds since 1970; `None` while no other key follows it.
    pub verifies_until: Option<i64>,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyState {
    /// It is shown, and will sign.
    Waiting,
    /// It signs, and verifies.
    Signing,
    /// It verifies what it has signed.
    Verifying,
}

/// When a new key begins to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Once everybody knows it.
    Published,
    /// At once: an older one has leaked. Whoever has not read of it yet asks for it
    /// when they see it.
    AtOnce,
}

/// What a rotation writes, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The new key's name.
    pub kid: String,
    /// Its public half.
    pub public_key: String,
    /// Its private half, sealed under its name.
    pub sealed: String,
    /// In milliseconds since 1970; the table makes it later than every other.
    pub created_at: i64,
    /// In seconds since 1970.
    pub signs_from: i64,
    /// For every other key that has no end yet, in seconds since 1970.
    pub others_verify_until: i64,
    /// The keys of the secret that have no row yet: name and public half.
    pub of_secret: Vec<(String, String)>,
    /// In seconds since 1970: keys that have ended by now may be forgotten.
    pub now: i64,
}

/// What a withdrawal writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The key.
    pub kid: String,
    /// Its public half.
    pub public_key: String,
    /// In seconds since 1970: it verifies nothing from then on.
    pub at: i64,
}

/// Why keys were not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// No such key is in force.
    #[error("there is no such key")]
    Unknown,
    /// Without it nobody could sign.
    #[error("it is the newest key")]
    Newest,
    /// 64 keys are in force.
    #[error("too many keys are in force")]
    TooMany,
    /// The private half could not be sealed; does not happen for a key.
    #[error("the private half was not sealed")]
    Seal,
}

impl SigningRing {
    /// Reads the deployment's secret.
    ///
    /// # Errors
    /// [`SigningKeysError`] says what is wrong, without saying any key.
    pub fn of_secret(json: &str) -> Result<Self, SigningKeysError> {
        let keys = parse_set(json)?
            .into_iter()
            .map(|key| RingKey {
                kid: key.kid,
                verifier: key.verifier,
                signer: key.signer,
                stored: None,
                verifies_until: None,
            })
            .collect();
        Ok(Self { keys })
    }

    /// This ring, which is the secret's, with what is stored; and the names of the
    /// stored keys that do not open.
    #[must_use]
    pub fn with_stored(&self, rows: Vec<StoredSigningKey>, seal: &RingSeal) -> (Self, Vec<String>) {
        let mut of_secret = self.keys.clone();
        let (mut keys, mut unreadable) = (Vec::new(), Vec::new());
        for row in rows {
            if let Some(key) = of_secret.iter_mut().find(|key| key.kid == row.kid) {
                key.verifies_until = row.verifies_until;
            } else if let Some(sealed) = &row.sealed {
                match seal.open(&row.kid, sealed) {
                    Some(signer) => keys.push(RingKey::stored(row, signer)),
                    None => unreadable.push(row.kid),
                }
            }
        }
        keys.sort_by(|one, other| other.age().cmp(&one.age()));
        keys.append(&mut of_secret);
        (Self { keys }, unreadable)
    }

    /// The keys as they are at a moment, in seconds since 1970; `None` when none is
    /// left that could sign.
    #[must_use]
    pub fn at(&self, now: i64) -> Option<SigningKeys> {
        let signer = self.signer(now)?;
        Some(SigningKeys::new(
            &signer.kid,
            signer.signer.clone()?,
            self.in_force(now)
                .map(|key| (key.kid.clone(), key.verifier))
                .collect(),
        ))
    }

    /// The next moment at which [`Self::at`] says something else.
    #[must_use]
    pub fn changes_after(&self, now: i64) -> Option<i64> {
        let starts = self.keys.iter().filter_map(|key| key.stored);
        let ends = self.keys.iter().filter_map(|key| key.verifies_until);
        starts
            .map(|stored| stored.signs_from)
            .chain(ends)
            .filter(|moment| *moment > now)
            .min()
    }

    /// Every key that verifies, the newest first. `now` is seconds since 1970.
    #[must_use]
    pub fn shown(&self, now: i64) -> Vec<ShownSigningKey> {
        let signing = self.signer(now).map(|key| key.kid.as_str());
        let mut state = match signing {
            Some(_) => SigningKeyState::Waiting,
            None => SigningKeyState::Verifying,
        };
        let mut shown = Vec::new();
        for key in self.in_force(now) {
            // Whatever is newer than the key that signs does not sign yet.
            if Some(key.kid.as_str()) == signing {
                state = SigningKeyState::Signing;
            } else if state == SigningKeyState::Signing {
                state = SigningKeyState::Verifying;
            }
            shown.push(key.shown(state));
        }
        shown
    }

    /// A new key out of random bytes, which must come from a cryptographic
    /// generator and be used once. `now_ms` is milliseconds since 1970.
    ///
    /// # Errors
    /// [`RingError::TooMany`].
    pub fn rotate(
        &self,
        start: Start,
        random: &Zeroizing<[u8; NEW_KEY_RANDOM_LENGTH]>,
        seal: &RingSeal,
        now_ms: i64,
    ) -> Result<Rotation, RingError> {
        let now = now_ms.div_euclid(1_000);
        if self.in_force(now).count() >= MAXIMUM_KEYS {
            return Err(RingError::TooMany);
        }
        let (name, rest) = random.split_at(NAME_LENGTH);
        let (seed, nonce) = rest.split_at(SEED_LENGTH);
        let signer = SigningKey::try_from(seed).map_err(|_| RingError::Seal)?;
        let nonce = nonce.try_into().map_err(|_| RingError::Seal)?;
        let kid = URL_SAFE_NO_PAD.encode(name);
        let sealed = seal.0.seal(&kid, nonce, seed);
        let sealed = sealed.map_err(|_| RingError::Seal)?;
        let signs_from = match start {
            Start::Published => now + PUBLISHED_AHEAD_SECONDS,
            Start::AtOnce => now,
        };
        let of_secret = self.keys.iter().filter(|key| key.stored.is_none());
        Ok(Rotation {
            public_key: public(&signer.verifying_key()),
            kid,
            sealed,
            created_at: now_ms,
            signs_from,
            others_verify_until: signs_from + RING_SECONDS + LONGEST_LIFE_SECONDS,
            of_secret: of_secret
                .filter(|key| key.verifies_until.is_none())
                .map(|key| (key.kid.clone(), public(&key.verifier)))
                .collect(),
            now,
        })
    }

    /// Ends a key that has leaked. The newest one cannot be: there would be nothing
    /// to sign with, or only a key that is about to end. `now` is seconds since
    /// 1970.
    ///
    /// # Errors
    /// [`RingError::Unknown`] and [`RingError::Newest`].
    pub fn withdraw(&self, kid: &str, now: i64) -> Result<Withdrawal, RingError> {
        let key = self
            .in_force(now)
            .find(|key| key.kid == kid)
            .ok_or(RingError::Unknown)?;
        if self.newest(now).is_some_and(|newest| newest.kid == kid) {
            return Err(RingError::Newest);
        }
        Ok(Withdrawal {
            kid: key.kid.clone(),
            public_key: public(&key.verifier),
            at: now,
        })
    }

    fn in_force(&self, now: i64) -> impl Iterator<Item = &RingKey> {
        self.keys
            .iter()
            .filter(move |key| key.verifies_until.is_none_or(|until| until > now))
    }

    fn newest(&self, now: i64) -> Option<&RingKey> {
        self.in_force(now).find(|key| key.signer.is_some())
    }

    fn signer(&self, now: i64) -> Option<&RingKey> {
        let may_sign = |key: &&RingKey| {
            key.signer.is_some() && key.stored.is_none_or(|stored| stored.signs_from <= now)
        };
        self.in_force(now).find(may_sign)
    }
}

impl RingSeal {
    /// The seal of a deployment.
    #[must_use]
    pub fn of(gateway: &GatewayKey) -> Self {
        const LABEL: &str = "signing-keys";
        Self(SealingKey::new(LABEL, &gateway.derive(LABEL)))
    }

    fn open(&self, kid: &str, sealed: &str) -> Option<SigningKey> {
        let seed = self.0.open(kid, sealed).ok()?;
        SigningKey::try_from(seed.as_slice()).ok()
    }
}

impl RingKey {
    fn stored(row: StoredSigningKey, signer: SigningKey) -> Self {
        Self {
            kid: row.kid,
            verifier: signer.verifying_key(),
            signer: Some(signer),
            stored: Some(Stored {
                created_at: row.created_at,
                signs_from: row.signs_from,
            }),
            verifies_until: row.verifies_until,
        }
    }

    /// Grows with each key that is stored.
    fn age(&self) -> Option<(i64, &str)> {
        self.stored
            .map(|stored| (stored.created_at, self.kid.as_str()))
    }

    fn shown(&self, state: SigningKeyState) -> ShownSigningKey {
        ShownSigningKey {
            kid: self.kid.clone(),
            public_key: public(&self.verifier),
            state,
            of_secret: self.stored.is_none(),
            created_at: self.stored.map(|stored| stored.created_at),
            signs_from: self.stored.map(|stored| stored.signs_from),
            verifies_until: self.verifies_until,
        }
    }
}

fn public(verifier: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(verifier.as_bytes())
}

#[cfg(test)]
#[path = "signing_ring_tests.rs"]
mod tests;
