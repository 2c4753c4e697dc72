//! One pass over a text: its tokens, and what each of them may be.
//!
//! Most bytes are looked at once, in a table; only a token with a digit, an `@`, a
//! dot, a slash or a capital is read again.

use crate::{chain::Chain, code, iban::Iban, link, name::Names, number, print::ValueKind};

/// Namespaces of fingerprints: digits are compared as digits whatever they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    Digits = b'd' as isize,
    Code = b'c' as isize,
    Email = b'e' as isize,
    Url = b'u' as isize,
    Host = b'h' as isize,
    Name = b'n' as isize,
    Phrase = b'p' as isize,
    /// Any text at all, as it stands.
    Text = b't' as isize,
}

/// A value in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) kind: ValueKind,
    pub(crate) class: Class,
    pub(crate) normal: &'a str,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether it is written so, not made of parts of something longer.
    pub(crate) whole: bool,
}

const SEPARATOR: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const UPPER: u8 = 4;
const AT: u8 = 8;
const DOT: u8 = 16;
/// `:` and `/`.
const LINK: u8 = 32;
/// What may stand in a token and says nothing.
const JOINT: u8 = 64;
const WIDE: u8 = 128;

const TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [SEPARATOR; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation, clippy::indexing_slicing)]
        {
            table[byte] = match byte as u8 {
                b'0'..=b'9' => DIGIT,
                b'A'..=b'Z' => LETTER | UPPER,
                b'a'..=b'z' => LETTER,
                b'@' => AT,
                b'.' => DOT,
                b':' | b'/' => LINK,
                b'-' | b'_' | b'+' | b'%' | b'#' | b'&' | b'=' | b'?' | b'~' | b'!' | b'$'
                | b'\'' => JOINT,
                0x80..=0xff => LETTER | WIDE,
                _ => SEPARATOR,
            };
        }
        byte += 1;
    }
    table
}

fn traits(byte: u8) -> u8 {
    TABLE.get(usize::from(byte)).copied().unwrap_or(SEPARATOR)
}

/// No token of a value is longer; what is, is gone through in pieces.
const LONGEST_TOKEN: usize = 2_048;

/// Reports every value of a text that has been made [`plain`](crate::fold::plain).
/// The answer is whether these were all.
pub(crate) fn scan(text: &str, found: &mut impl FnMut(Found<'_>)) -> bool {
    let bytes = text.as_bytes();
    let mut state = State::default();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let mut seen = traits(byte);
        if seen == SEPARATOR {
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        while let Some(&byte) = bytes.get(at) {
            let of_byte = traits(byte);
            if of_byte == SEPARATOR || at - start >= LONGEST_TOKEN {
                break;
            }
            seen |= of_byte;
            at += 1;
        }
        while !text.is_char_boundary(at) {
            at += 1;
        }
        if seen & (DIGIT | AT | DOT | LINK | JOINT | UPPER | WIDE) == 0 {
            // A lower-case word: nothing but a spoken digit perhaps.
            state.names.finish(text, found);
            word(text, start, at, &mut state.chain, found);
            continue;
        }
        token(text, start, at, seen, &mut state, found);
    }
    state.chain.finish(found);
    state.names.finish(text, found);
    state.chain.is_complete()
}

/// What goes over several tokens.
#[derive(Default)]
struct State {
    chain: Chain,
    names: Names,
    iban: Iban,
}

fn word(
    text: &str,
    start: usize,
    end: usize,
    chain: &mut Chain,
    found: &mut impl FnMut(Found<'_>),
) {
    let token = text.get(start..end).unwrap_or_default();
    match number::spoken(token.as_bytes()) {
        Some(spoken) => chain.spoken(text, start, end, spoken, found),
        None => chain.finish(found),
    }
}

fn token(
    text: &str,
    start: usize,
    end: usize,
    seen: u8,
    state: &mut State,
    found: &mut impl FnMut(Found<'_>),
) {
    let State { chain, names, iban } = state;
    let (start, trimmed_end) = trimmed(text, start, end);
    let Some(token) = text
        .get(start..trimmed_end)
        .filter(|token| !token.is_empty())
    else {
        return;
    };
    let is_named = seen & (DIGIT | AT) == 0
        && !token.contains([':', '/'])
        && names.word(text, start, trimmed_end, trimmed_end < end, found);
    if !is_named {
        names.finish(text, found);
    }
    if seen & (DIGIT | UPPER) != 0 {
        iban.token(text, start, trimmed_end, found);
    }
    let has_link = seen & (DOT | LINK) != 0;
    if has_link && link::with_scheme(token, start, found) {
        chain.finish(found);
        return;
    }
    if seen & AT != 0 && link::email(token, start, found) {
        chain.finish(found);
        return;
    }
    if has_link && link::bare(token, start, found) {
        chain.finish(found);
        return;
    }
    if seen & DIGIT != 0 {
        if number::is_date(token) {
            chain.finish(found);
        } else {
            code::pieces(text, start, trimmed_end, chain, found);
        }
    } else {
        word(text, start, trimmed_end, chain, found);
    }
}

/// Without the punctuation around it; a plus before a number stays.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let token = text.get(start..end).unwrap_or_default();
    let is_edge = |character: char| !character.is_alphanumeric();
    let kept = token.trim_end_matches(is_edge);
    let end = start + kept.len();
    let kept = kept.trim_start_matches(|character| is_edge(character) && character != '+');
    (end - kept.len(), end)
}
