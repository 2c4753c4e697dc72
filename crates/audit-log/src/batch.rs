//! How finished records travel from a key's object to the tenant's log.
//!
//! A sender repeats a batch until it is acknowledged, so the log must take each
//! record exactly once. Every key numbers its records; the log remembers the
//! highest number it has taken from each key.

use serde::{Deserialize, Serialize};

use crate::record::Record;

/// Finished records of one key, in ascending order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The key whose object sends.
    pub source: String,
    /// Its records.
    pub records: Vec<Numbered>,
}

/// A record with its number among those of its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Position in the order in which the key's records were finished.
    pub number: u64,
    /// The record.
    pub record: Record,
}

impl Batch {
    /// The records that come after the highest number taken so far.
    pub fn new_after(&self, taken: u64) -> impl Iterator<Item = &Numbered> {
        self.records
            .iter()
            .filter(move |numbered| numbered.number > taken)
    }

    /// The highest number taken once this batch is stored.
    #[must_use]
    pub fn taken_with(&self, taken: u64) -> u64 {
        self.records
            .iter()
            .map(|numbered| numbered.number)
            .fold(taken, u64::max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Intent, Outcome, Subject};

    fn numbered(number: u64) -> Numbered {
        Numbered {
            number,
            record: Record {
                key_id: "k_1".into(),
                at_ms: 0,
                intent: Intent {
                    call_id: format!("call_{number}"),
                    principal: "p_1".into(),
                    subject: Subject::Action {
                        action: "key.create".into(),
                        target: None,
                    },
                },
                outcome: Outcome::unknown(0),
            },
        }
    }

    proptest! {
        /// Whatever batches are repeated or overlap, as long as the sender goes
        /// on from what was not acknowledged, each record is taken once.
        #[test]
        fn each_record_is_taken_once(steps in prop::collection::vec((1u64..5, any::<bool>()), 1..30)) {
            let (mut taken, mut log, mut acknowledged) = (0, Vec::new(), 0);
            for (length, acknowledge) in steps {
                let records = (acknowledged + 1..=acknowledged + length).map(numbered).collect();
                let batch = Batch { source: "k_1".into(), records };
                log.extend(batch.new_after(taken).map(|numbered| numbered.number));
                taken = batch.taken_with(taken);
                if acknowledge {
                    acknowledged += length;
                }
            }
            let expected: Vec<u64> = (1..=taken).collect();
            prop_assert_eq!(log, expected);
        }
    }
}
