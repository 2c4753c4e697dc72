//! A string that is wiped from memory when it goes.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A credential in the clear.
///
/// It can be read in one way only, [`Secret::expose`], so that a search for that
/// word finds every place where plaintext is used. It cannot be printed,
/// serialized or copied:
///
/// ```compile_fail
/// let secret = lango_vault::Secret::new(String::from("hunter2"));
/// println!("{secret:?}");
/// ```
/// ```compile_fail
/// let secret = lango_vault::Secret::new(String::from("hunter2"));
/// println!("{secret}");
/// ```
/// ```compile_fail
/// let secret = lango_vault::Secret::new(String::from("hunter2"));
/// serde_json::to_string(&secret);
/// ```
/// ```compile_fail
/// let secret = lango_vault::Secret::new(String::from("hunter2"));
/// let copy = secret.clone();
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a string over. Whoever made it answers for earlier copies.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The plaintext. Give it to the system that it is for and to nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_string`: `serde_json` then words the error itself,
        // and quotes what it found ("invalid type: integer `4711`").
        deserializer.deserialize_any(SecretVisitor)
    }
}

/// Like the one of `String`, but an error never repeats what was found.
struct SecretVisitor;

impl serde::de::Visitor<'_> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Secret, E> {
        Ok(Secret::new(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Secret, E> {
        Ok(Secret::new(value))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Secret, E> {
        Err(not_a_string())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Secret, E> {
        Err(not_a_string())
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Secret, E> {
        Err(not_a_string())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Secret, E> {
        Err(not_a_string())
    }
}

fn not_a_string<E: serde::de::Error>() -> E {
    E::custom("expected a string")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_json_string() {
        let secret: Secret = serde_json::from_str(r#""p\u00e4ss\"word""#).unwrap();
        assert_eq!(secret.expose(), "päss\"word");
    }

    #[test]
    fn an_error_does_not_repeat_the_value() {
        for json in [
            "4711",
            "-4711",
            "4711.5",
            "true",
            "[4711]",
            r#"{"4711":4711}"#,
        ] {
            let error = serde_json::from_str::<Secret>(json).err().unwrap();
            assert!(!error.to_string().contains("4711"), "{error}");
            assert!(!error.to_string().contains("true"), "{error}");
        }
    }
}
