//! Chance that repeats itself: the same seed gives the same numbers, today and
//! with every later version of the libraries.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// A seeded source of choices.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        // The remainder's bias is 2^-32: nothing for made-up orders.
        low + u32::try_from(self.0.next_u64() % span).unwrap_or(0)
    }

    /// True in `percent` of 100 throws.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of the choices, which must not be empty.
    pub(crate) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let last = u32::try_from(choices.len().saturating_sub(1)).unwrap_or(0);
        let index = self.between(0, last);
        choices.get(index as usize).copied().unwrap_or_default()
    }

    /// Text of the given length from an alphabet of ASCII characters.
    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let last = u32::try_from(alphabet.len().saturating_sub(1)).unwrap_or(0);
        (0..length)
            .filter_map(|_| alphabet.chars().nth(self.between(0, last) as usize))
            .collect()
    }
}
