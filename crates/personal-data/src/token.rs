//! Words and runs of digits, each with its shape and what the lexicon knows of it.
//! `reading.rs` is the one pass over the bytes; everything after looks at tokens.

mod reading;

use crate::flags::{Flags, Topic};
use crate::lexicon::Recent;

pub(crate) use reading::read;

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
    /// Whether two of them stand side by side.
    pub(crate) has_double_colon: bool,
    /// Runs of digits.
    pub(crate) numbers: Vec<u32>,
    /// Whether a full stop or a sign beyond ASCII that may be a degree's stands right
    /// behind one of them.
    pub(crate) has_dotted_number: bool,
    /// Letters with digits, and letters that digits may follow: `AK 0123456`.
    pub(crate) codes: Vec<u32>,
    pub(crate) months: Vec<u32>,
    /// Where an address may begin, or be spoken of.
    pub(crate) addresses: Vec<u32>,
    /// Words with a capital, and those in the lists of names.
    pub(crate) people: Vec<u32>,
    recent: Recent,
}

impl Tokens {
    fn clear(&mut self) {
        self.list.clear();
        self.has_double_colon = false;
        self.has_dotted_number = false;
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
    fn push(&mut self, token: Token, first: u8, behind: u8) {
        let place = self.list.len() as u32;
        self.list.push(token);
        if !token.shape.is_word() {
            self.addresses.push(place);
            if token.is_number() {
                self.numbers.push(place);
                self.has_dotted_number |= matches!(behind, b'.' | DEGREE);
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

/// How `°` and `º` begin.
pub(crate) const DEGREE: u8 = 0xc2;

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
