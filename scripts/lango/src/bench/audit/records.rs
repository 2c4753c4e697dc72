//! Records as calls of a busy tenant leave them, in the order of their time.

use std::sync::atomic::{AtomicU64, Ordering};

use lango_audit_log::{Actor, Intent, Layer, Outcome, Place, Record, Subject};
use lango_residency::{Evidence, Finding, Promise};
use sha2::{Digest as _, Sha256};

/// The first record's moment: 2026-11-01.
pub(super) const FIRST_MS: i64 = 1_793_491_200_000;
/// How far apart the records are.
pub(super) const APART_MS: i64 = 50;
/// How many records are of the rare kind.
const SELDOM: u64 = 10;

/// Makes one record after the other.
pub(super) struct Records {
    made: AtomicU64,
    /// One in so many is of the rare kind.
    every: u64,
}

impl Records {
    /// For so many in all.
    pub(super) fn new(count: u64) -> Self {
        Self {
            made: AtomicU64::new(0),
            every: (count / SELDOM).max(1),
        }
    }

    /// How many there are.
    pub(super) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// The next one, of a key.
    pub(super) fn next(&self, key: u64) -> Record {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let seldom = number % self.every == self.every / 2;
        let digest = Sha256::digest(number.to_be_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let (tool, connector) = match (seldom, number % 3) {
            (true, _) => ("kra_file_return", "kra"),
            (false, 0) => ("crm_find_customer", "crm"),
            (false, _) => ("postgres_query", "postgres"),
        };
        Record {
            key_id: format!("k_{key:022}"),
            at_ms: FIRST_MS + APART_MS * i64::try_from(number).unwrap_or(0),
            intent: Intent {
                call_id: format!("call_{}", &hex[..22]),
                principal: if seldom {
                    "p_seldom".to_owned()
                } else {
                    format!("p_{key:022}")
                },
                actor: Some(Actor::Assistant),
                country: Some("KE".to_owned()),
                subject: Subject::Call {
                    tool: tool.to_owned(),
                    at: Place {
                        connector: Some(connector.to_owned()),
                        connection: Some(format!("c_{connector}")),
                    },
                    arguments_sha256: hex,
                },
            },
            outcome: outcome(number, seldom),
        }
    }
}

fn outcome(number: u64, seldom: bool) -> Outcome {
    if seldom {
        return Outcome::failed("return_not_accepted", 900);
    }
    if number.is_multiple_of(50) {
        return Outcome::denied(Layer::Access, "tool_not_permitted", 1);
    }
    let evidence = Evidence {
        configured_region: Some("aws:af-south-1".to_owned()),
        ..Evidence::default()
    };
    Outcome {
        residency: Some(Finding::of(&Promise::default(), evidence)),
        ..Outcome::succeeded(3 + number % 40)
    }
}
