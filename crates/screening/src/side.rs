//! Messages beside the words: tag characters, variation selectors, letters set
//! apart.

use crate::lexicon::Lexicon;
use crate::reader::Sink;
use crate::screening::Hiding;
use crate::token::{Token, hash_of};

/// A text that is not there for people to see, as it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) text: String,
    pub(crate) hiding: Hiding,
    /// Where in the text it hides.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A hidden message is at least this many letters long.
const MESSAGE: usize = 8;
/// Letters set apart at least; initials and enumerations have fewer.
const SPACED: usize = 7;
/// Runs of letters set apart that are read in one text.
const RUNS: usize = 64;
/// No message beside the words is read beyond this length at a time.
const MOST: usize = 4096;

/// Collects what stands beside the words.
#[derive(Debug, Default)]
pub(crate) struct Side {
    tags: Message,
    selectors: Vec<u8>,
    selector_place: (usize, usize),
    invisible: Message,
    spaced: Message,
    runs: usize,
}

#[derive(Debug, Default)]
struct Message {
    text: String,
    start: usize,
    end: usize,
}

impl Message {
    fn push(&mut self, c: char, start: usize, end: usize) {
        if self.text.is_empty() {
            self.start = start;
        }
        if self.text.len() < MOST {
            self.text.push(c);
            self.end = end;
        }
    }

    fn take(&mut self, hiding: Hiding) -> View {
        View {
            text: core::mem::take(&mut self.text),
            hiding,
            start: self.start,
            end: self.end,
        }
    }
}

impl Side {
    pub(crate) fn tag(&mut self, c: char, start: usize, end: usize) {
        let shown = u32::from(c)
            .checked_sub(0xe_0000)
            .and_then(char::from_u32)
            .filter(|it| (' '..='~').contains(it));
        if let Some(shown) = shown {
            self.tags.push(shown, start, end);
        }
    }

    pub(crate) fn selector(&mut self, c: char, start: usize, end: usize) {
        let code = u32::from(c);
        let byte = match code {
            0xfe00..=0xfe0f => code - 0xfe00,
            _ => code.saturating_sub(0xe_0100) + 16,
        };
        if self.selectors.is_empty() {
            self.selector_place = (start, end);
        }
        if self.selectors.len() < MOST {
            self.selectors.push(u8::try_from(byte & 0xff).unwrap_or(0));
            self.selector_place.1 = end;
        }
    }

    /// Zero-width characters can spell bits; only their number is of interest.
    pub(crate) fn invisible(&mut self, _: char, start: usize, end: usize) {
        self.invisible.push('.', start, end);
    }

    /// A word ends; `single` is its one letter if it has just one.
    pub(crate) fn word<S: Sink>(
        &mut self,
        single: Option<char>,
        spaces: usize,
        token: &Token,
        lexicon: &Lexicon,
        sink: &mut S,
    ) {
        match single {
            Some(letter) => {
                if spaces > 1 && !self.spaced.text.is_empty() {
                    self.spaced.push(' ', token.start, token.start);
                }
                self.spaced.push(letter, token.start, token.end);
            }
            None if !self.spaced.text.is_empty() => self.end_spaced(lexicon, sink),
            None => {}
        }
    }

    fn end_spaced<S: Sink>(&mut self, lexicon: &Lexicon, sink: &mut S) {
        if self.runs >= RUNS || self.spaced.text.chars().count() < SPACED {
            self.spaced.text.clear();
            return;
        }
        self.runs += 1;
        let mut view = self.spaced.take(Hiding::SpacedOut);
        view.text = view
            .text
            .split(' ')
            .map(|piece| words_of(piece, lexicon))
            .collect::<Vec<_>>()
            .join(" ");
        sink.hidden(view);
    }

    pub(crate) fn finish<S: Sink>(&mut self, lexicon: &Lexicon, sink: &mut S) {
        if !self.spaced.text.is_empty() {
            self.end_spaced(lexicon, sink);
        }
        if self.tags.text.len() >= MESSAGE {
            sink.hidden(self.tags.take(Hiding::TagCharacters));
        }
        if self.selectors.len() >= MESSAGE {
            let (start, end) = self.selector_place;
            let text = String::from_utf8_lossy(&self.selectors).into_owned();
            if !text.contains('\0') && !text.contains('\u{f}') {
                sink.hidden(View {
                    text,
                    hiding: Hiding::VariationSelectors,
                    start,
                    end,
                });
            }
        }
    }
}

/// Letters without spaces, cut into words of the lexicon where they are such: always
/// the longest that fits.
fn words_of(letters: &str, lexicon: &Lexicon) -> String {
    const LONGEST: usize = 16;
    let all: Vec<char> = letters.chars().collect();
    if all.len() <= LONGEST && lexicon.find(hash_of(letters).0) != 0 {
        return letters.to_owned();
    }
    let mut words = String::with_capacity(letters.len() + 16);
    let mut index = 0;
    while let Some(rest) = all.get(index..).filter(|rest| !rest.is_empty()) {
        let length = (2..=LONGEST.min(rest.len())).rev().find(|length| {
            let word: String = rest.iter().take(*length).collect();
            lexicon.find(hash_of(&word).0) != 0
        });
        if length.is_some() && !words.ends_with(' ') && !words.is_empty() {
            words.push(' ');
        }
        let taken = length.unwrap_or(1);
        words.extend(rest.iter().take(taken));
        if length.is_some() {
            words.push(' ');
        }
        index += taken;
    }
    words
}
