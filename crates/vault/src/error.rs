//! What can go wrong. No error carries key material, plaintext or ciphertext.

/// Why a [`KeyRing`](crate::KeyRing) was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Not JSON of the form `{"current":1,"keys":{"1":"…"}}`.
    #[error("the key ring is not of the form {{\"current\":1,\"keys\":{{\"1\":\"…\"}}}}")]
    Shape,
    /// A key is not base64url (without padding) of 32 bytes.
    #[error("key-encryption key {0} is not base64url of 32 bytes")]
    Key(u32),
    /// `current` names a version that is not there.
    #[error("the current key-encryption key {0} is not in the key ring")]
    CurrentMissing(u32),
}

/// An erasure key is not of the form `<generation>.<base64url of 32 bytes>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the erasure key is not of the form <generation>.<base64url of 32 bytes>")]
pub struct ErasureKeyError;

/// Why something was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Longer than AES-GCM takes; cannot happen below 64 GiB.
    #[error("the value is too long to seal")]
    TooLong,
}

/// Why something did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was wrapped with a key-encryption key that this key ring lacks.
    #[error("key-encryption key {0} is not in the key ring")]
    UnknownKeyEncryptionKey(u32),
    /// It was wrapped under an erasure key that is not at hand: a destroyed one.
    #[error("erasure key {wrapped_under} of the tenant is gone, and with it what it sealed")]
    Erased {
        /// The generation that it names.
        wrapped_under: u32,
    },
    /// It was sealed with another version of the data key.
    #[error("sealed with data key version {sealed_with}, but version {opened_with} was given")]
    OtherDataKey {
        /// The version that it names.
        sealed_with: u32,
        /// The version of the key at hand.
        opened_with: u32,
    },
    /// Changed, cut, sealed with another key, or sealed for another place.
    /// AES-GCM does not tell which, and neither does this.
    #[error("the ciphertext does not open here")]
    Refused,
}
