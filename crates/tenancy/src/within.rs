//! A whole number within bounds that stand in its type.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Within<const LEAST: u32, const MOST: u32>(u32);

/// A number outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from {least} to {most}")]
pub struct OutOfBounds {
    least: u32,
    most: u32,
}

impl<const LEAST: u32, const MOST: u32> Within<LEAST, MOST> {
    /// A number of the code's own; one out of bounds does not compile.
    #[must_use]
    pub const fn constant<const NUMBER: u32>() -> Self {
        const { assert!(LEAST <= NUMBER && NUMBER <= MOST) };
        Self(NUMBER)
    }

    /// Takes a number that is within the bounds.
    ///
    /// # Errors
    /// [`OutOfBounds`] for any other.
    pub const fn new(number: u32) -> Result<Self, OutOfBounds> {
        if LEAST <= number && number <= MOST {
            Ok(Self(number))
        } else {
            Err(OutOfBounds {
                least: LEAST,
                most: MOST,
            })
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Within<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

/// Reads what JSON Schema calls an integer: `15`, and `15.0` too.
struct Number<const LEAST: u32, const MOST: u32>;

impl<const LEAST: u32, const MOST: u32> de::Visitor<'_> for Number<LEAST, MOST> {
    type Value = Within<LEAST, MOST>;

    fn expecting(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        u32::try_from(number)
            .ok()
            .and_then(|number| Within::new(number).ok())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
        if !is_whole {
            return Err(E::invalid_value(de::Unexpected::Float(number), &self));
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and within u32, as checked above"
        )]
        self.visit_u64(number as u64)
    }
}

impl<const LEAST: u32, const MOST: u32> JsonSchema for Within<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("From{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Minutes = Within<5, 1440>;

    proptest! {
        #[test]
        fn what_is_within_is_read_and_what_is_not_is_refused(number: u32) {
            let text = number.to_string();
            let read = serde_json::from_str::<Minutes>(&text).map(Minutes::get).ok();
            prop_assert_eq!(read, (5..=1440).contains(&number).then_some(number));
            let float = serde_json::from_str::<Minutes>(&format!("{number}.0"));
            prop_assert_eq!(float.map(Minutes::get).ok(), read);
        }
    }

    #[test]
    fn nothing_but_a_whole_number_is_read() {
        for text in ["5.5", "-5", "\"5\"", "null", "true", "1e300", "NaN"] {
            assert!(serde_json::from_str::<Minutes>(text).is_err(), "{text}");
        }
        assert_eq!(
            Minutes::new(4).unwrap_err().to_string(),
            "must be a whole number from 5 to 1440"
        );
    }
}
