//! The key-encryption keys of one connector Worker.

use std::collections::BTreeMap;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::base64url::decode_exact;
use crate::cipher::{self, KEY_LENGTH, KeyBytes, NONCE_LENGTH};
use crate::{DataKey, KeyRingError, OpenError, SealError, Secret, WrappedDataKey, associated_data};

/// How many random bytes a new data key takes: the key and the nonce of its wrapping.
pub const DATA_KEY_RANDOM_LENGTH: usize = KEY_LENGTH + NONCE_LENGTH;

/// Key-encryption keys by version; new data keys are wrapped with the current one.
pub struct KeyRing {
    current: u32,
    current_key: KeyBytes,
    other_keys: BTreeMap<u32, KeyBytes>,
}

/// Whose data key it is, and for which connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyScope<'a> {
    /// The tenant's identifier.
    pub tenant: &'a str,
    /// The connector's kind.
    pub connector: &'a str,
}

impl KeyRing {
    /// Reads `{"current":1,"keys":{"1":"<base64url of 32 bytes>"}}`.
    ///
    /// # Errors
    /// [`KeyRingError`] says what is wrong and repeats nothing of the keys.
    pub fn parse(json: &str) -> Result<Self, KeyRingError> {
        let KeyRingJson { current, keys } =
            serde_json::from_str(json).map_err(|_| KeyRingError::Shape)?;
        let mut other_keys = keys
            .iter()
            .map(|(version, text)| Ok((*version, parse_key(*version, text)?)))
            .collect::<Result<BTreeMap<_, _>, KeyRingError>>()?;
        let current_key = other_keys
            .remove(&current)
            .ok_or(KeyRingError::CurrentMissing(current))?;
        Ok(Self {
            current,
            current_key,
            other_keys,
        })
    }

    /// The version that new data keys are wrapped with.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// Makes version `version` of a tenant's data key out of random bytes, and
    /// wraps it with the current key-encryption key.
    ///
    /// The bytes must come from a cryptographic generator and be used once.
    ///
    /// # Errors
    /// [`SealError`]; cannot happen for a key.
    pub fn new_data_key(
        &self,
        scope: KeyScope<'_>,
        version: u32,
        random: &Zeroizing<[u8; DATA_KEY_RANDOM_LENGTH]>,
    ) -> Result<(DataKey, WrappedDataKey), SealError> {
        let mut key = cipher::blank_key();
        let mut nonce = [0; NONCE_LENGTH];
        key.copy_from_slice(&random[..KEY_LENGTH]);
        nonce.copy_from_slice(&random[KEY_LENGTH..]);

        let bound = wrapping_data(scope, version, self.current);
        let ciphertext = cipher::seal(&self.current_key, &nonce, &bound, key.as_slice())
            .ok_or(SealError::TooLong)?;
        let wrapped = WrappedDataKey {
            version,
            key_encryption_key_version: self.current,
            nonce,
            ciphertext,
        };
        Ok((DataKey::new(scope, version, key), wrapped))
    }

    /// Opens a tenant's data key.
    ///
    /// # Errors
    /// [`OpenError`] if it was changed, belongs to another tenant or connector,
    /// or was wrapped with a key that is not here.
    pub fn unwrap(
        &self,
        scope: KeyScope<'_>,
        wrapped: &WrappedDataKey,
    ) -> Result<DataKey, OpenError> {
        let key_version = wrapped.key_encryption_key_version;
        let key_encryption_key = self
            .key(key_version)
            .ok_or(OpenError::UnknownKeyEncryptionKey(key_version))?;
        let bound = wrapping_data(scope, wrapped.version, key_version);
        let opened = cipher::open(
            key_encryption_key,
            &wrapped.nonce,
            &bound,
            &wrapped.ciphertext,
        )
        .ok_or(OpenError::Refused)?;
        if opened.len() != KEY_LENGTH {
            return Err(OpenError::Refused);
        }
        let mut key = cipher::blank_key();
        key.copy_from_slice(&opened);
        Ok(DataKey::new(scope, wrapped.version, key))
    }

    fn key(&self, version: u32) -> Option<&[u8; KEY_LENGTH]> {
        if version == self.current {
            return Some(&self.current_key);
        }
        self.other_keys.get(&version).map(|key| &***key)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRingJson {
    current: u32,
    keys: BTreeMap<u32, Secret>,
}

fn parse_key(version: u32, text: &Secret) -> Result<KeyBytes, KeyRingError> {
    let mut key = cipher::blank_key();
    decode_exact(text.expose(), key.as_mut_slice()).ok_or(KeyRingError::Key(version))?;
    Ok(key)
}

fn wrapping_data(scope: KeyScope<'_>, version: u32, key_encryption_key_version: u32) -> Vec<u8> {
    associated_data::encode(
        associated_data::WRAPPED_DATA_KEY,
        &[scope.tenant, scope.connector],
        &[version, key_encryption_key_version],
    )
}
