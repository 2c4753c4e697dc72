//! A piece of a text with its tokens, and what can be asked about places in it.

use crate::token::{Token, Tokens};

/// What a detector looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: &'t Tokens,
    /// What the field's name says, for the value of a field.
    pub(crate) field: Option<crate::context::Field>,
}

impl<'t> Piece<'t> {
    pub(crate) fn token(&self, index: usize) -> Option<&'t Token> {
        self.tokens.list.get(index)
    }

    /// The token before.
    pub(crate) fn previous(&self, index: usize) -> Option<&'t Token> {
        self.token(index.checked_sub(1)?)
    }

    pub(crate) fn words(&self, index: usize) -> &'t str {
        self.token(index)
            .and_then(|token| self.text.get(token.range()))
            .unwrap_or_default()
    }

    /// Whether the token is that word, whatever its case.
    pub(crate) fn is(&self, index: usize, word: &str) -> bool {
        self.words(index).eq_ignore_ascii_case(word)
    }

    /// Whether the token is one of those words, whatever its case.
    pub(crate) fn is_any(&self, index: usize, words: &[&str]) -> bool {
        let found = self.words(index);
        words.iter().any(|word| found.eq_ignore_ascii_case(word))
    }

    /// What stands between a token and the next, or after the last.
    pub(crate) fn gap(&self, index: usize) -> &'t str {
        let from = self.token(index).map_or(0, |token| token.end as usize);
        let to = self
            .token(index + 1)
            .map_or(self.text.len(), |token| token.start as usize);
        self.text.get(from..to).unwrap_or_default()
    }

    /// What stands between a token and the one before, or before the first.
    pub(crate) fn gap_before(&self, index: usize) -> &'t str {
        match index.checked_sub(1) {
            Some(previous) => self.gap(previous),
            None => {
                let to = self.token(0).map_or(0, |token| token.start as usize);
                self.text.get(..to).unwrap_or_default()
            }
        }
    }

    /// The byte at a place; 0 beyond the ends.
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The byte before a place; 0 before the beginning.
    pub(crate) fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }
}

/// Whether these two bytes of ASCII stand side by side in a gap, which is too short for
/// anything cleverer.
pub(crate) fn has_pair(gap: &str, pair: [u8; 2]) -> bool {
    gap.as_bytes().windows(2).any(|two| *two == pair)
}
