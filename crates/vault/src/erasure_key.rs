//! A tenant's own key, whose end is the end of everything sealed for the tenant.

use std::num::NonZeroU32;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base64url::decode_exact;
use crate::cipher::{self, KEY_LENGTH, KeyBytes};
use crate::{ErasureKeyError, KeyScope, Secret, associated_data};

/// How many random bytes a new erasure key takes.
pub const ERASURE_KEY_RANDOM_LENGTH: usize = KEY_LENGTH;

/// One random key of a tenant, kept apart from every database that is copied.
///
/// What wraps the tenant's data keys is derived from it and from the connector's
/// key-encryption key: who has one of them has nothing. Once it is destroyed, no copy
/// of what was sealed opens, wherever it lies.
pub struct ErasureKey {
    generation: NonZeroU32,
    key: KeyBytes,
}

/// An erasure key on its way to a connector: `<generation>.<base64url of 32 bytes>`.
///
/// Whoever carries it does nothing with it. It is wiped when it goes, and cannot be
/// printed:
///
/// ```compile_fail
/// let text: lango_vault::ErasureKeyText = serde_json::from_str("\"1.x\"").unwrap();
/// println!("{text:?}");
/// ```
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct ErasureKeyText(Zeroizing<String>);

impl ErasureKey {
    /// Makes a key out of random bytes, which must come from a cryptographic generator
    /// and be used once. The first generation of a tenant is 1; each that follows a
    /// destroyed one is higher.
    #[must_use]
    pub fn of_random(
        generation: NonZeroU32,
        random: &Zeroizing<[u8; ERASURE_KEY_RANDOM_LENGTH]>,
    ) -> Self {
        let mut key = cipher::blank_key();
        key.copy_from_slice(random.as_slice());
        Self { generation, key }
    }

    /// Reads a key that has been carried.
    ///
    /// # Errors
    /// [`ErasureKeyError`], which repeats nothing of it.
    pub fn parse(text: &ErasureKeyText) -> Result<Self, ErasureKeyError> {
        let (generation, encoded) = text.0.split_once('.').ok_or(ErasureKeyError)?;
        let digits = generation.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = digits && !generation.starts_with('0');
        let generation = generation.parse().ok().filter(|_| is_plain);
        let mut key = cipher::blank_key();
        decode_exact(encoded, key.as_mut_slice()).ok_or(ErasureKeyError)?;
        Ok(Self {
            generation: generation.ok_or(ErasureKeyError)?,
            key,
        })
    }

    /// The key as it is kept and carried.
    #[must_use]
    pub fn text(&self) -> ErasureKeyText {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.key.as_slice()));
        ErasureKeyText(Zeroizing::new(format!("{}.{}", self.generation, *encoded)))
    }

    /// Which of the tenant's erasure keys it is.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// What wraps the data keys of one tenant and connector: HKDF-SHA256 of the
    /// key-encryption key, salted with the erasure key.
    pub(crate) fn wrapping_key(
        &self,
        key_encryption_key: &[u8; KEY_LENGTH],
        key_encryption_key_version: u32,
        scope: KeyScope<'_>,
    ) -> Option<KeyBytes> {
        let info = associated_data::encode(
            associated_data::WRAPPING_KEY,
            &[scope.tenant, scope.connector],
            &[key_encryption_key_version, self.generation()],
        );
        let mut key = cipher::blank_key();
        Hkdf::<Sha256>::new(Some(self.key.as_slice()), key_encryption_key)
            .expand(&info, key.as_mut_slice())
            .ok()
            .map(|()| key)
    }
}

impl ErasureKeyText {
    /// Takes over what was kept.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Which of the tenant's erasure keys it says it is; `None` when it is not one.
    #[must_use]
    pub fn generation(&self) -> Option<u32> {
        self.0.split_once('.')?.0.parse().ok()
    }

    /// The text, for the one place that keeps it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ErasureKeyText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of `Secret`, whose errors never repeat what was found.
        let text = Secret::deserialize(deserializer)?;
        Ok(Self::new(text.expose().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<ErasureKey, ErasureKeyError> {
        ErasureKey::parse(&ErasureKeyText::new(text.to_owned()))
    }

    #[test]
    fn a_key_reads_back() {
        let key = ErasureKey::of_random(NonZeroU32::new(7).unwrap(), &Zeroizing::new([9; 32]));
        let text = key.text();
        assert_eq!(
            text.expose(),
            format!("7.{}", URL_SAFE_NO_PAD.encode([9; 32]))
        );
        let json = serde_json::to_string(&text).unwrap();
        let carried: ErasureKeyText = serde_json::from_str(&json).unwrap();
        let read = ErasureKey::parse(&carried).unwrap();
        assert_eq!((read.generation(), text.generation()), (7, Some(7)));
        assert_eq!(read.key, key.key);
    }

    #[test]
    fn there_is_one_way_to_write_a_key() {
        let encoded = URL_SAFE_NO_PAD.encode([9; 32]);
        for prefix in [
            "",
            "0.",
            "01.",
            "+1.",
            " 1.",
            "-1.",
            "4294967296.",
            "1",
            "1..",
        ] {
            assert!(read(&format!("{prefix}{encoded}")).is_err(), "{prefix}");
        }
        for key in ["", "AA", "AA=", &format!("{encoded}=")] {
            assert!(read(&format!("1.{key}")).is_err(), "{key}");
        }
    }

    #[test]
    fn no_two_places_share_a_wrapping_key() {
        let key = |byte: u8, generation: u32| {
            let generation = NonZeroU32::new(generation).unwrap();
            ErasureKey::of_random(generation, &Zeroizing::new([byte; 32]))
        };
        let scope = |tenant, connector| KeyScope { tenant, connector };
        let derived = [
            key(1, 1).wrapping_key(&[5; 32], 1, scope("a", "b")),
            key(2, 1).wrapping_key(&[5; 32], 1, scope("a", "b")),
            key(1, 2).wrapping_key(&[5; 32], 1, scope("a", "b")),
            key(1, 1).wrapping_key(&[6; 32], 1, scope("a", "b")),
            key(1, 1).wrapping_key(&[5; 32], 2, scope("a", "b")),
            key(1, 1).wrapping_key(&[5; 32], 1, scope("b", "b")),
            key(1, 1).wrapping_key(&[5; 32], 1, scope("a", "c")),
            key(1, 1).wrapping_key(&[5; 32], 1, scope("ab", "")),
        ];
        for (at, one) in derived.iter().enumerate() {
            assert!(one.is_some() && !derived[..at].contains(one), "{at}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(text in ".{0,60}") {
            if let Ok(key) = read(&text) {
                let again = key.text();
                prop_assert_eq!(again.expose(), text);
            }
        }
    }
}
