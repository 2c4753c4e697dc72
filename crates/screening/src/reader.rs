//! Reads a text into segments: about a sentence each, as words with classes.
//!
//! One pass over the original bytes. Whatever stands between a letter and its
//! reading (case, accents, escapes, entities, invisible characters, tags within a
//! word) is undone on the way, so that places are always those of the original.

use crate::fold::{self, Kind};
use crate::lexicon::Lexicon;
use crate::side::{Side, View};
use crate::token::{self, Token, gap, spelt};
use crate::word::{self, Word, number_or_leet};

/// Words of a segment at most. A longer one is cut.
const SEGMENT: usize = 48;
/// Words before a cut that the next segment sees again, so that wording across the
/// cut is found.
const CARRY: usize = 12;
/// Longer words are read even where they follow letters mixed with digits.
const FRAGMENT: usize = 3;
/// How far a tag within a word may reach.
const TAG: usize = 64;

/// What becomes of what is read.
pub(crate) trait Sink {
    /// A segment. Its first `seen` words were part of the one before.
    fn segment(&mut self, words: &[Token], seen: usize);
    /// A message that is not there for people to see.
    fn hidden(&mut self, view: View);
}

/// Reads `text`.
pub(crate) fn read<S: Sink>(text: &str, lexicon: &Lexicon, sink: &mut S) {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        lexicon,
        sink,
        words: Vec::with_capacity(SEGMENT),
        seen: 0,
        gap: gap::SENTENCE | gap::LINE,
        spaces: 0,
        decor: 0,
        word: Word::default(),
        side: Side::default(),
    };
    reader.run();
}

struct Reader<'t, S> {
    text: &'t str,
    bytes: &'t [u8],
    lexicon: &'t Lexicon,
    sink: &'t mut S,
    words: Vec<Token>,
    seen: usize,
    gap: u16,
    spaces: usize,
    decor: usize,
    word: Word,
    side: Side,
}

