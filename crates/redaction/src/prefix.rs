//! Tokens that begin with a fixed prefix.

use crate::bytes::{at, before, is_word, run_end};
use crate::checksum;
use crate::kind::Kind;
use crate::span::Span;

/// For formats without a longest length: the whole run goes.
pub(crate) const LONGEST: usize = usize::MAX;

/// How much is looked at to tell whether it is a token; more than the longest
/// fixed length.
const PROBE: usize = 256;

/// One prefix and what must follow it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix {
    pub(crate) text: &'static str,
    kind: Kind,
    /// What the rest is made of.
    class: fn(u8) -> bool,
    /// How long the rest is, at least and at most.
    length: (usize, usize),
    /// Whether the rest must hold digits and capitals, because the prefix may
    /// also begin something else.
    mixed: bool,
}

pub(crate) const fn prefix(
    text: &'static str,
    kind: Kind,
    class: fn(u8) -> bool,
    length: (usize, usize),
) -> Prefix {
    Prefix {
        text,
        kind,
        class,
        length,
        mixed: false,
    }
}

pub(crate) const fn mixed(prefix: Prefix) -> Prefix {
    Prefix {
        mixed: true,
        ..prefix
    }
}

impl Prefix {
    /// The token whose prefix stands at `start`, if it is one.
    pub(crate) fn token(&self, bytes: &[u8], start: usize) -> Option<Span> {
        let rest = start + self.text.len();
        // An address goes on from its host; a checksum needs no edges.
        let is_address = self.text.contains('/');
        let alone = is_address || !continues_a_word(before(bytes, start));
        if !alone && !checksum::has_one(self.text) {
            return None;
        }
        let (shortest, longest) = self.length;
        // Whether it is a token shows at its start: what is none costs little,
        // and what is one is gone over once.
        let probe = run_end(
            bytes,
            rest,
            longest.min(PROBE).saturating_add(1),
            self.class,
        );
        let body = bytes.get(rest..probe)?;
        if checksum::has_one(self.text) && checksum::fits(body) {
            return Span::new(start, rest + checksum::LENGTH, self.kind);
        }
        let mixed = body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_uppercase);
        if !alone
            || body.len() < shortest
            || (self.mixed && !mixed)
            || (longest != LONGEST && (body.len() > longest || is_word(at(bytes, probe))))
            || (!self.text.contains('$') && is_stand_in(body.get(..body.len().min(72))?))
        {
            return None;
        }
        if longest == LONGEST {
            let end = run_end(bytes, probe, usize::MAX, self.class);
            return Span::new(start, trimmed(bytes, rest, end), self.kind);
        }
        Span::new(start, trimmed(bytes, rest, probe), self.kind)
    }
}

/// What documentation puts there: dots, one letter, `EXAMPLE`.
fn is_stand_in(body: &[u8]) -> bool {
    let masked = |letter: u8| body.iter().filter(|b| **b == letter).count() * 2 > body.len();
    let same_x = body.iter().all(|b| *b == b'x');
    let example = body
        .windows(7)
        .any(|seven| seven.eq_ignore_ascii_case(b"example"));
    let counted = body
        .windows(10)
        .any(|ten| ten == b"0123456789" || ten == b"abcdefghij");
    let paired = body.len() >= 20 && {
        let mut seen = [false; 256];
        body.iter().for_each(|b| {
            if let Some(place) = seen.get_mut(usize::from(*b)) {
                *place = true
            }
        });
        seen.iter().filter(|seen| **seen).count() == 2
    };
    let doubled = body.windows(2).any(|two| two == b"..");
    (masked(b'x') || masked(b'X')) && !same_x
        || example
        || counted
        || paired
        || doubled
        || (same_x && body.len() != 32)
}

/// A token stands alone; `.` before it joins it to what it only looks like.
fn continues_a_word(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'$')
}

/// Without the full stops and dashes with which a sentence goes on.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let body = bytes.get(start..end).unwrap_or_default();
    start
        + body
            .iter()
            .rposition(|b| !matches!(b, b'.' | b'-' | b','))
            .map_or(0, |last| last + 1)
}
