//! How a password is proved.

use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Violation;

/// The way to prove the password that a server asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// `mysql_native_password`: SHA-1 twice.
    NativePassword,
    /// `caching_sha2_password`: SHA-256 while the server remembers it, and the
    /// password itself, encrypted, where it does not.
    CachingSha2,
    /// `client_ed25519`: MariaDB's, a signature.
    Ed25519,
    /// `mysql_clear_password`: the password as it is, for servers that ask somebody
    /// else (LDAP, PAM, a cloud's identities).
    Cleartext,
    /// Something else, by its name.
    Other(String),
}

impl Method {
    pub(crate) fn named(name: &[u8]) -> Self {
        match name {
            b"mysql_native_password" => Self::NativePassword,
            b"caching_sha2_password" => Self::CachingSha2,
            b"client_ed25519" => Self::Ed25519,
            b"mysql_clear_password" => Self::Cleartext,
            other => Self::Other(crate::cursor::text(other)),
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::NativePassword => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
            Self::Ed25519 => "client_ed25519",
            Self::Cleartext => "mysql_clear_password",
            Self::Other(name) => name,
        }
    }

    /// The proof, or `None` for a method that is not supported, or would show the
    /// password to whoever reads along.
    #[must_use]
    pub fn prove(
        &self,
        password: &str,
        scramble: &Scramble,
        is_encrypted: bool,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let proof = match self {
            // No password has no proof, but for a signature.
            Self::NativePassword | Self::CachingSha2 if password.is_empty() => Vec::new(),
            Self::NativePassword => native_password(password, scramble),
            Self::CachingSha2 => caching_sha2(password, scramble),
            Self::Ed25519 => ed25519(password, scramble.signed()?),
            Self::Cleartext if is_encrypted => return Some(with_zero(password)),
            Self::Cleartext | Self::Other(_) => return None,
        };
        Some(Zeroizing::new(proof))
    }
}

/// The password as `caching_sha2_password` wants it on an encrypted connection.
#[must_use]
pub fn with_zero(password: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len() + 1));
    bytes.extend_from_slice(password.as_bytes());
    bytes.push(0);
    bytes
}

const SCRAMBLE: usize = 20;
/// Ed25519's is longer.
const LONG_SCRAMBLE: usize = 32;

/// What the server mixes into the proof, so that it holds for this connection alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scramble(Vec<u8>);

impl Scramble {
    pub(crate) fn of(first: &[u8], second: &[u8]) -> Result<Self, Violation> {
        let mut bytes = [first, second].concat();
        // A zero byte ends it that is not part of it.
        if [SCRAMBLE + 1, LONG_SCRAMBLE + 1].contains(&bytes.len()) && bytes.last() == Some(&0) {
            bytes.pop();
        }
        match bytes.len() {
            SCRAMBLE | LONG_SCRAMBLE => Ok(Self(bytes)),
            _ => Err(Violation::Malformed),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn short(&self) -> &[u8] {
        self.0.get(..SCRAMBLE).unwrap_or(&self.0)
    }

    fn signed(&self) -> Option<&[u8]> {
        self.0.get(..LONG_SCRAMBLE)
    }
}

fn native_password(password: &str, scramble: &Scramble) -> Vec<u8> {
    let once = Sha1::digest(password.as_bytes());
    let twice = Sha1::digest(once);
    let mask = Sha1::new()
        .chain_update(scramble.short())
        .chain_update(twice)
        .finalize();
    exclusive_or(&once, &mask)
}

fn caching_sha2(password: &str, scramble: &Scramble) -> Vec<u8> {
    let once = Sha256::digest(password.as_bytes());
    let twice = Sha256::digest(once);
    let mask = Sha256::new()
        .chain_update(twice)
        .chain_update(scramble.short())
        .finalize();
    exclusive_or(&once, &mask)
}

/// Ordinary Ed25519, but that the password is hashed where a seed would be.
fn ed25519(password: &str, message: &[u8]) -> Vec<u8> {
    use ed25519_dalek::VerifyingKey;
    use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
    use sha2_for_ed25519::{Digest as _, Sha512};

    let mut hash: [u8; 64] = Sha512::digest(password.as_bytes()).into();
    let key = ExpandedSecretKey::from_bytes(&hash);
    zeroize::Zeroize::zeroize(&mut hash);
    raw_sign::<Sha512>(&key, message, &VerifyingKey::from(&key))
        .to_bytes()
        .to_vec()
}

/// Both are as long as the shorter.
pub(crate) fn exclusive_or(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(a, b)| a ^ b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scramble() -> Scramble {
        Scramble::of(b"01234567", b"890123456789\0").unwrap()
    }

    /// What the server does: it keeps the hash of the hash, and from the proof and it
    /// gets the hash back.
    #[test]
    fn the_server_finds_the_hash_in_the_proof() {
        let proof = native_password("secret", &scramble());
        let kept = Sha1::digest(Sha1::digest(b"secret"));
        let mask = Sha1::digest([scramble().bytes(), kept.as_slice()].concat());
        assert_eq!(
            Sha1::digest(exclusive_or(&proof, &mask)).as_slice(),
            kept.as_slice()
        );

        let proof = caching_sha2("secret", &scramble());
        let kept = Sha256::digest(Sha256::digest(b"secret"));
        let mask = Sha256::digest([kept.as_slice(), scramble().bytes()].concat());
        assert_eq!(
            Sha256::digest(exclusive_or(&proof, &mask)).as_slice(),
            kept.as_slice()
        );
    }

    #[test]
    fn a_signature_is_that_of_the_password() {
        use ed25519_dalek::{Signature, SigningKey, Verifier};
        // A password of 32 bytes is a seed, and the signature the ordinary one.
        let password = "0123456789abcdef0123456789abcdef";
        let message = [9; LONG_SCRAMBLE];
        let key = SigningKey::from_bytes(password.as_bytes().try_into().unwrap());
        let signature = Signature::from_slice(&ed25519(password, &message)).unwrap();
        assert!(key.verifying_key().verify(&message, &signature).is_ok());
    }

    #[test]
    fn a_password_in_the_clear_needs_encryption() {
        let prove = |method: &Method, encrypted| method.prove("x", &scramble(), encrypted);
        assert!(prove(&Method::Cleartext, false).is_none());
        assert_eq!(*prove(&Method::Cleartext, true).unwrap(), b"x\0");
        assert!(prove(&Method::Other("mysql_old_password".to_owned()), true).is_none());
    }

    #[test]
    fn no_password_has_no_proof() {
        for method in [Method::NativePassword, Method::CachingSha2] {
            assert!(method.prove("", &scramble(), false).unwrap().is_empty());
        }
    }
}
