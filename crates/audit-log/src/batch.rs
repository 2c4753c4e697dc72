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

    proptest! {
        /// Whatever acknowledgements are lost, each batch is taken once.
        #[test]
        fn each_batch_is_taken_once(acknowledged in prop::collection::vec(any::<bool>(), 1..40)) {
            let (mut taken, mut log, mut number) = (0, Vec::new(), 1);
            for arrives in acknowledged {
                let batch = Batch { source: "k_1".into(), number, records: Vec::new() };
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
