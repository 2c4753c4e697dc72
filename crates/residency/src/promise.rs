//! What a tenant is promised about where its calls run.

use core::fmt;
use std::{borrow::Cow, collections::BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{country::Country, evidence::Colo};

/// A promise is a short list: all countries of a continent have a word.
const MOST_COUNTRIES: usize = 20;

const COUNTRY: &str = "country:";

/// What a tenant is promised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Where calls may run: any, africa, or countries such as country:KE country:TZ.
    pub residency: Residency,
    /// What becomes of a call that is not shown to run there.
    pub enforcement: Enforcement,
}

/// On which terms a connector may open a credential: what goes with each question to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// What the tenant is promised.
    #[serde(default, skip_serializing_if = "Promise::is_any")]
    pub promise: Promise,
    /// The data centre that the client's request hit: the gateway ran there, and had
    /// arguments and results in the clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colo: Option<Colo>,
}

impl Terms {
    /// Whether they say nothing.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Where calls may run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Residency {
    /// Anywhere: nothing is promised.
    #[default]
    Any,
    /// In the member states of the African Union.
    Africa,
    /// In these countries; never none.
    Countries(BTreeSet<Country>),
}

/// What becomes of a call that is not shown to run where it may.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Enforcement {
    /// It is made, and the log and the report show it.
    #[default]
    Prefer,
    /// It is refused before the credential is opened.
    Require,
}

/// A text that says no residency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "residency is any, africa, or 1 to 20 of country:XX with a space between two, such as country:KE country:TZ"
)]
pub struct ResidencyError;

impl Promise {
    /// Whether nothing is promised.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.residency == Residency::Any
    }
}

impl Residency {
    /// Reads a residency.
    ///
    /// # Errors
    /// [`ResidencyError`] for any other text than it is written as.
    pub fn parse(text: &str) -> Result<Self, ResidencyError> {
        match text {
            "any" => return Ok(Self::Any),
            "africa" => return Ok(Self::Africa),
            _ => {}
        }
        let words = text.split(' ').map(|word| {
            let code = word.strip_prefix(COUNTRY)?;
            Country::parse(code).ok()
        });
        let countries: Vec<Country> = words.collect::<Option<_>>().ok_or(ResidencyError)?;
        if countries.len() > MOST_COUNTRIES {
            return Err(ResidencyError);
        }
        Ok(Self::Countries(countries.into_iter().collect()))
    }

    /// Whether calls may run there.
    #[must_use]
    pub fn allows(&self, country: Country) -> bool {
        match self {
            Self::Any => true,
            Self::Africa => country.is_african(),
            Self::Countries(countries) => countries.contains(&country),
        }
    }
}

impl fmt::Display for Residency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("any"),
            Self::Africa => formatter.write_str("africa"),
            Self::Countries(countries) => {
                for (place, country) in countries.iter().enumerate() {
                    let space = if place == 0 { "" } else { " " };
                    write!(formatter, "{space}{COUNTRY}{country}")?;
                }
                Ok(())
            }
        }
    }
}

impl TryFrom<String> for Residency {
    type Error = ResidencyError;

    fn try_from(text: String) -> Result<Self, ResidencyError> {
        Self::parse(&text)
    }
}

impl From<Residency> for String {
    fn from(residency: Residency) -> Self {
        residency.to_string()
    }
}

impl JsonSchema for Residency {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Residency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(any|africa|country:[A-Z]{2}( country:[A-Z]{2}){0,19})$",
        })
    }
}

impl Enforcement {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefer => "prefer",
            Self::Require => "require",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap()
    }

    proptest! {
        #[test]
        fn the_schema_and_the_code_agree(
            text in "any|africa|(country:[A-Za-z]{1,3}[ ,]?){0,22}|.{0,8}"
        ) {
            let schema = schemars::schema_for!(Residency).to_value();
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            let fits = validator.is_valid(&serde_json::Value::from(text.as_str()));
            prop_assert_eq!(Residency::parse(&text).is_ok(), fits);
        }

        #[test]
        fn what_is_written_is_read(codes in prop::collection::btree_set("[A-Z]{2}", 1..20)) {
            let residency = Residency::Countries(codes.iter().map(|code| country(code)).collect());
            prop_assert_eq!(Residency::parse(&residency.to_string()), Ok(residency));
        }
    }

    #[test]
    fn each_allows_its_own() {
        let kenya = Residency::parse("country:KE country:TZ country:KE").unwrap();
        assert_eq!(kenya.to_string(), "country:KE country:TZ");
        assert!(kenya.allows(country("KE")) && kenya.allows(country("TZ")));
        assert!(!kenya.allows(country("UG")) && !kenya.allows(country("ZA")));
        assert!(
            Residency::Africa.allows(country("ZA")) && !Residency::Africa.allows(country("GB"))
        );
        assert!(Residency::Any.allows(country("GB")));
    }

    #[test]
    fn other_texts_say_nothing() {
        for text in [
            "",
            " ",
            "Any",
            "country:",
            "country:ke",
            "KE",
            "africa country:KE",
            "country:KE,country:TZ",
        ] {
            assert_eq!(Residency::parse(text), Err(ResidencyError), "{text}");
        }
    }

    #[test]
    fn terms_have_this_form() {
        let json = serde_json::json!({
            "promise": {"residency": "africa", "enforcement": "prefer"}, "colo": "NBO",
        });
        let terms: Terms = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(terms).unwrap(), json);
        assert_eq!(
            serde_json::to_value(Terms::default()).unwrap(),
            serde_json::json!({})
        );
        // A promise that this version does not know is not taken for none.
        let later = serde_json::json!({"promise": {"residency": "moon", "enforcement": "prefer"}});
        assert!(serde_json::from_value::<Terms>(later).is_err());
    }

    #[test]
    fn a_promise_has_this_form() {
        let json = serde_json::json!({"residency": "country:KE", "enforcement": "require"});
        let promise: Promise = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(promise.enforcement.name(), "require");
        assert_eq!(serde_json::to_value(promise).unwrap(), json);
        assert!(Promise::default().is_any());
    }
}
