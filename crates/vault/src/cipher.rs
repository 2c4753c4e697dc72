//! AES-256-GCM with a key that is wiped when it goes.

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY_LENGTH: usize = 32;
/// Bytes of a nonce.
pub const NONCE_LENGTH: usize = 12;
/// How many messages one key may seal with random nonces
/// (NIST SP 800-38D, section 8.3). Replace a key before it gets there.
pub const MESSAGES_PER_KEY: u64 = 1 << 32;

const TAG_LENGTH: usize = 16;

/// Key bytes. Boxed, so that moving the value leaves no copy on the stack.
pub(crate) type KeyBytes = Box<Zeroizing<[u8; KEY_LENGTH]>>;

/// Key bytes that are still to be filled.
pub(crate) fn blank_key() -> KeyBytes {
    Box::new(Zeroizing::new([0; KEY_LENGTH]))
}

/// A key that is ready for use: making it ready costs as much as sealing 1 KiB. Boxed,
/// so that moving the value leaves no copy on the stack; wiped when it goes.
pub(crate) struct Cipher(Box<Aes256Gcm>);

impl Cipher {
    pub(crate) fn new(key: &[u8; KEY_LENGTH]) -> Self {
        Self(Box::new(Aes256Gcm::new(key.into())))
    }

    /// Appends the tag to the ciphertext; `None` if the plaintext is too long.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        associated_data: &[u8],
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        // With room for the tag from the start: growing would leave plaintext behind.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG_LENGTH));
        buffer.extend_from_slice(plaintext);
        self.0
            .encrypt_in_place(nonce.into(), associated_data, &mut *buffer)
            .ok()?;
        Some(std::mem::take(&mut *buffer))
    }

    /// The plaintext, or `None` if anything differs from what was sealed.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        associated_data: &[u8],
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        self.0
            .decrypt_in_place(nonce.into(), associated_data, &mut *buffer)
            .ok()?;
        Some(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::Cipher;

    #[test]
    fn shorter_than_a_tag_is_refused() {
        for length in 0..16 {
            assert!(
                Cipher::new(&[0; 32])
                    .open(&[0; 12], b"", &vec![0; length])
                    .is_none()
            );
        }
    }
}
