//! The tokens of one call, and what they stand for.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use zeroize::Zeroizing;

/// A value that a token stands for.
#[derive(Clone)]
pub struct Pseudonym {
    /// The token, such as `<phone_1>`: numbered by kind within this call.
    pub token: String,
    /// The kind that stands in the token.
    pub kind: &'static str,
    /// What it stands for, as it was written.
    pub value: Zeroizing<String>,
}

impl core::fmt::Debug for Pseudonym {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Pseudonym")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// The tokens of one call. What they stand for is kept once, and wiped.
#[derive(Default)]
pub(super) struct Pseudonyms {
    made: Vec<Pseudonym>,
    /// By a keyed hash of the value and the kind, which place in `made`.
    known: BTreeMap<(u64, &'static str), usize>,
    counts: BTreeMap<&'static str, usize>,
    hasher: RandomState,
}

impl core::fmt::Debug for Pseudonyms {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_list().entries(&self.made).finish()
    }
}

impl Pseudonyms {
    /// Those that were made, in their order.
    pub(super) fn made(self) -> Vec<Pseudonym> {
        self.made
    }

    /// The token for the value.
    pub(super) fn token(&mut self, kind: &'static str, value: &str) -> String {
        let key = (self.hasher.hash_one(value), kind);
        let known = self.known.get(&key).and_then(|place| self.made.get(*place));
        if let Some(known) = known.filter(|known| *known.value == value) {
            return known.token.clone();
        }
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        let token = ["<", kind, "_", &count.to_string(), ">"].concat();
        self.known.insert(key, self.made.len());
        self.made.push(Pseudonym {
            token: token.clone(),
            kind,
            value: Zeroizing::new(value.to_owned()),
        });
        token
    }
}
