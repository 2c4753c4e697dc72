//! The gateway's own secret: the root of keys that never leave it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 random bytes, which only the gateway has. Nothing is encrypted or signed with
/// them: each use has a key of its own, derived under its label, so that what is
/// made for one use means nothing in another.
pub struct GatewayKey(Zeroizing<[u8; 32]>);

/// Why a gateway key was refused. Never says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the gateway key must be 32 random bytes as base64url without padding")]
pub struct GatewayKeyError;

impl GatewayKey {
    /// Reads the deployment's secret.
    ///
    /// # Errors
    /// [`GatewayKeyError`] when it is not 32 bytes in base64url.
    pub fn parse(text: &str) -> Result<Self, GatewayKeyError> {
        let mut key = Zeroizing::new([0; 32]);
        let length = URL_SAFE_NO_PAD
            .decode_slice(text.trim(), &mut *key)
            .map_err(|_| GatewayKeyError)?;
        if length == key.len() {
            Ok(Self(key))
        } else {
            Err(GatewayKeyError)
        }
    }

    /// The key of one use (HKDF-SHA-256, RFC 5869). A label names one use for ever:
    /// whatever was made with its key could not be read otherwise.
    #[must_use]
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are one block; HKDF gives up to 255 of them.
        let _ = Hkdf::<Sha256>::new(None, &*self.0)
            .expand_multi_info(&[b"lango/", label.as_bytes()], &mut *key);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> GatewayKey {
        GatewayKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    #[test]
    fn each_use_and_each_deployment_has_a_key_of_its_own() {
        assert_eq!(key(1).derive("one"), key(1).derive("one"));
        assert_ne!(key(1).derive("one"), key(1).derive("other"));
        assert_ne!(key(1).derive("one"), key(2).derive("one"));
        assert_ne!(*key(1).derive("one"), [0; 32]);
    }

    /// What is stored under a derived key must stay readable: the derivation is
    /// pinned.
    #[test]
    fn the_derivation_is_pinned() {
        let derived = URL_SAFE_NO_PAD.encode(*key(7).derive("one-time-codes"));
        assert_eq!(derived, "LpGB__X2y5_16IYpLxA9DdoVqxEt8V9M8-pfW0vtjD4");
    }

    #[test]
    fn anything_else_is_refused() {
        let short = URL_SAFE_NO_PAD.encode([1; 31]);
        let long = URL_SAFE_NO_PAD.encode([1; 33]);
        for text in ["", "secret", short.as_str(), long.as_str()] {
            assert!(GatewayKey::parse(text).is_err());
        }
    }
}
