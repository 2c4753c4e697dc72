//! The one pass over the bytes: words and runs of digits, where they begin and end.

use super::{Shape, Token, Tokens};
use crate::flags::Flags;
use crate::fold;

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
    tokens.clear();
    // Words have six bytes or so with what is between them.
    tokens.list.reserve(text.len() / 6);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let class = class(*byte);
        // No `match`: few kinds are frequent, and those are told apart first.
        if class == OTHER {
            at += 1;
        } else if class <= DIGIT {
            at = one(text, at, tokens);
        } else if class == WIDE {
            at = wide(text, at, tokens);
        } else {
            sign(bytes, at, class, tokens);
            at += 1;
        }
    }
}

/// Reads what begins beyond ASCII; where that ends.
fn wide(text: &str, at: usize, tokens: &mut Tokens) -> usize {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(letter) if letter.is_alphabetic() => one(text, at, tokens),
        Some(letter) => at + letter.len_utf8(),
        None => at + 1,
    }
}

/// Keeps an at-sign or a colon.
fn sign(bytes: &[u8], at: usize, class: u8, tokens: &mut Tokens) {
    if class == AT {
        tokens.ats.push(at as u32);
        return;
    }
    tokens.has_double_colon |= bytes.get(at + 1) == Some(&b':');
    if matches!(bytes.get(at + 1), Some(b':' | b'/'))
        || (bytes.get(at + 1).is_some_and(u8::is_ascii_hexdigit)
            && at > 0
            && bytes.get(at - 1).is_some_and(u8::is_ascii_hexdigit))
    {
        tokens.colons.push(at as u32);
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
            self.shape = Shape::with_capital(self.shape, self.letters == 0);
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
    loop {
        at = plain(bytes, start, at, &mut reading);
        match further(text, start, at, &mut reading) {
            Some(after) => at = after,
            None => break,
        }
    }
    if at == start {
        // An apostrophe that joins nothing, though it counts as a letter.
        let rest = text.get(start..).unwrap_or_default();
        return start + rest.chars().next().map_or(1, char::len_utf8);
    }
    let flags = if reading.shape & Shape::DIGIT == 0 {
        tokens.recent.lookup(fold::finish(reading.hash))
    } else {
        Flags::NONE
    };
    let token = Token {
        start: start as u32,
        end: at as u32,
        flags,
        shape: Shape(reading.shape),
    };
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    tokens.push(token, byte(start), byte(at));
    at
}

/// Reads the letters and digits of ASCII from `at` on; where they end.
fn plain(bytes: &[u8], start: usize, at: usize, reading: &mut Reading) -> usize {
    let Reading {
        mut hash,
        mut shape,
        letters,
    } = *reading;
    let mut end = at;
    loop {
        // Nearly all there is: small letters.
        let from = end;
        while let Some(byte) = bytes.get(end).filter(|byte| byte.is_ascii_lowercase()) {
            hash = fold::mix_plain(hash, *byte);
            end += 1;
        }
        if end > from {
            shape |= Shape::LETTER | Shape::SMALL;
        }
        let byte = bytes.get(end).copied().unwrap_or_default();
        if byte.is_ascii_uppercase() {
            shape = Shape::with_capital(shape, letters == 0 && end == at);
            hash = fold::mix_plain(hash, byte | 0x20);
            end += 1;
        } else if byte.is_ascii_digit() {
            shape |= Shape::DIGIT;
            end += digits(bytes, end);
            if shape == Shape::DIGIT && is_extension(bytes, start, end) {
                break;
            }
        } else {
            break;
        }
    }
    *reading = Reading {
        hash,
        shape,
        letters: letters + (end - at),
    };
    end
}

/// How many digits stand there.
fn digits(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Where the token goes on behind what stands at `at`, if that belongs to it: any other
/// letter or mark, or an apostrophe.
fn further(text: &str, start: usize, at: usize, reading: &mut Reading) -> Option<usize> {
    let byte = *text.as_bytes().get(at)?;
    if byte == b'\'' {
        return joins(text, start, at, at + 1, reading).then_some(at + 1);
    }
    if class(byte) != WIDE {
        return None;
    }
    let letter = text.get(at..)?.chars().next()?;
    let after = at + letter.len_utf8();
    if letter == '’' || letter == 'ʼ' {
        return joins(text, start, at, after, reading).then_some(after);
    }
    if !letter.is_alphabetic() && !fold::is_mark(letter) {
        return None;
    }
    reading.letter(letter);
    Some(after)
}

/// Whether the letter behind nothing but digits begins an extension: `7261726x16954`.
fn is_extension(bytes: &[u8], start: usize, at: usize) -> bool {
    matches!(bytes.get(at), Some(b'x' | b'X'))
        && (4..=15).contains(&(at - start))
        && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
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
