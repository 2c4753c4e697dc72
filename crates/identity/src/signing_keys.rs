//! The keys that sign and verify tokens: a JWK set (RFC 7517, RFC 8037).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Why a set of signing keys was refused. Never says what a key is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeysError {
    /// Not a JWK set of Ed25519 keys.
    #[error("the signing keys are not a JWK set of Ed25519 keys with kid, x and (for signing) d")]
    Shape,
    /// The set is empty, or its first key has no private half.
    #[error("the first signing key must have a private half (d)")]
    NoSigner,
    /// Two keys have one `kid`.
    #[error("kid {0:?} stands twice")]
    DuplicateKeyId(String),
    /// `x` is not the public half of `d`, or not a point of the curve.
    #[error("kid {0:?}: x is not the public half of d")]
    Mismatch(String),
}

/// The keys at a moment: one signs, all of them verify.
pub struct SigningKeys {
    signer: SigningKey,
    signer_id: String,
    verifiers: Vec<(String, VerifyingKey)>,
}

#[derive(Deserialize)]
struct PrivateKeySet {
    keys: Vec<PrivateKey>,
}

#[derive(Deserialize)]
struct PrivateKey {
    kty: String,
    crv: String,
    kid: String,
    x: String,
    #[serde(default)]
    d: Option<Zeroizing<String>>,
}

/// A key of a set as it was read.
pub(crate) struct ParsedKey {
    pub(crate) kid: String,
    pub(crate) verifier: VerifyingKey,
    pub(crate) signer: Option<SigningKey>,
}

/// The part of a JWT's header that says which key it was signed with.
#[derive(Deserialize)]
struct NamesKey {
    kid: String,
}

#[derive(Serialize)]
struct PublicKeySet<'a> {
    keys: Vec<PublicKey<'a>>,
}

#[derive(Serialize)]
struct PublicKey<'a> {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
    kid: &'a str,
    x: String,
}

impl SigningKeys {
    /// Reads the deployment's secret.
    ///
    /// # Errors
    /// [`SigningKeysError`] says what is wrong, without saying any key.
    pub fn parse(json: &str) -> Result<Self, SigningKeysError> {
        let mut keys = parse_set(json)?;
        let first = keys.first_mut().ok_or(SigningKeysError::NoSigner)?;
        let signer = first.signer.take().ok_or(SigningKeysError::NoSigner)?;
        let signer_id = first.kid.clone();
        let verifiers = keys.into_iter().map(|key| (key.kid, key.verifier));
        Ok(Self::new(&signer_id, signer, verifiers.collect()))
    }

    /// The signer is one of the verifiers.
    pub(crate) fn new(
        signer_id: &str,
        signer: SigningKey,
        verifiers: Vec<(String, VerifyingKey)>,
    ) -> Self {
        Self {
            signer,
            signer_id: signer_id.to_owned(),
            verifiers,
        }
    }

    /// Whether a signed text names a key that is not one of these: one that was
    /// made since, or one that never was. The text is not verified.
    #[must_use]
    pub fn is_unknown_key_of(&self, text: &str) -> bool {
        let named = text
            .split_once('.')
            .and_then(|(header, _)| URL_SAFE_NO_PAD.decode(header).ok())
            .and_then(|header| serde_json::from_slice::<NamesKey>(&header).ok());
        named.is_some_and(|named| self.verifier(&named.kid).is_none())
    }

    /// The public halves as a JWK set, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn public_json(&self) -> String {
        let keys = self.verifiers.iter().map(|(kid, verifier)| PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            purpose: "sig",
            alg: "EdDSA",
            kid,
            x: URL_SAFE_NO_PAD.encode(verifier.as_bytes()),
        });
        serde_json::to_string(&PublicKeySet {
            keys: keys.collect(),
        })
        .unwrap_or_default()
    }

    pub(crate) fn signer(&self) -> (&str, &SigningKey) {
        (&self.signer_id, &self.signer)
    }

    pub(crate) fn verifiers(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.verifiers.iter().map(|(_, verifier)| verifier)
    }

    pub(crate) fn verifier(&self, kid: &str) -> Option<&VerifyingKey> {
        self.verifiers
            .iter()
            .find(|(known, _)| known == kid)
            .map(|(_, verifier)| verifier)
    }
}

