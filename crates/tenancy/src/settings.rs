//! Which settings a tenant has.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::within::Within;

const SECONDS_PER_MINUTE: i64 = 60;
const SECONDS_PER_HOUR: i64 = 3_600;
const MS_PER_DAY: i64 = 86_400_000;

/// A tenant's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long an access token of a sign-in is valid, in minutes.
    pub access_token_minutes: Within<1, 1440>,
    /// How long a sign-in can be refreshed, in hours.
    pub session_hours: Within<1, 720>,
    /// How many characters a new password has at least.
    pub password_minimum_length: Within<12, 64>,
    /// Whether people sign in with email and password.
    pub password_sign_in: bool,
    /// Whether people sign in with a one-time code sent to their phone.
    pub code_sign_in: bool,
    /// Whether customers may sign in, and not employees alone.
    pub customer_sign_in: bool,
    /// How many days an API key is valid at most.
    pub key_maximum_days: Within<1, 365>,
    /// How many days after it was closed the tenant is erased.
    pub erase_after_days: Within<1, 90>,
}

impl Settings {
    /// What holds where a tenant has set nothing.
    pub const DEFAULT: Self = Self {
        access_token_minutes: Within::constant::<15>(),
        session_hours: Within::constant::<12>(),
        password_minimum_length: Within::constant::<12>(),
        password_sign_in: true,
        code_sign_in: true,
        customer_sign_in: false,
        key_maximum_days: Within::constant::<365>(),
        erase_after_days: Within::constant::<30>(),
    };

    /// How long an access token is valid, in seconds.
    #[must_use]
    pub fn access_token_seconds(&self) -> i64 {
        i64::from(self.access_token_minutes.get()) * SECONDS_PER_MINUTE
    }

    /// How long a sign-in can be refreshed, in seconds.
    #[must_use]
    pub fn session_seconds(&self) -> i64 {
        i64::from(self.session_hours.get()) * SECONDS_PER_HOUR
    }

    /// How long a closed tenant is kept, in milliseconds.
    #[must_use]
    pub fn erase_after_ms(&self) -> i64 {
        i64::from(self.erase_after_days.get()) * MS_PER_DAY
    }

    /// The JSON Schema (2020-12) that a settings document fits.
    #[must_use]
    pub fn schema() -> Value {
        SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<Self>()
            .to_value()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_says_every_bound_and_every_default() {
        let schema = Settings::schema();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["additionalProperties"], false);
        let defaults = serde_json::to_value(Settings::DEFAULT).unwrap();
        for (member, default) in defaults.as_object().unwrap() {
            let property = &schema["properties"][member];
            assert_eq!(&property["default"], default, "{member}");
            assert!(property["description"].is_string(), "{member}");
        }
        assert_eq!(
            schema["properties"]["access_token_minutes"]["maximum"],
            1440
        );
    }

    #[test]
    fn a_default_document_fits_the_schema() {
        let validator = jsonschema::draft202012::new(&Settings::schema()).unwrap();
        let document = serde_json::to_value(Settings::DEFAULT).unwrap();
        assert!(validator.is_valid(&document));
        assert_eq!(Settings::DEFAULT.access_token_seconds(), 900);
        assert_eq!(Settings::DEFAULT.session_seconds(), 43_200);
    }
}
