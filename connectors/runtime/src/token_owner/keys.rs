//! Sealing and opening what the owner keeps.
//!
//! The data key comes wrapped with each request. The newest one that was seen is kept,
//! wrapped, and is what everything new is sealed with: a call that was admitted with an
//! older one does not write under a version that is about to be retired.

use std::collections::BTreeMap;

use lango_vault::{
    DataKey, ErasureKey, FieldContext, KeyRing, KeyScope, NONCE_LENGTH, SEALS_PER_CONNECTION,
    SealedField, Secret, WrappedDataKey,
};

use super::{
    journal::{Journal, Kind, SealedToken},
    message::KeyMaterial,
};
use crate::random::Random;

/// An access token and a refresh token.
const SEALS_PER_ANSWER: u64 = 2;

/// Why something could not be sealed or opened, in words without any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyFailure {
    /// The keys are not here, or do not open: that may change.
    Keys(String),
    /// The key is here, and this does not open with it: it never will.
    Sealed(String),
}

/// The keys of one request.
pub(super) struct Keys {
    connection: String,
    newest: u32,
    by_version: BTreeMap<u32, DataKey>,
    random: Random,
}

impl KeyFailure {
    pub(super) fn spent() -> Self {
        Self::Keys("the data key has sealed as much as it may: rotate it".to_owned())
    }

    pub(super) fn into_words(self) -> String {
        match self {
            Self::Keys(words) | Self::Sealed(words) => words,
        }
    }
}

impl Keys {
    /// Opens the data keys that are kept and the one that comes with the request.
    pub(super) fn open(
        ring: &KeyRing,
        journal: &Journal,
        material: &KeyMaterial,
        random: Random,
    ) -> worker::Result<Result<Self, KeyFailure>> {
        take_in(journal, &material.data_key)?;
        let scope = KeyScope {
            tenant: &material.tenant,
            connector: &material.connector,
        };
        let erasure_key = match material.erasure_key.as_ref().map(ErasureKey::parse) {
            None => None,
            Some(Ok(key)) => Some(key),
            Some(Err(error)) => return Ok(Err(KeyFailure::Keys(error.to_string()))),
        };
        let mut by_version = BTreeMap::new();
        for wrapped in &journal.data_keys()? {
            match ring.unwrap(scope, wrapped, erasure_key.as_ref()) {
                Ok(key) => drop(by_version.insert(wrapped.version, key)),
                Err(error) if wrapped.version == material.data_key.version => {
                    return Ok(Err(KeyFailure::Keys(error.to_string())));
                }
                // One whose key-encryption key has been taken out: what it sealed says
                // so when it is needed.
                Err(_) => {}
            }
        }
        let newest = by_version.keys().next_back().copied();
        Ok(Ok(Self {
            connection: material.connection.clone(),
            newest: newest.unwrap_or(material.data_key.version),
            by_version,
            random,
        }))
    }

    /// Whether an answer could be sealed: nothing is asked for otherwise.
    pub(super) fn has_room(&self, journal: &Journal) -> worker::Result<bool> {
        let after = u64::from(journal.seals(self.newest)?) + SEALS_PER_ANSWER;
        Ok(after <= SEALS_PER_CONNECTION)
    }

    /// What everything new is sealed with.
    pub(super) fn newest(&self) -> u32 {
        self.newest
    }

    /// The versions before it that can be opened.
    pub(super) fn older(&self) -> impl Iterator<Item = u32> {
        let newest = self.newest;
        self.by_version
            .keys()
            .copied()
            .filter(move |version| *version < newest)
    }

    pub(super) fn seal(
        &self,
        journal: &Journal,
        holder: &str,
        kind: Kind,
        plaintext: &Secret,
    ) -> worker::Result<Result<SealedToken, KeyFailure>> {
        self.seal_under(journal, self.newest, holder, kind, plaintext)
    }

