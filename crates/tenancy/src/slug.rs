//! What people type to say where they sign in.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

const MAXIMUM_LENGTH: usize = 40;

/// A tenant's short name. It has no `_`, so it is never taken for an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantSlug(String);

/// A text that is not a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a slug is 2 to 40 of [a-z0-9-] and begins and ends with a letter or a digit")]
pub struct SlugError;

impl TenantSlug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`SlugError`] when the text is not of its form.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let is_letter_or_digit = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
        let bytes = text.as_bytes();
        let well_formed = (2..=MAXIMUM_LENGTH).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| is_letter_or_digit(byte) || *byte == b'-')
            && bytes.first().is_some_and(is_letter_or_digit)
            && bytes.last().is_some_and(is_letter_or_digit);
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError)
        }
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TenantSlug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        Self::parse(&text)
    }
}

impl From<TenantSlug> for String {
    fn from(slug: TenantSlug) -> Self {
        slug.0
    }
}

impl JsonSchema for TenantSlug {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TenantSlug".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_schema_and_the_code_agree(text in "[a-z0-9_A-Z-]{0,42}|.{0,6}") {
            let schema = schemars::schema_for!(TenantSlug).to_value();
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            let fits = validator.is_valid(&serde_json::Value::from(text.as_str()));
            prop_assert_eq!(TenantSlug::parse(&text).is_ok(), fits);
        }
    }

    #[test]
    fn an_identifier_is_no_slug() {
        assert!(TenantSlug::parse("t_demo").is_err());
        assert!(TenantSlug::parse("demo-farm").is_ok());
        assert!(TenantSlug::parse("-demo").is_err());
        assert!(serde_json::from_str::<TenantSlug>("\"Demo\"").is_err());
    }
}
