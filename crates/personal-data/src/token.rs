//! Words and runs of digits, each with its shape and what the lexicon knows of it.
//! The one pass over the bytes; everything after looks at tokens.

use crate::flags::{Flags, Topic};
use crate::fold;
use crate::lexicon;

/// How a token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape(u8);

impl Shape {
    /// Begins with a capital.
    const CAPITAL: u8 = 1;
    /// Has a small letter.
    const SMALL: u8 = 2;
    /// Has a digit.
    const DIGIT: u8 = 4;
    /// Has a letter.
    const LETTER: u8 = 8;
    /// Has a capital after a small letter.
    const CAMEL: u8 = 16;
    /// Has a letter of a script without case.
    const CASELESS: u8 = 32;
    /// Has a capital after the first letter, before any small one.
    const SHOUTED: u8 = 64;

    /// Only digits.
    pub(crate) const fn is_number(self) -> bool {
        self.0 == Self::DIGIT
    }
    /// Only letters.
    pub(crate) const fn is_word(self) -> bool {
        self.0 & Self::DIGIT == 0
    }
    pub(crate) const fn is_mixed(self) -> bool {
        self.0 & Self::DIGIT != 0 && self.0 & Self::LETTER != 0
    }
    pub(crate) const fn is_capital(self) -> bool {
        self.0 & Self::CAPITAL != 0
    }
    /// Capitals throughout, two at least.
    pub(crate) const fn is_shouted(self) -> bool {
        self.0 & (Self::SMALL | Self::SHOUTED) == Self::SHOUTED
    }
    pub(crate) const fn is_camel(self) -> bool {
        self.0 & Self::CAMEL != 0
    }
    pub(crate) const fn is_caseless(self) -> bool {
        self.0 & Self::CASELESS != 0
    }
}

/// A word or a run of digits; its places are within the piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) flags: Flags,
    pub(crate) shape: Shape,
}

impl Token {
    pub(crate) const fn range(&self) -> core::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
    pub(crate) const fn length(&self) -> usize {
        (self.end - self.start) as usize
    }
    pub(crate) const fn has(&self, flags: Flags) -> bool {
        self.flags.has(flags)
    }
    pub(crate) fn topic(&self) -> Option<Topic> {
        self.flags.topic()
    }
    pub(crate) const fn is_number(&self) -> bool {
        self.shape.is_number()
    }
}

/// What is read at once: some text, its tokens, and where its at-signs and colons are.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) list: Vec<Token>,
    pub(crate) ats: Vec<u32>,
    /// Two colons near each other or a scheme's `://`.
    pub(crate) colons: Vec<u32>,
}

const OTHER: u8 = 0;
const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 3;
const WIDE: u8 = 4;
const AT: u8 = 5;
const COLON: u8 = 6;

const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'@' => AT,
            b':' => COLON,
            0x80.. => WIDE,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

const fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

