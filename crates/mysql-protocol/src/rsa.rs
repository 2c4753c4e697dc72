//! A server's public key, for a password on a connection that is not encrypted.
//!
//! It keeps the password from whoever reads along. Nothing says that the key is the
//! server's: whoever can also change what is sent can put their own in its place. Only
//! TLS helps against that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use sha1::{Digest as _, Sha1};

use crate::auth::{Scramble, exclusive_or, with_zero};

/// How long the seed of [`PublicKey::encrypt`] is.
pub const SEED_LENGTH: usize = 20;

/// An RSA key of the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    modulus: BigUint,
    exponent: BigUint,
    /// Bytes of the modulus.
    length: usize,
}

/// Below this it is no protection, above it only costs time.
const BITS: std::ops::RangeInclusive<u64> = 2048..=8192;
/// 65537 has 17.
const EXPONENT_BITS: u64 = 32;
const OVERHEAD: usize = 2 * SEED_LENGTH + 2;
/// The name of RSA in a key.
const RSA_ENCRYPTION: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

impl PublicKey {
    /// Reads a key in PEM (`BEGIN PUBLIC KEY`). `None` if it is not one, or too weak.
    #[must_use]
    pub fn parse(pem: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(pem).ok()?;
        let (_, rest) = text.split_once("-----BEGIN PUBLIC KEY-----")?;
        let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
        let base64: String = body.split_ascii_whitespace().collect();
        Self::from_der(&STANDARD.decode(base64).ok()?)
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let (outer, []) = element(der, 0x30)? else {
            return None;
        };
        let rest = outer.strip_prefix(RSA_ENCRYPTION)?;
        let (bits, []) = element(rest, 0x03)? else {
            return None;
        };
        let (key, []) = element(bits.strip_prefix(&[0])?, 0x30)? else {
            return None;
        };
        let (modulus, rest) = element(key, 0x02)?;
        let (exponent, _) = element(rest, 0x02)?;
        let modulus = BigUint::from_bytes_be(modulus);
        let exponent = BigUint::from_bytes_be(exponent);
        let is_fit = BITS.contains(&modulus.bits())
            && modulus.bit(0)
            && exponent.bit(0)
            && (2..=EXPONENT_BITS).contains(&exponent.bits());
        is_fit.then(|| Self {
            length: modulus.bits().div_ceil(8) as usize,
            modulus,
            exponent,
        })
    }

    /// Encrypts the password as the server wants it (RSA-OAEP with SHA-1). `None` if it
    /// is too long for the key. The seed is random, and used once.
    #[must_use]
    pub fn encrypt(
        &self,
        password: &str,
        scramble: &Scramble,
        seed: &[u8; SEED_LENGTH],
    ) -> Option<Vec<u8>> {
        let password = with_zero(password);
        let mask = scramble.bytes().iter().cycle();
        let message: zeroize::Zeroizing<Vec<u8>> = password
            .iter()
            .zip(mask)
            .map(|(a, b)| a ^ b)
            .collect::<Vec<u8>>()
            .into();
        let padded = pad(&message, seed, self.length)?;
        let number = BigUint::from_bytes_be(&padded);
        let encrypted = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        let zeros = self.length.checked_sub(encrypted.len())?;
        Some([vec![0; zeros], encrypted].concat())
    }
}

/// OAEP (RFC 8017, 7.1.1) without a label.
fn pad(message: &[u8], seed: &[u8; SEED_LENGTH], length: usize) -> Option<Vec<u8>> {
    let zeros = length.checked_sub(OVERHEAD + message.len())?;
    let hash = Sha1::digest([]);
    let block = [hash.as_slice(), &vec![0; zeros], &[1], message].concat();
    let block = exclusive_or(&block, &mask(seed, block.len()));
    let seed = exclusive_or(seed, &mask(&block, SEED_LENGTH));
    Some([&[0], seed.as_slice(), &block].concat())
}

/// MGF1 (RFC 8017, B.2.1).
fn mask(seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length + SEED_LENGTH);
    for counter in 0_u32.. {
        if mask.len() >= length {
            break;
        }
        let hash = Sha1::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes())
            .finalize();
        mask.extend_from_slice(&hash);
    }
    mask.truncate(length);
    mask
}

/// The contents of an element of DER with this tag, and what is after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x0f))?;
            let length = bytes
                .iter()
                .fold(0, |length, &byte| length << 8 | usize::from(byte));
            (length, rest)
        }
        _ => return None,
    };
    (first == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    const PUBLIC: &str = include_str!("../tests/rsa_public.pem");
    fn scramble() -> Scramble {
        Scramble::of(b"01234567", b"890123456789\0").unwrap()
    }

    #[test]
    fn the_padding_comes_off_again() {
        let padded = pad(b"hunter2", &[5; 20], 256).unwrap();
        assert_eq!((padded.len(), padded[0]), (256, 0));
        // OAEP the other way round.
        let (seed, block) = padded[1..].split_at(SEED_LENGTH);
        let seed = exclusive_or(seed, &mask(block, SEED_LENGTH));
        assert_eq!(seed, [5; 20]);
        let block = exclusive_or(block, &mask(&seed, block.len()));
        let (hash, block) = block.split_at(20);
        assert_eq!(hash, Sha1::digest([]).as_slice());
        let (zeros, message) = block.split_at(block.len() - 8);
        assert!(zeros.iter().all(|&byte| byte == 0));
        assert_eq!(message, b"\x01hunter2");
    }

    #[test]
    fn a_key_of_a_server_is_read() {
        let key = PublicKey::parse(PUBLIC.as_bytes()).unwrap();
        assert_eq!((key.length, key.exponent.clone()), (256, 65_537_u32.into()));
        let sealed = key.encrypt("hunter2", &scramble(), &[5; 20]).unwrap();
        assert_eq!(sealed.len(), 256);
        assert_ne!(
            key.encrypt("hunter2", &scramble(), &[6; 20]).unwrap(),
            sealed
        );
    }

    #[test]
    fn what_is_too_long_does_not_fit() {
        let key = PublicKey::parse(PUBLIC.as_bytes()).unwrap();
        assert!(
            key.encrypt(&"x".repeat(213), &scramble(), &[0; 20])
                .is_some()
        );
        assert!(
            key.encrypt(&"x".repeat(214), &scramble(), &[0; 20])
                .is_none()
        );
    }

    #[test]
    fn what_is_no_key_is_none() {
        for pem in ["", "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"] {
            assert_eq!(PublicKey::parse(pem.as_bytes()), None);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = PublicKey::from_der(&bytes);
        }
    }
}
