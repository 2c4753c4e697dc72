//! What stands in a secret's place, and how two secrets are told apart.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use crate::kind::{Finding, Kind};

const OPENING: &str = "[redacted:";

/// What stands behind the kind: `:65536]`.
const LONGEST_END: usize = 7;

/// How many different secrets of one call are told apart. More share the marker
/// without a number, so that memory stays bounded.
const MOST_TOLD_APART: usize = 65_536;

/// Whether a marker stands at the start of `text`.
pub(crate) fn begins(text: &str) -> bool {
    text.starts_with(OPENING)
}

/// Whether a marker opens at the end of `text`.
pub(crate) fn ends(text: &str) -> bool {
    text.ends_with(OPENING)
}

/// Whether a marker stands anywhere in `text`.
pub(crate) fn contains(text: &str) -> bool {
    places(text).next().is_some()
}

/// Where the markers of `text` stand.
pub(crate) fn places(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.match_indices('[').filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        if !rest.starts_with(OPENING) {
            return None;
        }
        let end = rest.find(']').map_or(rest.len(), |closing| closing + 1);
        Some((start, start + end))
    })
}

/// The markers of one call. The first secret of a kind is `[redacted:kind]`, the
/// next one `[redacted:kind:2]`; the same secret has the same marker again. Of a
/// secret itself nothing is kept but a keyed hash.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    counts: BTreeMap<Kind, usize>,
    different: BTreeMap<Kind, usize>,
    /// By keyed hash, which needs no hashing again.
    numbers: BTreeMap<(u64, Kind), usize>,
    hasher: RandomState,
}

impl Marks {
    /// The marker for `secret`.
    pub(crate) fn of(&mut self, kind: Kind, secret: &str) -> String {
        *self.counts.entry(kind).or_insert(0) += 1;
        let number = self.number(kind, secret);
        let kind = kind.as_str();
        let mut marker = String::with_capacity(OPENING.len() + kind.len() + LONGEST_END);
        marker.push_str(OPENING);
        marker.push_str(kind);
        if number > 1 {
            marker.push(':');
            push_number(&mut marker, number);
        }
        marker.push(']');
        marker
    }

    fn number(&mut self, kind: Kind, secret: &str) -> usize {
        let key = (self.hasher.hash_one(secret), kind);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        if self.numbers.len() >= MOST_TOLD_APART {
            return 1;
        }
        let different = self.different.entry(kind).or_insert(0);
        *different += 1;
        self.numbers.insert(key, *different);
        *different
    }

    pub(crate) fn findings(self) -> Vec<Finding> {
        self.counts
            .into_iter()
            .map(|(kind, count)| Finding { kind, count })
            .collect()
    }
}

/// Writes the number in place: markers are many, and each is one piece of memory.
fn push_number(marker: &mut String, number: usize) {
    if number > 9 {
        push_number(marker, number / 10);
    }
    marker.push(char::from(b'0' + (number % 10) as u8));
}
