//! The ledger: intents that are open, and how they are settled.

use lango_audit_log::{Intent, Outcome, Record};
use serde::{Deserialize, Serialize};

use crate::guarded::{NewPseudonym, Seen};

/// An intent that has no outcome after so many milliseconds is settled as
/// unknown. Longer than the longest call: 2 s of waiting, 30 s in the system
/// behind, and what lies around it.
pub const SETTLE_AFTER_MS: u64 = 60_000;

/// An intent without an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// When it was written, in milliseconds since 1970.
    pub at_ms: u64,
    /// The intent.
    pub intent: Intent,
}

/// The outcome of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The intent's call.
    pub call_id: String,
    /// What happened.
    pub outcome: Outcome,
    /// What came from outside, for a key that may change something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Personal data that is to have names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pseudonyms: Vec<NewPseudonym>,
}

impl Settlement {
    /// An outcome alone.
    #[must_use]
    pub fn of(call_id: String, outcome: Outcome) -> Self {
        Self {
            call_id,
            outcome,
            seen: None,
            pseudonyms: Vec::new(),
        }
    }
}

impl Open {
    /// The finished record.
    #[must_use]
    pub fn settle(self, key_id: &str, outcome: Outcome) -> Record {
        Record {
            key_id: key_id.to_owned(),
            at_ms: i64::try_from(self.at_ms).unwrap_or(i64::MAX),
            intent: self.intent,
            outcome,
        }
    }

    /// The record of an intent that nobody settled, once it is overdue.
    #[must_use]
    pub fn overdue(&self, now_ms: u64) -> Option<Outcome> {
        let age = now_ms.saturating_sub(self.at_ms);
        (age >= SETTLE_AFTER_MS).then(|| Outcome::unknown(age))
    }
}

#[cfg(test)]
mod tests {
    use lango_audit_log::{Status, Subject};

    use super::*;

    #[test]
    fn an_intent_is_overdue_after_a_minute_and_not_before() {
        let open = Open {
            at_ms: 1_000,
            intent: Intent {
                call_id: "call_1".into(),
                principal: "p_1".into(),
                actor: None,
                country: None,
                subject: Subject::Action {
                    action: "key.create".into(),
                    target: None,
                },
            },
        };
        assert_eq!(open.overdue(1_000 + SETTLE_AFTER_MS - 1), None);
        assert_eq!(open.overdue(0), None);
        let outcome = open.overdue(1_000 + SETTLE_AFTER_MS).unwrap();
        assert_eq!(outcome.status, Status::Unknown);
        assert_eq!(open.settle("k_1", outcome).at_ms, 1_000);
    }
}
