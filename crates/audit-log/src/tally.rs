//! How many calls ran where: what a report reads instead of every record.

use std::collections::BTreeMap;

use lango_residency::Finding;
use serde::{Deserialize, Serialize};

use crate::record::Record;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// So many calls of one connection on one day with the same finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyLine {
    /// The day, counted from 1970-01-01, UTC.
    pub day: i64,
    /// The kind of connector.
    pub connector: String,
    /// The connection.
    pub connection: String,
    /// What was promised and what was seen.
    pub finding: Finding,
    /// How many.
    pub calls: u64,
}

/// The tally of these records. What never reached a connector ran nowhere.
#[must_use]
pub fn tally(records: &[Record]) -> Vec<TallyLine> {
    let mut counts = BTreeMap::<_, u64>::new();
    for record in records {
        let place = record.intent.subject.place();
        let connection = place.and_then(|place| place.connection.as_ref());
        let connector = place.and_then(|place| place.connector.as_ref());
        let (Some(finding), Some(connection), Some(connector)) =
            (&record.outcome.residency, connection, connector)
        else {
            continue;
        };
        let day = record.at_ms.div_euclid(DAY_MS);
        *counts
            .entry((day, connector, connection, finding))
            .or_default() += 1;
    }
    let line =
        |((day, connector, connection, finding), calls): ((i64, &String, &String, &Finding), _)| {
            TallyLine {
                day,
                connector: connector.clone(),
                connection: connection.clone(),
                finding: finding.clone(),
                calls,
            }
        };
    counts.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use lango_residency::{Evidence, Promise};

    use super::*;
    use crate::record::{Intent, Outcome, Place, Subject};

    fn record(at_ms: i64, connection: Option<&str>, finding: Option<Finding>) -> Record {
        Record {
            key_id: "k_1".into(),
            at_ms,
            intent: Intent {
                call_id: "call_1".into(),
                principal: "p_1".into(),
                actor: None,
                country: None,
                subject: Subject::Call {
                    tool: "t".into(),
                    at: Place {
                        connector: Some("postgres".into()),
                        connection: connection.map(str::to_owned),
                    },
                    arguments_sha256: "ab".into(),
                },
            },
            outcome: Outcome {
                residency: finding,
                ..Outcome::succeeded(1)
            },
        }
    }

    #[test]
    fn calls_are_counted_by_day_connection_and_finding() {
        let seen = |region: &str| {
            let evidence = Evidence {
                configured_region: Some(region.to_owned()),
                ..Evidence::default()
            };
            Some(Finding::of(&Promise::default(), evidence))
        };
        let records = [
            record(0, Some("c_1"), seen("a")),
            record(DAY_MS - 1, Some("c_1"), seen("a")),
            record(DAY_MS, Some("c_1"), seen("a")),
            record(0, Some("c_1"), seen("b")),
            record(0, Some("c_2"), seen("a")),
            // Neither of these ran anywhere.
            record(0, Some("c_1"), None),
            record(0, None, seen("a")),
        ];
        let lines = tally(&records);
        let shown: Vec<_> = lines
            .iter()
            .map(|line| {
                let region = line.finding.evidence.configured_region.clone().unwrap();
                (line.day, line.connection.as_str(), region, line.calls)
            })
            .collect();
        assert_eq!(
            shown,
            [
                (0, "c_1", "a".to_owned(), 2),
                (0, "c_1", "b".to_owned(), 1),
                (0, "c_2", "a".to_owned(), 1),
                (1, "c_1", "a".to_owned(), 1),
            ]
        );
    }
}
