//! A key that seals single texts of the gateway's own, each under its name.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::{
    OpenError, SealError, associated_data,
    cipher::{Cipher, KEY_LENGTH, NONCE_LENGTH},
};

/// Seals and opens what the gateway keeps for itself in a database that others may
/// read. It has nothing to do with credentials, which only connectors open.
pub struct SealingKey {
    purpose: &'static str,
    cipher: Cipher,
}

impl SealingKey {
    /// A key for one purpose, derived from the gateway's secret for that purpose
    /// alone.
    #[must_use]
    pub fn new(purpose: &'static str, derived: &Zeroizing<[u8; KEY_LENGTH]>) -> Self {
        Self {
            purpose,
            cipher: Cipher::new(derived),
        }
    }

    /// Seals a value under a name: base64url of nonce, ciphertext and tag. The
    /// nonce must come from a cryptographic generator and be used once.
    ///
    /// # Errors
    /// [`SealError`] when the value is too long.
    pub fn seal(
        &self,
        name: &str,
        nonce: &[u8; NONCE_LENGTH],
        plaintext: &[u8],
    ) -> Result<String, SealError> {
        let sealed = self
            .cipher
            .seal(nonce, &self.bound_to(name), plaintext)
            .ok_or(SealError::TooLong)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed under this name.
    ///
    /// # Errors
    /// [`OpenError::Refused`] if it was changed, or sealed under another name, for
    /// another purpose or with another key.
    pub fn open(&self, name: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(sealed)
            .map_err(|_| OpenError::Refused)?;
        let (nonce, ciphertext) = bytes
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(OpenError::Refused)?;
        self.cipher
            .open(nonce, &self.bound_to(name), ciphertext)
            .ok_or(OpenError::Refused)
    }

    fn bound_to(&self, name: &str) -> Vec<u8> {
        associated_data::encode(associated_data::SEALED_TEXT, &[self.purpose, name], &[])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(purpose: &'static str, byte: u8) -> SealingKey {
        SealingKey::new(purpose, &Zeroizing::new([byte; KEY_LENGTH]))
    }

    #[test]
    fn a_sealed_text_opens_under_its_name_with_its_key_for_its_purpose() {
        let sealed = key("p", 1).seal("n", &[7; NONCE_LENGTH], b"seed").unwrap();
        assert_eq!(*key("p", 1).open("n", &sealed).unwrap(), b"seed");
        let refused = Some(OpenError::Refused);
        assert_eq!(key("p", 1).open("other", &sealed).err(), refused);
        assert_eq!(key("other", 1).open("n", &sealed).err(), refused);
        assert_eq!(key("p", 2).open("n", &sealed).err(), refused);
        assert_eq!(key("p", 1).open("n", "").err(), refused);
    }

    /// Made by Node.js from the description in the README.
    #[test]
    fn the_stored_form_is_pinned() {
        let stored =
            "BQUFBQUFBQUFBQUFHyvWbbvVHkijB8MK2u5OWz5OcTh4P_8SLhRQBAIi3DF4X9crJZOp46Td4dOR-SY3";
        let key = key("signing-keys", 3);
        assert_eq!(*key.open("kid", stored).unwrap(), [9; 32]);
        let sealed = key.seal("kid", &[5; NONCE_LENGTH], &[9; 32]).unwrap();
        assert_eq!(sealed, stored);
    }

    proptest! {
        #[test]
        fn a_changed_text_does_not_open(place: usize, byte: u8) {
            let sealed = key("p", 1).seal("n", &[7; NONCE_LENGTH], b"seed").unwrap();
            let mut bytes = URL_SAFE_NO_PAD.decode(sealed).unwrap();
            let place = place % bytes.len();
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            prop_assert!(key("p", 1).open("n", &URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }

        #[test]
        fn nothing_makes_opening_panic(text in ".{0,80}") {
            prop_assert!(key("p", 1).open("n", &text).is_err());
        }
    }
}