    pub(super) fn open_token(
        &self,
        holder: &str,
        token: &SealedToken,
    ) -> Result<Secret, KeyFailure> {
        let key = self.key(token.data_key_version)?;
        let field = field(holder, token.kind);
        let context = FieldContext {
            connection: &self.connection,
            field: &field,
        };
        key.open_field(context, &token.sealed)
            .map_err(|error| KeyFailure::Sealed(error.to_string()))
    }

    /// The same text under a version of the data key.
    pub(super) fn reseal(
        &self,
        journal: &Journal,
        version: u32,
        holder: &str,
        token: &SealedToken,
    ) -> worker::Result<Result<SealedToken, KeyFailure>> {
        match self.open_token(holder, token) {
            Ok(text) => self.seal_under(journal, version, holder, token.kind, &text),
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn seal_under(
        &self,
        journal: &Journal,
        version: u32,
        holder: &str,
        kind: Kind,
        plaintext: &Secret,
    ) -> worker::Result<Result<SealedToken, KeyFailure>> {
        // This owner's share of what the key may be used for.
        if u64::from(journal.count_seal(version)?) > SEALS_PER_CONNECTION {
            return Ok(Err(KeyFailure::spent()));
        }
        Ok(self.sealed(version, holder, kind, plaintext))
    }

    fn sealed(
        &self,
        version: u32,
        holder: &str,
        kind: Kind,
        plaintext: &Secret,
    ) -> Result<SealedToken, KeyFailure> {
        let mut nonce = [0; NONCE_LENGTH];
        (self.random)(&mut nonce)
            .map_err(|_| KeyFailure::Keys("there is no randomness".to_owned()))?;
        let field = field(holder, kind);
        let context = FieldContext {
            connection: &self.connection,
            field: &field,
        };
        let sealed: SealedField = self
            .key(version)?
            .seal_field(context, plaintext, nonce)
            .map_err(|error| KeyFailure::Keys(error.to_string()))?;
        Ok(SealedToken {
            kind,
            data_key_version: version,
            sealed,
        })
    }

    fn key(&self, version: u32) -> Result<&DataKey, KeyFailure> {
        self.by_version.get(&version).ok_or_else(|| {
            KeyFailure::Keys(format!("version {version} of the data key is not here"))
        })
    }
}

/// What binds the ciphertext: no credential field has a slash in its name.
fn field(holder: &str, kind: Kind) -> String {
    let kind = match kind {
        Kind::Access => "access",
        Kind::Refresh => "refresh",
        Kind::Verifier => "verifier",
    };
    format!("token/{kind}/{holder}")
}

/// Keeps what is newer than what is kept: a version that was not seen, or the same one
/// wrapped under newer keys.
fn take_in(journal: &Journal, came: &WrappedDataKey) -> worker::Result<()> {
    let kept = journal.data_keys()?;
    // The erasure key of what is kept was destroyed: none of it opens, here or elsewhere.
    // (Keys of generation 0 are from before there were any, and are wrapped anew.)
    let is_after_the_end =
        |known: &WrappedDataKey| (1..came.erasure_generation).contains(&known.erasure_generation);
    if kept.iter().any(is_after_the_end) {
        journal.clear()?;
        return journal.keep(came);
    }
    // A call that was admitted before that end brings nothing back.
    let is_before_the_end =
        |known: &WrappedDataKey| (1..known.erasure_generation).contains(&came.erasure_generation);
    if kept.iter().any(is_before_the_end) {
        return Ok(());
    }
    let wrapped_under =
        |key: &WrappedDataKey| (key.erasure_generation, key.key_encryption_key_version);
    let is_newer = kept
        .iter()
        .find(|known| known.version == came.version)
        // An older one than all that are here seals nothing any more, but may have
        // sealed what is about to be sealed anew.
        .is_none_or(|known| wrapped_under(known) < wrapped_under(came));
    if is_newer {
        journal.keep(came)?;
    }
    Ok(())
}
