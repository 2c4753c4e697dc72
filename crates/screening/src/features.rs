//! What the model sees of a segment: classes and their order first, words second.

use crate::token::Token;

/// Weights in all.
pub(crate) const COUNT: usize = BIGRAM + BIGRAMS;

/// The blocks of weights: where each begins. Each block is scaled by itself.
pub(crate) const BLOCKS: [usize; 4] = [0, PAIR, WORD, BIGRAM];

const CLASS: usize = 0;
const FIRST: usize = 64;
const GAP: usize = 128;
const SPELT: usize = 144;
/// One weight a rule.
const RULE: usize = 152;
/// Rules that the model can know.
pub(crate) const RULES: usize = 128;
const BIAS: usize = RULE + RULES;
const CONCEALED: usize = BIAS + 1;
/// How many words the segment has, roughly.
const SIZE: usize = CONCEALED + 1;
const PAIR: usize = 512;
const NEXT: usize = PAIR + 64 * 64;
const GAP_CLASS: usize = NEXT + 64 * 64;
const WORD: usize = GAP_CLASS + 16 * 64;
const WORDS: usize = 1 << 15;
const BIGRAM: usize = WORD + WORDS;
const BIGRAMS: usize = 1 << 16;

/// The blocks by their places.
mod block {
    pub(super) const SINGLE: usize = 0;
    pub(super) const PAIR: usize = 1;
    pub(super) const WORD: usize = 2;
    pub(super) const BIGRAM: usize = 3;
}

/// Words up to this hash have no feature of their own.
const UNTOLD: u32 = 2;

/// Classes that a pair is made of at most; more of them in one sentence are rare.
const PAIRED: usize = 14;

/// Gives the block and the index of every feature of a segment whose first `seen` words counted
/// before. `silent` are classes that say nothing, `rules` those that fired.
#[inline]
pub(crate) fn of(
    words: &[Token],
    seen: usize,
    silent: u64,
    rules: u128,
    concealed: bool,
    mut feature: impl FnMut(usize, usize),
) {
    let Some(fresh) = words.get(seen..) else {
        return;
    };
    feature(block::SINGLE, BIAS);
    feature(
        block::SINGLE,
        SIZE + fresh.len().checked_ilog2().unwrap_or(0) as usize,
    );
    if concealed {
        feature(block::SINGLE, CONCEALED);
    }
    // What stood before words of each class so far.
    let mut told = [0_u16; 64];
    let mut order = [0_u8; PAIRED];
    let mut ordered = 0;
    let (mut classes, mut gaps, mut spelt) = (0_u64, 0_u16, 0_u8);
    let mut before = words.get(seen.wrapping_sub(1)).copied().unwrap_or_default();
    for (index, word) in fresh.iter().enumerate() {
        // Numbers and machine words have hashes this low; they say nothing.
        if word.hash > UNTOLD && word.hash != before.hash {
            feature(block::WORD, WORD + word.hash as usize % WORDS);
            if before.hash > UNTOLD {
                feature(
                    block::BIGRAM,
                    BIGRAM + (before.hash.rotate_left(11) ^ word.hash) as usize % BIGRAMS,
                );
            }
        }
        let mask = word.mask & !silent;
        if mask != 0 {
            let previous = before.mask & !silent;
            each(mask, |class| {
                if index == 0 {
                    feature(block::SINGLE, FIRST + class);
                }
                each(previous & !(1 << class), |other| {
                    feature(block::PAIR, NEXT + other * 64 + class)
                });
                let new = told.get_mut(class).map_or(0, |told| {
                    let new = word.gap & !*told;
                    *told |= new;
                    new
                });
                if new != 0 {
                    each(u64::from(new), |bit| {
                        feature(block::PAIR, GAP_CLASS + bit * 64 + class);
                    });
                }
                if classes & (1 << class) == 0 {
                    classes |= 1 << class;
                    feature(block::SINGLE, CLASS + class);
                    for other in order.iter().take(ordered) {
                        feature(block::PAIR, PAIR + usize::from(*other) * 64 + class);
                    }
                    if let (Some(place), Ok(class)) = (order.get_mut(ordered), u8::try_from(class))
                    {
                        *place = class;
                        ordered += 1;
                    }
                }
            });
        }
        gaps |= word.gap;
        spelt |= word.spelt;
        before = *word;
    }
    each(u64::from(gaps), |bit| feature(block::SINGLE, GAP + bit));
    each(u64::from(spelt), |bit| feature(block::SINGLE, SPELT + bit));
    if rules != 0 {
        (0..RULES)
            .filter(|rule| rules & (1 << rule) != 0)
            .for_each(|rule| feature(block::SINGLE, RULE + rule));
    }
}

#[inline]
fn each(mut bits: u64, mut of: impl FnMut(usize)) {
    while bits != 0 {
        of(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Which block a feature's weight is in.
#[inline]
#[must_use]
pub(crate) fn block(feature: usize) -> usize {
    usize::from(feature >= PAIR) + usize::from(feature >= WORD) + usize::from(feature >= BIGRAM)
}

/// Features of each block that count in full. More of them share that weight: a
/// long sentence has many pairs, and their noise must not add up.
const FULL: [u32; BLOCKS.len()] = [u32::MAX, 6, 12, 12];

/// What the weights of a segment's features come to, each block by itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    weights: [i32; BLOCKS.len()],
    counts: [u32; BLOCKS.len()],
}

impl Sums {
    #[inline]
    pub(crate) fn add(&mut self, block: usize, weight: i8) {
        if let (Some(sum), Some(count)) = (self.weights.get_mut(block), self.counts.get_mut(block))
        {
            *sum += i32::from(weight);
            *count += 1;
        }
    }

    /// The logit, where a weight of one is worth its block's scale.
    #[inline]
    #[allow(clippy::cast_precision_loss)] // sums of a sentence are small
    pub(crate) fn logit(&self, scales: &[f32; BLOCKS.len()]) -> f32 {
        let shares = shares(self.counts);
        self.weights
            .iter()
            .zip(scales)
            .zip(shares)
            .map(|((sum, scale), share)| *sum as f32 * scale * share)
            .sum()
    }
}

/// How much a feature of each block counts where there are so many.
#[inline]
#[allow(clippy::cast_precision_loss)] // a sentence has a few hundred
pub(crate) fn shares(counts: [u32; BLOCKS.len()]) -> [f32; BLOCKS.len()] {
    let mut shares = [1.0; BLOCKS.len()];
    for ((share, count), full) in shares.iter_mut().zip(counts).zip(FULL) {
        if count > full {
            *share = full as f32 / count as f32;
        }
    }
    shares
}
