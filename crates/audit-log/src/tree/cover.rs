//! Which complete subtrees cover a range of leaves.

/// How many leaves a run has. The root of each complete run is stored.
pub const RUN: u64 = 1 << RUN_LEVEL;
pub(crate) const RUN_LEVEL: u8 = 8;

/// A complete subtree: over the leaves from `number << level`, `1 << level` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtree {
    /// Its height; a leaf has 0.
    pub level: u8,
    /// Its number among those of its level, from 0.
    pub number: u64,
}

impl Subtree {
    /// Its first leaf.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.number << self.level
    }

    /// The leaf after its last.
    #[must_use]
    pub const fn end(self) -> u64 {
        (self.number + 1) << self.level
    }
}

/// The fewest complete subtrees, none higher than `highest`, whose leaves are exactly
/// those from `first` up to but without `end`; from left to right.
#[must_use]
pub fn cover(first: u64, end: u64, highest: u8) -> Vec<Subtree> {
    let mut subtrees = Vec::new();
    let mut at = first;
    while at < end {
        let aligned = at.trailing_zeros();
        let fitting = (end - at).ilog2();
        let level = aligned.min(fitting).min(u32::from(highest));
        let level = u8::try_from(level).unwrap_or(0);
        subtrees.push(Subtree {
            level,
            number: at >> level,
        });
        at += 1 << level;
    }
    subtrees
}
