//! What a key's gate remembers of results: a state machine without storage.

use serde::{Deserialize, Serialize};

use crate::{
    fingerprint::Fingerprint,
    print::{ArgumentPrint, ResultPrints},
    trace::{Origin, Trace},
};

/// What one settled call leaves behind: a row of the object's table, and the wire
/// form of a settlement's `seen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where from.
    pub origin: Origin,
    /// What was in the result.
    #[serde(flatten)]
    pub seen: ResultPrints,
    /// What the user's side said in the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Fingerprint>,
}

/// The memory of one key.
#[derive(Debug, Default)]
pub struct Memory {}

impl Memory {
    /// Those values of the arguments that came from outside. The others are
    /// remembered as said by the user's side.
    pub fn admit(
        &mut self,
        _call_id: &str,
        _prints: &[ArgumentPrint],
        _is_trusted: impl Fn(Fingerprint) -> bool,
        _now_ms: u64,
    ) -> Vec<Trace> {
        Vec::new()
    }

    /// Remembers a result. The answer is the row to keep.
    pub fn settle(&mut self, origin: Origin, seen: ResultPrints, _now_ms: u64) -> Row {
        Row {
            origin,
            seen,
            said: Vec::new(),
        }
    }

    /// A suspicious result at or after a moment: the latest.
    #[must_use]
    pub fn tainted_since(&self, _since_ms: u64) -> Option<&Origin> {
        None
    }
}
