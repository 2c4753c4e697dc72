//! The cells of three letters that a word's likeness to a name is counted in; the
//! build script counts with this same code.

use crate::fold;

/// How many cells there are.
pub(crate) const CELLS: usize = 1 << 14;

/// Calls `each` with the cell of every three letters of the word, its ends included.
pub(crate) fn cells(word: &str, mut each: impl FnMut(usize)) {
    let (mut before, mut last) = (u32::from(b'^'), u32::from(b'^'));
    let letters = word
        .chars()
        .filter_map(fold::folded)
        .map(|letter| letter as u32);
    for letter in letters.chain([u32::from(b'$')]) {
        each((fold::finish(mixed([before, last, letter])) >> 50) as usize % CELLS);
        (before, last) = (last, letter);
    }
}

/// FNV-1a.
fn mixed(letters: [u32; 3]) -> u64 {
    letters.iter().fold(0xcbf2_9ce4_8422_2325, |hash, letter| {
        (hash ^ u64::from(*letter)).wrapping_mul(0x0100_0000_01b3)
    })
}
