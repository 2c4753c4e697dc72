//! The word being read, and what it reads as when digits stand in it.

use crate::lexicon::{Lexicon, STEM_MAX};
use crate::token::{self, spelt};

/// The word being read.
pub(crate) struct Word {
    pub(crate) state: u32,
    pub(crate) characters: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) spelt: u8,
    pub(crate) letters: usize,
    pub(crate) capitals: usize,
    pub(crate) digits: usize,
    pub(crate) looks_alike: bool,
    pub(crate) ascii: usize,
    pub(crate) last: char,
    pub(crate) snapshots: [u32; STEM_MAX + 1],
}

impl Default for Word {
    fn default() -> Self {
        Self {
            state: token::SEED,
            characters: 0,
            start: 0,
            end: 0,
            spelt: 0,
            letters: 0,
            capitals: 0,
            digits: 0,
            looks_alike: false,
            ascii: 0,
            last: ' ',
            snapshots: [0; STEM_MAX + 1],
        }
    }
}

impl Word {
    #[inline]
    pub(crate) fn push(&mut self, character: u32) {
        self.state = token::step(self.state, character);
        self.characters += 1;
        if let Some(snapshot) = self.snapshots.get_mut(self.characters) {
            *snapshot = self.state;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.characters == 0
    }

    /// Makes ready for the next word; the snapshots need no clearing, since none
    /// beyond the number of characters is looked at.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.state = token::SEED;
        self.characters = 0;
        self.spelt = 0;
        self.letters = 0;
        self.capitals = 0;
        self.digits = 0;
        self.looks_alike = false;
        self.ascii = 0;
    }
}

/// The hash of all words of letters mixed with digits.
pub(crate) const MIXED: u32 = 2;

/// All numbers read alike, and so do words with digits among the letters, unless the
/// digits pass for letters of a word that matters.
pub(crate) fn number_or_leet(
    lexicon: &Lexicon,
    text: &str,
    word: &Word,
    spelt: &mut u8,
) -> (u32, u64) {
    const NUMBER: u32 = 1;
    if word.letters == 0 {
        return (NUMBER, 0);
    }
    if (3..=20).contains(&word.characters)
        && let Some(spelling) = text.get(word.start..word.end)
    {
        for one in ['i', 'l'] {
            let hash = plain_hash(spelling, one);
            let mask = lexicon.find(hash);
            if mask != 0 {
                *spelt |= spelt::LEET;
                return (hash, mask);
            }
        }
    }
    (MIXED, 0)
}

/// The hash of a word whose digits and signs pass for letters.
fn plain_hash(spelling: &str, one: char) -> u32 {
    let state = spelling.chars().fold(token::SEED, |state, c| {
        let letter = match c {
            '0' => 'o',
            '1' => one,
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            '8' => 'b',
            '9' => 'g',
            _ => c.to_ascii_lowercase(),
        };
        token::step(state, u32::from(letter))
    });
    token::finish(state)
}
