//! Sealing and opening what the owner keeps.
//!
//! The data key comes wrapped with each request. The newest one that was seen is kept,
//! wrapped, and is what everything new is sealed with: a call that was admitted with an
//! older one does not write under a version that is about to be retired.

use std::collections::BTreeMap;

use lango_vault::{
    DataKey, ErasureKey, FieldContext, KeyRing, KeyScope, NONCE_LENGTH, SealedField, Secret,
    WrappedDataKey,
};

use super::{
    journal::{Journal, Kind, SealedToken},
    message::KeyMaterial,
};
use crate::random::Random;

/// So many messages are sealed under one version of the data key: this owner's share of
/// what the key may be used for.
const LARGEST_SHARE: u32 = 1 << 20;

/// Why something could not be sealed or opened, in words without any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyFailure(pub(super) String);

/// The keys of one request.
pub(super) struct Keys {
    connection: String,
    newest: u32,
    by_version: BTreeMap<u32, DataKey>,
    random: Random,
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
            Some(Err(error)) => return Ok(Err(KeyFailure(error.to_string()))),
            Some(Ok(key)) => Some(key),
            None => None,
        };
        let mut by_version = BTreeMap::new();
        let kept = journal.data_keys()?;
        for wrapped in &kept {
            match ring.unwrap(scope, wrapped, erasure_key.as_ref()) {
                Ok(key) => drop(by_version.insert(wrapped.version, key)),
                Err(error) if wrapped.version == material.data_key.version => {
                    return Ok(Err(KeyFailure(error.to_string())));
                }
                // One whose key-encryption key has been taken out, or whose erasure key
                // was destroyed: what it sealed says so when it is needed.
                Err(_) => {}
            }
        }
        // Versions begin anew under another erasure key.
        let generation = kept.iter().map(|wrapped| wrapped.erasure_generation).max();
        let newest = kept
            .iter()
            .filter(|wrapped| Some(wrapped.erasure_generation) == generation)
            .map(|wrapped| wrapped.version)
            .max();
        Ok(Ok(Self {
            connection: material.connection.clone(),
            newest: newest.unwrap_or(material.data_key.version),
            by_version,
            random,
        }))
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
            .map_err(|error| KeyFailure(error.to_string()))
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
        if journal.count_seal(version)? > LARGEST_SHARE {
            let words = "the data key has sealed as much as it may: rotate it";
            return Ok(Err(KeyFailure(words.to_owned())));
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
        (self.random)(&mut nonce).map_err(|_| KeyFailure("there is no randomness".to_owned()))?;
        let field = field(holder, kind);
        let context = FieldContext {
            connection: &self.connection,
            field: &field,
        };
        let sealed: SealedField = self
            .key(version)?
            .seal_field(context, plaintext, nonce)
            .map_err(|error| KeyFailure(error.to_string()))?;
        Ok(SealedToken {
            kind,
            data_key_version: version,
            sealed,
        })
    }

    fn key(&self, version: u32) -> Result<&DataKey, KeyFailure> {
        self.by_version
            .get(&version)
            .ok_or_else(|| KeyFailure(format!("version {version} of the data key is not here")))
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
/// wrapped under a newer erasure key or with a newer key-encryption key.
fn take_in(journal: &Journal, came: &WrappedDataKey) -> worker::Result<()> {
    let kept = journal.data_keys()?;
    let same = kept.iter().find(|known| known.version == came.version);
    let is_newer = match same {
        Some(known) => wrapped_with(known) < wrapped_with(came),
        // An older one than all that are here seals nothing any more, but may have
        // sealed what is about to be sealed anew.
        None => true,
    };
    if is_newer {
        journal.keep(came)?;
    }
    Ok(())
}

fn wrapped_with(key: &WrappedDataKey) -> (u32, u32) {
    (key.erasure_generation, key.key_encryption_key_version)
}
