//! How finished records travel from a key's object to the tenant's log.
//!
//! A sender repeats a batch, unchanged and under its number, until it is
//! acknowledged, and only then forms the next. So the log takes each record
//! exactly once by remembering, per sender, the highest number it has taken.

use serde::{Deserialize, Serialize};

use crate::record::Record;

/// Finished records of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The key whose object sends.
    pub source: String,
    /// Its number among the batches of that object, from 1.
    pub number: u64,
    /// The records.
    pub records: Vec<Record>,
    /// What became of the calls that the key's gate received since the batch before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// What became of calls and actions: nothing is dropped, so the three ends make up what
/// was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub received: u64,
    /// Admitted at once.
    pub admitted: u64,
    /// Admitted after a wait.
    pub queued: u64,
    /// Refused by the gate.
    pub refused: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            received: self.received.saturating_add(other.received),
            admitted: self.admitted.saturating_add(other.admitted),
            queued: self.queued.saturating_add(other.queued),
            refused: self.refused.saturating_add(other.refused),
        }
    }

    /// Whether nothing was received.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Batch {
    /// Whether the log has yet to take it, when `taken` is the highest number
    /// that it has taken from this sender.
    #[must_use]
    pub fn is_new(&self, taken: u64) -> bool {
        self.number > taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_wire_format_is_pinned() {
        let counts = Counts {
            received: 6,
            admitted: 3,
            queued: 2,
            refused: 1,
        };
        let batch = Batch {
            source: "k_1".into(),
            number: 7,
            records: Vec::new(),
            counts: Some(counts),
        };
        let json = serde_json::json!({
            "source": "k_1", "number": 7, "records": [],
            "counts": {"received": 6, "admitted": 3, "queued": 2, "refused": 1},
        });
        assert_eq!(serde_json::to_value(&batch).unwrap(), json);
        let before = serde_json::json!({"source": "k_1", "number": 7, "records": []});
        let read: Batch = serde_json::from_value(before).unwrap();
        assert_eq!(read.counts, None);
    }

    proptest! {
        /// Whatever acknowledgements are lost, each batch is taken once.
        #[test]
        fn each_batch_is_taken_once(acknowledged in prop::collection::vec(any::<bool>(), 1..40)) {
            let (mut taken, mut log, mut number) = (0, Vec::new(), 1);
            for arrives in acknowledged {
                let batch = Batch { source: "k_1".into(), number, records: Vec::new(), counts: None };
                if batch.is_new(taken) {
                    log.push(batch.number);
                    taken = batch.number;
                }
                if arrives {
                    number += 1;
                }
            }
            let expected: Vec<u64> = (1..=taken).collect();
            prop_assert_eq!(log, expected);
        }
    }
}