/// Reads a set whose first key has a private half.
pub(crate) fn parse_set(json: &str) -> Result<Vec<ParsedKey>, SigningKeysError> {
    let set: PrivateKeySet = serde_json::from_str(json).map_err(|_| SigningKeysError::Shape)?;
    let mut keys = Vec::<ParsedKey>::new();
    for key in set.keys {
        if keys.iter().any(|known| known.kid == key.kid) {
            return Err(SigningKeysError::DuplicateKeyId(key.kid));
        }
        let (verifier, signer) = key.read()?;
        keys.push(ParsedKey {
            kid: key.kid,
            verifier,
            signer,
        });
    }
    match keys.first() {
        Some(first) if first.signer.is_some() => Ok(keys),
        _ => Err(SigningKeysError::NoSigner),
    }
}

impl PrivateKey {
    fn read(&self) -> Result<(VerifyingKey, Option<SigningKey>), SigningKeysError> {
        if self.kty != "OKP" || self.crv != "Ed25519" || self.kid.is_empty() {
            return Err(SigningKeysError::Shape);
        }
        let mismatch = || SigningKeysError::Mismatch(self.kid.clone());
        let public = decode(&self.x).ok_or(SigningKeysError::Shape)?;
        let verifier = VerifyingKey::from_bytes(&public).map_err(|_| mismatch())?;
        let Some(seed) = &self.d else {
            return Ok((verifier, None));
        };
        let seed = decode(seed).ok_or(SigningKeysError::Shape)?;
        let signer = SigningKey::from_bytes(&seed);
        if bool::from(signer.verifying_key().as_bytes().ct_eq(&*public)) {
            Ok((verifier, Some(signer)))
        } else {
            Err(mismatch())
        }
    }
}

fn decode(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A key made from a number: for tests alone.
    pub(crate) fn jwk(kid: &str, seed: u8, private: bool) -> String {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let x = URL_SAFE_NO_PAD.encode(signer.verifying_key().as_bytes());
        let d = URL_SAFE_NO_PAD.encode([seed; 32]);
        let private = if private {
            format!(",\"d\":\"{d}\"")
        } else {
            String::new()
        };
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"{private}}}"#)
    }

    pub(crate) fn key_set(keys: &[String]) -> String {
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    #[test]
    fn the_public_set_has_no_private_half() {
        let keys =
            SigningKeys::parse(&key_set(&[jwk("new", 1, true), jwk("old", 2, false)])).unwrap();
        let public = keys.public_json();
        assert!(public.contains("\"kid\":\"new\"") && public.contains("\"kid\":\"old\""));
        assert!(!public.contains("\"d\""));
        assert!(!public.contains(&URL_SAFE_NO_PAD.encode([1; 32])));
    }

    #[test]
    fn bad_sets_are_refused() {
        let refused = |keys: &[String]| SigningKeys::parse(&key_set(keys)).err();
        assert_eq!(refused(&[]), Some(SigningKeysError::NoSigner));
        assert_eq!(
            refused(&[jwk("a", 1, false)]),
            Some(SigningKeysError::NoSigner)
        );
        assert_eq!(
            refused(&[jwk("a", 1, true), jwk("a", 2, true)]),
            Some(SigningKeysError::DuplicateKeyId("a".into()))
        );
        let other_half = jwk("a", 1, true).replace(
            &URL_SAFE_NO_PAD.encode([1; 32]),
            &URL_SAFE_NO_PAD.encode([2; 32]),
        );
        assert_eq!(
            refused(&[other_half]),
            Some(SigningKeysError::Mismatch("a".into()))
        );
        assert_eq!(
            SigningKeys::parse("no").err(),
            Some(SigningKeysError::Shape)
        );
    }
}