/// Reads `text`, at most [`u32::MAX`] bytes.
pub(crate) fn read(text: &str, tokens: &mut Tokens) {
    tokens.list.clear();
    tokens.ats.clear();
    tokens.colons.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match class(*byte) {
            LOWER | UPPER | DIGIT => at = one(text, at, tokens),
            WIDE => {
                let letter = text.get(at..).and_then(|rest| rest.chars().next());
                match letter {
                    Some(letter) if letter.is_alphabetic() => at = one(text, at, tokens),
                    Some(letter) => at += letter.len_utf8(),
                    None => at += 1,
                }
            }
            AT => {
                tokens.ats.push(at as u32);
                at += 1;
            }
            COLON => {
                if matches!(bytes.get(at + 1), Some(b':' | b'/'))
                    || (bytes.get(at + 1).is_some_and(u8::is_ascii_hexdigit)
                        && at > 0
                        && bytes.get(at - 1).is_some_and(u8::is_ascii_hexdigit))
                {
                    tokens.colons.push(at as u32);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// A token being read.
struct Reading {
    hash: u64,
    shape: u8,
    letters: usize,
}

impl Reading {
    fn letter(&mut self, letter: char) {
        let upper = letter.is_uppercase();
        let lower = letter.is_lowercase();
        self.case(upper, lower);
        if !upper && !lower && !fold::is_mark(letter) {
            self.shape |= Shape::CASELESS;
        }
        if let Some(folded) = fold::folded(letter) {
            self.hash = fold::mix(self.hash, folded as u32);
            self.letters += 1;
        }
    }

    const fn case(&mut self, upper: bool, lower: bool) {
        self.shape |= Shape::LETTER;
        if upper {
            self.shape |= if self.letters == 0 {
                Shape::CAPITAL
            } else if self.shape & Shape::SMALL != 0 {
                Shape::CAMEL
            } else {
                Shape::SHOUTED
            };
        }
        if lower {
            self.shape |= Shape::SMALL;
        }
    }
}

/// Reads the token that begins at `start`; where it ends.
fn one(text: &str, start: usize, tokens: &mut Tokens) -> usize {
    let bytes = text.as_bytes();
    let mut reading = Reading {
        hash: fold::begin(),
        shape: 0,
        letters: 0,
    };
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match class(*byte) {
            LOWER | UPPER if is_extension(bytes, start, at) => break,
            LOWER => {
                reading.shape |= Shape::LETTER | Shape::SMALL;
                reading.hash = fold::mix(reading.hash, *byte as u32);
                reading.letters += 1;
                at += 1;
            }
            UPPER => {
                reading.case(true, false);
                reading.hash = fold::mix(reading.hash, (*byte | 0x20) as u32);
                reading.letters += 1;
                at += 1;
            }
            DIGIT => {
                reading.shape |= Shape::DIGIT;
                reading.letters += 1;
                at += 1;
            }
            WIDE => {
                let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                    break;
                };
                if letter == '’' || letter == 'ʼ' {
                    if !joins(text, start, at, at + letter.len_utf8(), &reading) {
                        break;
                    }
                } else if letter.is_alphabetic() || fold::is_mark(letter) {
                    reading.letter(letter);
                } else {
                    break;
                }
                at += letter.len_utf8();
            }
            _ if *byte == b'\'' && joins(text, start, at, at + 1, &reading) => at += 1,
            _ => break,
        }
    }
    let flags = if reading.shape & Shape::DIGIT == 0 {
        lexicon::lookup(fold::finish(reading.hash))
    } else {
        Flags::NONE
    };
    tokens.list.push(Token {
        start: start as u32,
        end: at as u32,
        flags,
        shape: Shape(reading.shape),
    });
    at
}

/// Whether an extension begins in the midst of a number: `7261726x16954`.
fn is_extension(bytes: &[u8], start: usize, at: usize) -> bool {
    at - start >= 4
        && matches!(bytes.get(at), Some(b'x' | b'X'))
        && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        && bytes
            .get(start..at)
            .is_some_and(|run| run.len() <= 15 && run.iter().all(u8::is_ascii_digit))
}

/// Whether an apostrophe belongs to the word: it does in Ng'ang'a and O'Brien, not in
/// "Otieno's" and "l'ami".
fn joins(text: &str, start: usize, at: usize, after: usize, reading: &Reading) -> bool {
    let bytes = text.as_bytes();
    let next = bytes.get(after).copied().unwrap_or(b' ');
    if class(next) != LOWER && class(next) != UPPER && class(next) != WIDE
        || reading.shape & Shape::DIGIT != 0
    {
        return false;
    }
    let second = bytes.get(after + 1).copied().unwrap_or(b' ');
    let ends = !matches!(class(second), LOWER | UPPER | WIDE | DIGIT);
    if ends && matches!(next, b's' | b'S' | b't' | b'd' | b'm') {
        return false;
    }
    let elided = at - start == 1
        && bytes
            .get(start)
            .is_some_and(|byte| b"ldcjmnstLJ".contains(byte));
    !elided && text.is_char_boundary(after)
}
