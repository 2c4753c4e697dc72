//! Countries, by their codes.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The member states of the African Union. Réunion and Mayotte are not among them: they
/// are France, and its law holds there.
const AFRICA: &[&str] = &[
    "AO", "BF", "BI", "BJ", "BW", "CD", "CF", "CG", "CI", "CM", "CV", "DJ", "DZ", "EG", "EH", "ER",
    "ET", "GA", "GH", "GM", "GN", "GQ", "GW", "KE", "KM", "LR", "LS", "LY", "MA", "MG", "ML", "MR",
    "MU", "MW", "MZ", "NA", "NE", "NG", "RW", "SC", "SD", "SL", "SN", "SO", "SS", "ST", "SZ", "TD",
    "TG", "TN", "TZ", "UG", "ZA", "ZM", "ZW",
];

/// A country: two capital letters (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// A text that is no country's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is two capital letters, such as KE (ISO 3166-1 alpha-2)")]
pub struct CountryError;

impl Country {
    /// The one whose law the register of transfers follows.
    pub const KENYA: Self = Self(*b"KE");

    /// Reads a code.
    ///
    /// # Errors
    /// [`CountryError`] for what is not two capital letters.
    pub fn parse(text: &str) -> Result<Self, CountryError> {
        match text.as_bytes() {
            [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([*first, *second])),
            _ => Err(CountryError),
        }
    }

    /// Whether it is in Africa.
    #[must_use]
    pub fn is_african(self) -> bool {
        AFRICA.iter().any(|code| code.as_bytes() == self.0)
    }
}

impl JsonSchema for Country {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Country".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z]{2}$" })
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(formatter, "{first}{second}")
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Self, CountryError> {
        Self::parse(&text)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn africa_has_fifty_five_countries() {
        assert_eq!(AFRICA.len(), 55);
        assert!(AFRICA.is_sorted());
        for code in AFRICA {
            assert!(Country::parse(code).unwrap().is_african());
        }
        for code in ["FR", "RE", "YT", "GB", "AE", "XX"] {
            assert!(!Country::parse(code).unwrap().is_african(), "{code}");
        }
    }

    #[test]
    fn a_country_is_two_capital_letters() {
        for text in ["", "K", "ke", "Ke", "KEN", "K1", "KÉ", " KE"] {
            assert_eq!(Country::parse(text), Err(CountryError), "{text}");
        }
        assert_eq!(Country::parse("KE").unwrap().to_string(), "KE");
    }
}
