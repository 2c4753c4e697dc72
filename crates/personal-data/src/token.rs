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

    /// The shape of what goes on, or begins, with a capital.
    const fn with_capital(shape: u8, first: bool) -> u8 {
        let capital = if first {
            Self::CAPITAL
        } else if shape & Self::SMALL != 0 {
            Self::CAMEL
        } else {
            Self::SHOUTED
        };
        shape | Self::LETTER | capital
    }

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
///
/// Nearly all words are small, ordinary and begin nothing that is looked for, so each
/// search has a list of the tokens (by number, in order) at which it looks.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) list: Vec<Token>,
    pub(crate) ats: Vec<u32>,
    /// Two colons near each other or a scheme's `://`.
    pub(crate) colons: Vec<u32>,
    /// Runs of digits.
    pub(crate) numbers: Vec<u32>,
    /// Letters with digits, and letters that digits may follow: `AK 0123456`.
    pub(crate) codes: Vec<u32>,
    pub(crate) months: Vec<u32>,
    /// Where an address may begin, or be spoken of.
    pub(crate) addresses: Vec<u32>,
    /// Words with a capital, and those in the lists of names.
    pub(crate) people: Vec<u32>,
}

impl Tokens {
    fn clear(&mut self) {
        self.list.clear();
        for places in [
            &mut self.ats,
            &mut self.colons,
            &mut self.numbers,
            &mut self.codes,
            &mut self.months,
            &mut self.addresses,
            &mut self.people,
        ] {
            places.clear();
        }
    }

    /// Whether there is anything at which a search looks.
    pub(crate) fn hold_anything(&self) -> bool {
        [
            &self.ats,
            &self.colons,
            &self.numbers,
            &self.codes,
            &self.months,
            &self.addresses,
            &self.people,
        ]
        .iter()
        .any(|places| !places.is_empty())
    }

    /// Keeps the token, and puts it on the lists of those that look at it.
    fn push(&mut self, token: Token, first: u8) {
        let place = self.list.len() as u32;
        self.list.push(token);
        if !token.shape.is_word() {
            self.addresses.push(place);
            if token.is_number() {
                self.numbers.push(place);
            } else {
                self.codes.push(place);
            }
            return;
        }
        if token.shape.is_capital() || token.has(Flags::PERSON) {
            self.people.push(place);
        }
        if token.length() <= MOST_LETTERS && matches!(first, b'A'..=b'Z' | b'g') {
            self.codes.push(place);
        }
        if token.flags.is_of_addresses() {
            self.addresses.push(place);
        }
        if token.has(Flags::MONTH) {
            self.months.push(place);
        }
    }
}

/// How many letters may stand before the digits of a code.
const MOST_LETTERS: usize = 3;

/// Those of `places` that come after what was taken before: `look` answers for each
/// which token is the next to be looked at.
pub(crate) fn each(places: &[u32], mut look: impl FnMut(usize) -> usize) {
    let mut next = 0;
    for place in places {
        let place = *place as usize;
        if place >= next {
            next = look(place);
        }
    }
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
    tokens.clear();
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
        lexicon::lookup(fold::finish(reading.hash))
    } else {
        Flags::NONE
    };
    let token = Token {
        start: start as u32,
        end: at as u32,
        flags,
        shape: Shape(reading.shape),
    };
    tokens.push(token, bytes.get(start).copied().unwrap_or_default());
    at
}

/// Reads the letters and digits of ASCII from `at` on; where they end.
fn plain(bytes: &[u8], start: usize, at: usize, reading: &mut Reading) -> usize {
    let Reading {
        mut hash,
        mut shape,
        mut letters,
    } = *reading;
    let mut end = at;
    loop {
        let extends = shape == Shape::DIGIT && matches!(bytes.get(end), Some(b'x' | b'X'));
        if extends && is_extension(bytes, start, end) {
            break;
        }
        // Nearly all there is: small letters.
        let from = end;
        while let Some(byte) = bytes.get(end).filter(|byte| byte.is_ascii_lowercase()) {
            hash = fold::mix_plain(hash, *byte);
            end += 1;
        }
        if end > from {
            shape |= Shape::LETTER | Shape::SMALL;
            letters += end - from;
        }
        match bytes.get(end) {
            Some(byte) if byte.is_ascii_uppercase() => {
                shape = Shape::with_capital(shape, letters == 0);
                hash = fold::mix_plain(hash, *byte | 0x20);
            }
            Some(byte) if byte.is_ascii_digit() => shape |= Shape::DIGIT,
            _ => break,
        }
        letters += 1;
        end += 1;
    }
    *reading = Reading {
        hash,
        shape,
        letters,
    };
    end
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

/// Whether the `x` behind nothing but digits begins an extension: `7261726x16954`.
fn is_extension(bytes: &[u8], start: usize, at: usize) -> bool {
    (4..=15).contains(&(at - start)) && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
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
