//! The key-encryption keys of one connector Worker.

use std::collections::BTreeMap;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::base64url::decode_exact;
use crate::cipher::{self, Cipher, KEY_LENGTH, KeyBytes, NONCE_LENGTH};
use crate::{
    DataKey, ErasureKey, KeyRingError, OpenError, SealError, Secret, WrappedDataKey,
    associated_data,
};

/// How many random bytes a new data key takes: the key and the nonce of its wrapping.
pub const DATA_KEY_RANDOM_LENGTH: usize = KEY_LENGTH + NONCE_LENGTH;

/// Key-encryption keys by version; new data keys are wrapped under the current one.
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

    /// The version that new data keys are wrapped under.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// Every version that is here, the current one included.
    pub fn versions(&self) -> impl Iterator<Item = u32> {
        let current = std::iter::once(self.current);
        self.other_keys.keys().copied().chain(current)
    }

    /// Makes version `version` of a tenant's data key out of random bytes, and wraps it
    /// under the current key-encryption key and the tenant's erasure key.
    ///
    /// The bytes must come from a cryptographic generator and be used once.
    ///
    /// # Errors
    /// [`SealError`]; cannot happen for a key.
    pub fn new_data_key(
        &self,
        scope: KeyScope<'_>,
        version: u32,
        erasure_key: &ErasureKey,
        random: &Zeroizing<[u8; DATA_KEY_RANDOM_LENGTH]>,
    ) -> Result<(DataKey, WrappedDataKey), SealError> {
        let mut key = cipher::blank_key();
        let mut nonce = [0; NONCE_LENGTH];
        key.copy_from_slice(&random[..KEY_LENGTH]);
        nonce.copy_from_slice(&random[KEY_LENGTH..]);
        let wrapped = self.wrap(scope, version, erasure_key, &key, nonce)?;
        Ok((DataKey::new(scope, version, &key), wrapped))
    }

    /// Opens a tenant's data key. One that was wrapped before there were erasure keys
    /// opens without any.
    ///
    /// # Errors
    /// [`OpenError`] if it was changed, belongs to another tenant or connector, or was
    /// wrapped under a key that is not here or no longer is.
    pub fn unwrap(
        &self,
        scope: KeyScope<'_>,
        wrapped: &WrappedDataKey,
        erasure_key: Option<&ErasureKey>,
    ) -> Result<DataKey, OpenError> {
        let key = self.unwrap_bytes(scope, wrapped, erasure_key)?;
        Ok(DataKey::new(scope, wrapped.version, &key))
    }

    /// Wraps a data key anew, as a new one would be: under the current key-encryption
    /// key and this erasure key. The key itself stays as it is, and with it everything
    /// that it has sealed. The nonce must come from a cryptographic generator and be
    /// used once.
    ///
    /// # Errors
    /// [`OpenError`] as [`KeyRing::unwrap`]. What was wrapped under a destroyed erasure
    /// key cannot be saved by a new one.
    pub fn rewrap(
        &self,
        scope: KeyScope<'_>,
        wrapped: &WrappedDataKey,
        erasure_key: &ErasureKey,
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<WrappedDataKey, OpenError> {
        let key = self.unwrap_bytes(scope, wrapped, Some(erasure_key))?;
        self.wrap(scope, wrapped.version, erasure_key, &key, nonce)
            .map_err(|_| OpenError::Refused)
    }

    /// Whether a data key is wrapped as a new one would be.
    #[must_use]
    pub fn is_current(&self, wrapped: &WrappedDataKey) -> bool {
        wrapped.key_encryption_key_version == self.current && wrapped.erasure_generation != 0
    }

    fn wrap(
        &self,
        scope: KeyScope<'_>,
        version: u32,
        erasure_key: &ErasureKey,
        key: &KeyBytes,
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<WrappedDataKey, SealError> {
        let wrapping_key = erasure_key
            .wrapping_key(&self.current_key, self.current, scope)
            .ok_or(SealError::TooLong)?;
        let bound = wrapping_data(scope, version, self.current, erasure_key.generation());
        let ciphertext = Cipher::new(&wrapping_key)
            .seal(&nonce, &bound, key.as_slice())
            .ok_or(SealError::TooLong)?;
        Ok(WrappedDataKey {
            version,
            key_encryption_key_version: self.current,
            erasure_generation: erasure_key.generation(),
            nonce,
            ciphertext,
        })
    }

    fn unwrap_bytes(
        &self,
        scope: KeyScope<'_>,
        wrapped: &WrappedDataKey,
        erasure_key: Option<&ErasureKey>,
    ) -> Result<KeyBytes, OpenError> {
        let key_version = wrapped.key_encryption_key_version;
        let generation = wrapped.erasure_generation;
        let key_encryption_key = self
            .key(key_version)
            .ok_or(OpenError::UnknownKeyEncryptionKey(key_version))?;
        let bound = wrapping_data(scope, wrapped.version, key_version, generation);
        let open = |key: &[u8; KEY_LENGTH]| {
            Cipher::new(key)
                .open(&wrapped.nonce, &bound, &wrapped.ciphertext)
                .ok_or(OpenError::Refused)
        };
        let opened = if generation == 0 {
            open(key_encryption_key)?
        } else {
            let derived = erasure_key
                .filter(|key| key.generation() == generation)
                .ok_or(OpenError::Erased {
                    wrapped_under: generation,
                })?
                .wrapping_key(key_encryption_key, key_version, scope)
                .ok_or(OpenError::Refused)?;
            open(&derived)?
        };
        if opened.len() != KEY_LENGTH {
            return Err(OpenError::Refused);
        }
        let mut key = cipher::blank_key();
        key.copy_from_slice(&opened);
        Ok(key)
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

fn wrapping_data(
    scope: KeyScope<'_>,
    version: u32,
    key_encryption_key_version: u32,
    erasure_generation: u32,
) -> Vec<u8> {
    let texts = [scope.tenant, scope.connector];
    let versions = [version, key_encryption_key_version, erasure_generation];
    match erasure_generation {
        0 => associated_data::encode(associated_data::WRAPPED_DATA_KEY, &texts, &versions[..2]),
        _ => associated_data::encode(associated_data::WRAPPED_FOR_ERASURE, &texts, &versions),
    }
}
