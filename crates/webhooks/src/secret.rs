//! The secret that a sender and a receiver share.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";

/// 24 to 64 bytes. Without `Debug`, `Display` and `Serialize`.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// A text that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct SecretError;

impl Secret {
    /// Reads a secret as receivers are given it.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretError)?;
        let bytes = STANDARD.decode(encoded).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| SecretError)?;
        if (24..=64).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(SecretError)
        }
    }

    /// The secret that belongs to an owner and a random number under a key: what is
    /// stored is the number, and without the key it is worth nothing.
    #[must_use]
    pub fn derived(key: &[u8; 32], owner: &str, random: &[u8; 32]) -> Self {
        let code = code(key, &[owner.as_bytes(), &[0], random]);
        Self(Zeroizing::new(code.to_vec()))
    }

    /// As receivers are given it.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    pub(crate) fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        code(&self.0, parts)
    }
}

fn code(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_24_to_64_bytes_are_a_secret() {
        for (length, is_one) in [(23, false), (24, true), (64, true), (65, false)] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7; length]));
            assert_eq!(Secret::parse(&text).is_ok(), is_one, "{length}");
        }
        for odd in ["", "whsec_", "whsk_AAAA", "whsec_%%%"] {
            assert!(Secret::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn each_owner_and_each_number_has_a_secret_of_its_own() {
        let secret = |owner, random| Secret::derived(&[1; 32], owner, &[random; 32]).expose();
        assert_eq!(secret("t_1", 1), secret("t_1", 1));
        assert_ne!(secret("t_1", 1), secret("t_2", 1));
        assert_ne!(secret("t_1", 1), secret("t_1", 2));
        assert!(Secret::parse(&secret("t_1", 1)).is_ok());
    }
}
