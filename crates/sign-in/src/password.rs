//! What a password must be.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::common;

/// bcrypt reads 72 bytes and ignores the rest: whatever is longer is refused, so that
/// no part of a password is without effect.
pub const MAXIMUM_BYTES: usize = 72;

/// A password in the clear: without `Debug`, `Display` or `Serialize`, and wiped when
/// it goes.
///
/// It is kept in the form NFKC, so that what is typed on one keyboard is what is typed
/// on another (NIST SP 800-63B §3.1.1.2).
pub struct Password(Zeroizing<String>);

/// Which passwords a tenant takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The fewest characters.
    pub minimum_length: usize,
}

/// Why a new password is not taken. Never says what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Too few characters.
    #[error("a password must have at least {minimum} characters")]
    TooShort {
        /// The fewest.
        minimum: usize,
    },
    /// More than bcrypt reads.
    #[error(
        "a password may have {MAXIMUM_BYTES} bytes at most (letters beyond a to z count more than one)"
    )]
    TooLong,
    /// It has a character that no keyboard types.
    #[error("a password must not have control characters")]
    ControlCharacter,
    /// It is among the first that anybody tries.
    #[error("this password is too common: it is among the first that are tried")]
    Common,
}

impl Default for Policy {
    /// 12 characters.
    fn default() -> Self {
        Self { minimum_length: 12 }
    }
}

impl Policy {
    /// Whether a password may become somebody's.
    ///
    /// # Errors
    /// [`PasswordRefusal`] says what to change.
    pub fn check(self, password: &Password) -> Result<(), PasswordRefusal> {
        let text = password.expose();
        if text.chars().count() < self.minimum_length {
            return Err(PasswordRefusal::TooShort {
                minimum: self.minimum_length,
            });
        }
        if text.len() > MAXIMUM_BYTES {
            return Err(PasswordRefusal::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(PasswordRefusal::ControlCharacter);
        }
        if common::is_common(text) {
            return Err(PasswordRefusal::Common);
        }
        Ok(())
    }
}

impl Password {
    /// Takes a typed password over.
    #[must_use]
    pub fn new(mut typed: String) -> Self {
        let normal = typed.nfkc().collect();
        typed.zeroize();
        Self(Zeroizing::new(normal))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Password {
    /// The error never repeats what was found.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> serde::de::Visitor<'de> for Visitor {
    type Value = Password;

    fn expecting(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Password, E> {
        Ok(Password::new(text.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Password, E> {
        Ok(Password::new(text))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Password, E> {
        Err(E::custom("expected a string"))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Password, E> {
        Err(E::custom("expected a string"))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Password, E> {
        Err(E::custom("expected a string"))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Password, E> {
        Err(E::custom("expected a string"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) -> Result<(), PasswordRefusal> {
        Policy::default().check(&Password::new(text.to_owned()))
    }

    #[test]
    fn a_long_sentence_is_fine() {
        assert_eq!(check("the gate keeper drinks chai at noon"), Ok(()));
        assert_eq!(check("mvua ya jioni 7 Kisumu"), Ok(()));
    }

    #[test]
    fn a_refusal_says_what_to_change() {
        let long = "ab 7-".repeat(15);
        let cases = [
            ("short", PasswordRefusal::TooShort { minimum: 12 }),
            (long.as_str(), PasswordRefusal::TooLong),
            ("tab\there is no good", PasswordRefusal::ControlCharacter),
            ("password1234", PasswordRefusal::Common),
        ];
        for (text, refusal) in cases {
            assert_eq!(check(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn letters_count_once_and_bytes_are_what_bcrypt_reads() {
        assert!(check("šđčćžšđčćžšđ").is_ok(), "12 letters in 24 bytes");
        assert_eq!(check(&"šđ7".repeat(15)), Err(PasswordRefusal::TooLong));
    }

    #[test]
    fn the_same_letters_are_the_same_password() {
        let (one, other) = (Password::new("e\u{301}".into()), Password::new("é".into()));
        assert_eq!(one.expose(), other.expose());
    }

    #[test]
    fn an_error_of_reading_does_not_repeat_the_value() {
        for json in ["4711", "4711.5", "true", "[4711]", "{\"4711\":1}"] {
            let error = serde_json::from_str::<Password>(json).err().unwrap();
            assert!(!error.to_string().contains("4711"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_has_its_length(text in "\\PC{0,90}", minimum in 12_usize..=64) {
            let password = Password::new(text);
            if (Policy { minimum_length: minimum }).check(&password).is_ok() {
                prop_assert!(password.expose().chars().count() >= minimum);
                prop_assert!(password.expose().len() <= MAXIMUM_BYTES);
            }
        }
    }
}