impl<S: Sink> Reader<'_, S> {
    fn run(&mut self) {
        let mut index = 0;
        while let Some(&byte) = self.bytes.get(index) {
            index = if byte.is_ascii_alphabetic() {
                self.letters(index)
            } else if byte == b' ' {
                self.end_word();
                self.spaces += 1;
                self.decor = 0;
                index + 1
            } else if byte < 0x80 {
                self.sign(byte, index)
            } else {
                self.beyond_ascii(index)
            };
        }
        self.end_word();
        self.end_segment();
        self.side.finish(self.lexicon, self.sink);
    }

    /// ASCII letters in a row.
    #[inline]
    fn letters(&mut self, start: usize) -> usize {
        if self.word.is_empty() {
            self.word.start = start;
        }
        // What changes with every letter is kept at hand.
        let (mut state, mut characters) = (self.word.state, self.word.characters);
        let mut index = start;
        let mut capitals = 0;
        let mut last = 0;
        while let Some(byte) = self.bytes.get(index).filter(|it| it.is_ascii_alphabetic()) {
            capitals += usize::from(*byte < b'a');
            last = byte | 0x20;
            state = token::step(state, u32::from(last));
            characters += 1;
            if let Some(snapshot) = self.word.snapshots.get_mut(characters) {
                *snapshot = state;
            }
            index += 1;
        }
        self.word.state = state;
        self.word.characters = characters;
        self.word.letters += index - start;
        self.word.ascii += index - start;
        self.word.capitals += capitals;
        self.word.last = char::from(last);
        self.word.end = index;
        index
    }

    fn peek(&self, index: usize) -> u8 {
        self.bytes.get(index).copied().unwrap_or(b' ')
    }

    /// ASCII that is no letter. Gives where to go on.
    fn sign(&mut self, byte: u8, index: usize) -> usize {
        let next = self.peek(index + 1);
        match byte {
            b'0'..=b'9' => {
                self.character(char::from(byte), index, index + 1);
                return index + 1;
            }
            b'\'' if !self.word.is_empty() && next.is_ascii_alphabetic() => return index + 1,
            b'@' | b'$' if self.word.letters > 0 && next.is_ascii_alphanumeric() => {
                self.word.digits += 1;
                self.word.push(u32::from(byte));
                self.word.end = index + 1;
                return index + 1;
            }
            b'%' | b'&' | b'\\' => {
                if let Some((c, end)) = crate::escape::character(self.text, index) {
                    self.character(c, index, end);
                    if !self.word.is_empty() {
                        self.word.spelt |= spelt::ESCAPED;
                    }
                    return end;
                }
            }
            b'<' if !self.word.is_empty() => {
                if let Some(end) = self.tag_within_word(index) {
                    return end;
                }
            }
            _ => {}
        }
        self.end_word();
        self.separator(byte, next);
        index + 1
    }

    /// Where a tag within a word ends, if this is one.
    fn tag_within_word(&self, index: usize) -> Option<usize> {
        let tag = self
            .bytes
            .get(index + 1..(index + TAG).min(self.bytes.len()))?;
        let length = tag.iter().position(|byte| matches!(byte, b'>' | b'<'))?;
        let end = index + 2 + length;
        (tag.get(length) == Some(&b'>')
            && tag
                .first()
                .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/' || *byte == b'!')
            && self.peek(end).is_ascii_lowercase()
            && !self.bytes.get(index + 1..end)?.starts_with(b"br"))
        .then_some(end)
    }

    fn separator(&mut self, byte: u8, next: u8) {
        let decorates = matches!(byte, b'#' | b'*' | b'=' | b'-' | b'_' | b'~' | b'+');
        self.decor = if decorates { self.decor + 1 } else { 0 };
        if self.decor >= 3 {
            self.gap |= gap::DECOR;
        }
        let bit = match byte {
            b'\n' | b'\r' => {
                if self.gap & gap::LINE != 0 {
                    self.end_segment();
                }
                gap::LINE
            }
            b'\t' => {
                self.end_segment();
                0
            }
            b'.' | b'!' | b'?' | b';' => {
                if next <= b' ' || matches!(next, b'"' | b'\'' | b')' | b'<' | b'\\') {
                    self.end_segment();
                }
                if byte == b'!' { gap::SHOUT } else { 0 }
            }
            b'|' => {
                if self.gap & gap::LESS == 0 && next != b'>' {
                    self.end_segment();
                }
                gap::BAR
            }
            // The end of a string in JSON: its neighbour is another text.
            b',' if self.gap & gap::QUOTE != 0 && matches!(next, b'"' | b'\n' | b'{' | b'[') => {
                self.end_segment();
                0
            }
            b':' => {
                if self.gap & gap::QUOTE != 0 {
                    self.end_segment();
                }
                gap::COLON
            }
            b'<' => gap::LESS,
            b'>' => gap::GREATER,
            b'[' => gap::OPEN,
            b']' => gap::CLOSE,
            b'{' | b'}' => gap::BRACE,
            b'/' => gap::SLASH,
            b'(' | b')' => gap::ROUND,
            b'"' | b'`' | b'\'' => gap::QUOTE,
            b'#' | b'*' => gap::HEADING,
            b'=' | b'&' => gap::QUERY,
            _ => 0,
        };
        self.gap |= bit;
    }

    fn beyond_ascii(&mut self, index: usize) -> usize {
        let Some(c) = self.text.get(index..).and_then(|rest| rest.chars().next()) else {
            return index + 1;
        };
        let end = index + c.len_utf8();
        self.character(c, index, end);
        end
    }

    /// A character that is no ASCII letter in plain sight: of another script, or
    /// decoded from an escape.
    fn character(&mut self, c: char, start: usize, end: usize) {
        if c.is_ascii() {
            return self.ascii(c, start, end);
        }
        match fold::kind(c) {
            Kind::Letter | Kind::Digit => self.letter(c, start, end),
            Kind::Invisible => {
                self.side.invisible(c, start, end);
                if !self.word.is_empty() {
                    self.word.spelt |= spelt::INVISIBLE;
                }
            }
            Kind::Mark => {}
            Kind::Tag => self.side.tag(c, start, end),
            Kind::Selector => self.side.selector(c, start, end),
            Kind::Space => {
                self.end_word();
                self.spaces += 1;
            }
            Kind::Line => {
                self.end_word();
                self.separator(b'\n', b' ');
            }
            Kind::Stop => {
                self.end_word();
                self.end_segment();
            }
            Kind::Sign => {
                // A typographic apostrophe stands within a word.
                let is_apostrophe = matches!(c, '\u{2019}' | '\u{2bc}' | '\u{2bb}');
                if !(is_apostrophe && self.peek(end).is_ascii_alphabetic()) {
                    self.end_word();
                    if matches!(c, '“' | '”' | '„' | '«' | '»' | '‘') {
                        self.gap |= gap::QUOTE;
                    }
                }
            }
        }
    }

    fn ascii(&mut self, c: char, start: usize, end: usize) {
        if c.is_ascii_alphanumeric() {
            if self.word.is_empty() {
                self.word.start = start;
            }
            if c.is_ascii_digit() {
                self.word.digits += 1;
            } else {
                self.word.letters += 1;
                self.word.ascii += 1;
            }
            self.word.last = c.to_ascii_lowercase();
            self.word.push(u32::from(c.to_ascii_lowercase()));
            self.word.end = end;
        } else {
            self.end_word();
            if c == ' ' {
                self.spaces += 1;
            } else if let Ok(byte) = u8::try_from(u32::from(c)) {
                self.separator(byte, self.peek(end));
            }
        }
    }

    fn letter(&mut self, c: char, start: usize, end: usize) {
        if self.word.is_empty() {
            self.word.start = start;
        }
        let word = &mut self.word;
        let before = word.characters;
        let mut last = word.last;
        let looks_alike = fold::letter(c, |read| {
            word.push(u32::from(read));
            last = read;
        });
        if word.characters > before {
            word.looks_alike |= looks_alike;
            word.letters += 1;
            word.last = last;
            word.end = end;
        }
    }

    #[inline]
    fn end_word(&mut self) {
        if self.word.characters > 0 {
            self.finish_word();
        }
    }

    fn finish_word(&mut self) {
        let word = &mut self.word;
        let hash = token::finish(word.state);
        let mut mask = self.lexicon.find(hash);
        let mut spelt = word.spelt;
        let mut read = hash;
        if mask == 0 {
            if word.digits > 0 {
                (read, mask) = number_or_leet(self.lexicon, self.text, word, &mut spelt);
            } else {
                mask = self.lexicon.find_stem(&word.snapshots, word.characters);
            }
        }
        if word.looks_alike && word.ascii > 0 {
            spelt |= spelt::LOOK_ALIKE;
        }
        if word.letters >= 3 && word.capitals * 5 > word.letters * 3 {
            spelt |= spelt::CAPITALS;
        }
        if word.characters <= FRAGMENT && glued_to_machine_word(self.words.last(), self.bytes, word)
        {
            (read, mask) = (word::MIXED, 0);
        }
        let single = (word.characters == 1 && word.digits == 0).then_some(word.last);
        let token = Token {
            hash: read,
            mask,
            start: word.start,
            end: word.end,
            gap: self.gap,
            spelt,
        };
        self.word.clear();
        self.side
            .word(single, self.spaces, &token, self.lexicon, self.sink);
        self.gap = 0;
        self.spaces = 0;
        self.decor = 0;
        self.words.push(token);
        if self.words.len() >= SEGMENT {
            self.sink.segment(&self.words, self.seen);
            self.words.drain(..SEGMENT - CARRY);
            self.seen = CARRY;
        }
    }

    fn end_segment(&mut self) {
        if self.words.len() > self.seen {
            self.sink.segment(&self.words, self.seen);
        }
        self.words.clear();
        self.seen = 0;
        self.gap |= gap::SENTENCE;
    }
}

/// Whether a short word is a piece of base64 or the like, which chance spells.
fn glued_to_machine_word(before: Option<&Token>, bytes: &[u8], word: &Word) -> bool {
    before.is_some_and(|before| {
        before.hash == word::MIXED
            && before.end + 1 == word.start
            && matches!(bytes.get(before.end), Some(b'+' | b'/' | b'='))
    })
}
