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

/// Appends the tag to the ciphertext; `None` if the plaintext is too long.
pub(crate) fn seal(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8; NONCE_LENGTH],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    // With room for the tag from the start: growing would leave plaintext behind.
    let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG_LENGTH));
    buffer.extend_from_slice(plaintext);
    Aes256Gcm::new(key.into())
        .encrypt_in_place(nonce.into(), associated_data, &mut *buffer)
        .ok()?;
    Some(std::mem::take(&mut *buffer))
}

/// The plaintext, or `None` if anything differs from what was sealed.
pub(crate) fn open(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8; NONCE_LENGTH],
    associated_data: &[u8],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    Aes256Gcm::new(key.into())
        .decrypt_in_place(nonce.into(), associated_data, &mut *buffer)
        .ok()?;
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::{open, seal};

    struct Vector {
        key: &'static str,
        nonce: &'static str,
        associated_data: &'static str,
        plaintext: &'static str,
        ciphertext_and_tag: &'static str,
    }

    /// Test cases 13 to 16 of "The Galois/Counter Mode of Operation (GCM)",
    /// McGrew and Viega, as submitted to NIST; those with 96-bit nonces.
    const VECTORS: [Vector; 4] = [
        Vector {
            key: "0000000000000000000000000000000000000000000000000000000000000000",
            nonce: "000000000000000000000000",
            associated_data: "",
            plaintext: "",
            ciphertext_and_tag: "530f8afbc74536b9a963b4f1c4cb738b",
        },
        Vector {
            key: "0000000000000000000000000000000000000000000000000000000000000000",
            nonce: "000000000000000000000000",
            associated_data: "",
            plaintext: "00000000000000000000000000000000",
            ciphertext_and_tag: "cea7403d4d606b6e074ec5d3baf39d18\
                                 d0d1c8a799996bf0265b98b5d48ab919",
        },
        Vector {
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            associated_data: "",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            ciphertext_and_tag: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad\
                                 b094dac5d93471bdec1a502270e3cc6c",
        },
        Vector {
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            associated_data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            ciphertext_and_tag: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                                 76fc6ece0f4e1768cddf8853bb2d551b",
        },
    ];

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        (0..hexadecimal.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn known_answers() {
        for vector in VECTORS {
            let key = bytes(vector.key).try_into().unwrap();
            let nonce = bytes(vector.nonce).try_into().unwrap();
            let associated_data = bytes(vector.associated_data);
            let sealed = seal(&key, &nonce, &associated_data, &bytes(vector.plaintext)).unwrap();
            assert_eq!(sealed, bytes(vector.ciphertext_and_tag));
            let opened = open(&key, &nonce, &associated_data, &sealed).unwrap();
            assert_eq!(*opened, bytes(vector.plaintext));
        }
    }

    #[test]
    fn shorter_than_a_tag_is_refused() {
        for length in 0..16 {
            assert!(open(&[0; 32], &[0; 12], b"", &vec![0; length]).is_none());
        }
    }
}
