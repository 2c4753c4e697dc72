//! Words of a text, with their classes and places.

use crate::fold::{self, Kind};

/// What stands between two words, as bits.
pub(crate) mod gap {
    /// A line break.
    pub(crate) const LINE: u16 = 1;
    /// `<`
    pub(crate) const LESS: u16 = 1 << 1;
    /// `>`
    pub(crate) const GREATER: u16 = 1 << 2;
    /// `[`
    pub(crate) const OPEN: u16 = 1 << 3;
    /// `]`
    pub(crate) const CLOSE: u16 = 1 << 4;
    /// `{` or `}`
    pub(crate) const BRACE: u16 = 1 << 5;
    /// `|`
    pub(crate) const BAR: u16 = 1 << 6;
    /// `:`
    pub(crate) const COLON: u16 = 1 << 7;
    /// Three or more of `#*=-_~` in a row.
    pub(crate) const DECOR: u16 = 1 << 8;
    /// `/`
    pub(crate) const SLASH: u16 = 1 << 9;
    /// `!`
    pub(crate) const SHOUT: u16 = 1 << 10;
    /// A round bracket.
    pub(crate) const ROUND: u16 = 1 << 11;
    /// A double quotation mark or a backtick.
    pub(crate) const QUOTE: u16 = 1 << 12;
    /// `#` or `*`
    pub(crate) const HEADING: u16 = 1 << 13;
    /// `=`, `&`, `?` within an address.
    pub(crate) const QUERY: u16 = 1 << 14;
    /// The text's begin or a sentence's end.
    pub(crate) const SENTENCE: u16 = 1 << 15;
}

/// How a word was written, as bits.
pub(crate) mod spelt {
    /// Invisible characters within.
    pub(crate) const INVISIBLE: u8 = 1;
    /// Look-alike letters beside Latin ones.
    pub(crate) const LOOK_ALIKE: u8 = 2;
    /// Digits or signs in place of letters.
    pub(crate) const LEET: u8 = 4;
    /// Percent, entity or escape sequences within.
    pub(crate) const ESCAPED: u8 = 8;
    /// Mostly capital letters.
    pub(crate) const CAPITALS: u8 = 16;
}

/// A word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Token {
    /// Of the word as it reads.
    pub(crate) hash: u32,
    /// Its classes.
    pub(crate) mask: u64,
    /// First byte in the text.
    pub(crate) start: usize,
    /// One past its last byte.
    pub(crate) end: usize,
    /// What stands before it.
    pub(crate) gap: u16,
    /// How it was written.
    pub(crate) spelt: u8,
}

/// The state before a word's first character.
pub(crate) const SEED: u32 = 0x811c_9dc5;

/// The state after one more character.
#[inline]
pub(crate) const fn step(state: u32, character: u32) -> u32 {
    (state ^ character).wrapping_mul(0x0100_0193)
}

/// A word's hash; never zero.
#[inline]
pub(crate) const fn finish(state: u32) -> u32 {
    let mut hash = state;
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x2c1b_3c6d);
    hash ^= hash >> 12;
    hash = hash.wrapping_mul(0x297a_2d39);
    hash ^= hash >> 15;
    if hash == 0 { 1 } else { hash }
}

/// The hash of a word as it reads, and its number of characters.
pub(crate) fn hash_of(word: &str) -> (u32, usize) {
    hash_of_first(word, usize::MAX)
}

/// The hash of the first characters of a word as it reads.
pub(crate) fn hash_of_first(word: &str, most: usize) -> (u32, usize) {
    let (mut state, mut characters) = (SEED, 0);
    let mut push = |c: char| {
        if characters < most {
            state = step(state, u32::from(c));
            characters += 1;
        }
    };
    for c in word.chars() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                push(c.to_ascii_lowercase());
            }
        } else if matches!(fold::kind(c), Kind::Letter | Kind::Digit) {
            fold::letter(c, &mut push);
        }
    }
    (finish(state), characters)
}
