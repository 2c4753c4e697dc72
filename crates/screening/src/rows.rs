//! What the network sees of a word: rows of its table, which are added up.

use crate::token::Token;

/// Rows of the table.
pub(crate) const COUNT: usize = SPELT + 5;

/// Rows that words share by their hashes.
pub(crate) const WORDS: usize = 1 << 13;
const CLASS: usize = WORDS;
const CLASSES: usize = 61;
const GAP: usize = CLASS + CLASSES;
const SPELT: usize = GAP + 16;

/// Numbers and machine words have hashes this low, and rows of their own.
const UNTOLD: u32 = 2;

/// Gives every row of a word: its own, those of its classes, of what stands before it
/// and of how it is written.
#[inline]
pub(crate) fn of(word: &Token, mut row: impl FnMut(usize)) {
    row(if word.hash <= UNTOLD {
        word.hash as usize
    } else {
        let others = WORDS - UNTOLD as usize - 1;
        UNTOLD as usize + 1 + word.hash as usize % others
    });
    each(word.mask & ((1 << CLASSES) - 1), |bit| row(CLASS + bit));
    each(u64::from(word.gap), |bit| row(GAP + bit));
    each(u64::from(word.spelt & 0b1_1111), |bit| row(SPELT + bit));
}

#[inline]
fn each(mut bits: u64, mut of: impl FnMut(usize)) {
    while bits != 0 {
        of(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}
