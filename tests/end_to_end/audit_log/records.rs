//! Records as gates send them.

use lango_audit_log::{Actor, Batch, Intent, Outcome, Place, Record, Subject};
use serde_json::json;

/// The moment of the first: 2026-11-01.
pub(super) const FIRST_MS: i64 = 1_793_491_200_000;

/// A finished call of a person, one second after the one before.
pub(super) fn record(number: u64) -> Record {
    Record {
        key_id: "k_1".into(),
        at_ms: FIRST_MS + 1_000 * i64::try_from(number).unwrap(),
        intent: Intent {
            call_id: format!("call_{number:06}"),
            principal: format!("p_{}", number % 7),
            actor: Some(Actor::Employee),
            country: Some("KE".into()),
            subject: Subject::Call {
                tool: "crm_find_customer".into(),
                at: Place {
                    connector: Some("crm".into()),
                    connection: Some("c_1".into()),
                },
                arguments_sha256: format!("{number:064x}"),
            },
        },
        outcome: Outcome {
            arguments: Some(json!({ "customer": format!("Achieng{number}") })),
            ..Outcome::succeeded(number)
        },
    }
}

/// So many from a number on.
pub(super) fn records(first: u64, count: u64) -> Vec<Record> {
    (first..first + count).map(record).collect()
}

/// A batch of a key.
pub(super) fn batch(source: &str, number: u64, records: Vec<Record>) -> Batch {
    Batch {
        source: source.into(),
        number,
        records,
        counts: None,
    }
}
