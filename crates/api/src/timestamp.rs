//! Moments, as every route shows them.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A moment in UTC, to the millisecond: RFC 3339 on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// From seconds since 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl core::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // What is outside the years that a date can say is shown as their end.
        let moment =
            DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC);
        formatter.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|moment| Self(moment.timestamp_millis()))
            .map_err(|_| {
                D::Error::custom("a moment must be RFC 3339, such as 2026-11-22T09:00:00Z")
            })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_rfc_3339_in_utc() {
        let moment = Timestamp::from_seconds(1_800_000_000);
        let json = serde_json::to_string(&moment).unwrap();
        assert_eq!(json, r#""2027-01-15T08:00:00.000Z""#);
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), moment);
        let east: Timestamp = serde_json::from_str(r#""2027-01-15T11:00:00+03:00""#).unwrap();
        assert_eq!(east, moment);
        assert!(serde_json::from_str::<Timestamp>("\"tomorrow\"").is_err());
    }

    #[test]
    fn no_moment_panics() {
        for odd in [i64::MIN, i64::MAX, 0] {
            assert!(!Timestamp::from_seconds(odd).to_string().is_empty());
        }
    }
}
