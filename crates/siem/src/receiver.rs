//! The receivers that there are, and what each takes at once.

use serde::{Deserialize, Serialize};

/// How an entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// OCSF 1.8.0, class 6003 API Activity, as JSON.
    #[default]
    Ocsf,
    /// Common Event Format, version 0.
    Cef,
}

/// Whose rules a receiver keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiverKind {
    /// Splunk's HTTP Event Collector.
    Splunk,
    /// Elasticsearch's bulk API, into a data stream.
    Elastic,
    /// Datadog's log intake.
    Datadog,
    /// Microsoft Sentinel, by a data collection rule.
    Sentinel,
    /// Syslog: RFC 5424 in RFC 5425 frames.
    Syslog,
    /// A signed `POST` to a place of one's own.
    Https,
}

/// A receiver, as far as bodies depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Receiver<'a> {
    /// Whose rules it keeps to.
    pub kind: ReceiverKind,
    /// What events say that they come from.
    pub host: &'a str,
    /// Splunk's index; empty for the token's own.
    pub index: &'a str,
    /// What it takes at once.
    pub limits: Limits,
}

/// What a receiver takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body.
    pub bytes: usize,
    /// Entries of a body.
    pub count: usize,
    /// Bytes of one entry.
    pub item_bytes: usize,
}

impl ReceiverKind {
    /// The receiver's name in settings.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "splunk" => Self::Splunk,
            "elastic" => Self::Elastic,
            "datadog" => Self::Datadog,
            "sentinel" => Self::Sentinel,
            "syslog" => Self::Syslog,
            "https" => Self::Https,
            _ => return None,
        })
    }

    /// The vendor's limits, or less where it has none.
    #[must_use]
    pub fn limits(self) -> Limits {
        let (bytes, count, item_bytes) = match self {
            Self::Splunk | Self::Elastic | Self::Https => (1_000_000, 500, 900_000),
            // 5 MB, 1,000 entries, 1 MB an entry, which would be cut.
            Self::Datadog => (4_500_000, 1_000, 950_000),
            // 1 MB a call and 64 KB a field.
            Self::Sentinel => (1_000_000, 500, 64_000),
            // What receivers of RFC 5425 should take.
            Self::Syslog => (512_000, 500, 8_192),
        };
        Limits {
            bytes,
            count,
            item_bytes,
        }
    }
}
