//! How far a value goes.

use crate::bytes::{at, run_end};
use crate::separator::Manner;
use crate::value::Standing;

/// How much of a value is looked at; where it goes on, the rest goes with it.
const LONGEST: usize = 256;

/// A quotation mark, and whether a backslash stands before it because the whole
/// stands in a string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quote {
    mark: u8,
    escaped: bool,
}

/// Where a value begins and how far it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) quote: Option<Quote>,
    pub(crate) standing: Standing,
    class: fn(u8) -> bool,
}

/// The value that begins at `start`.
pub(crate) fn of(bytes: &[u8], start: usize, manner: Manner, line_start: bool) -> Option<Extent> {
    if manner == Manner::Tag {
        let start = run_end(bytes, start, 16, |byte| byte.is_ascii_whitespace());
        let end = character_end(bytes, run_end(bytes, start, LONGEST, in_element));
        return Some(Extent {
            start,
            end,
            quote: None,
            standing: Standing::Quoted,
            class: in_element,
        });
    }
    let prefix = usize::from(
        matches!(at(bytes, start), b'b' | b'r' | b'f' | b'u' | b'@')
            && matches!(at(bytes, start + 1), b'"' | b'\''),
    );
    let mark_at = run_end(bytes, start + prefix, 4, |byte| byte == b'\\');
    let mark = at(bytes, mark_at);
    if matches!(mark, b'"' | b'\'' | b'`') {
        let quote = Quote {
            mark,
            escaped: mark_at > start + prefix,
        };
        let end = character_end(bytes, closing_quote(bytes, mark_at + 1, quote, LONGEST));
        return Some(Extent {
            start: mark_at + 1,
            end,
            quote: Some(quote),
            standing: Standing::Quoted,
            class: in_bare,
        });
    }
    let class: fn(u8) -> bool = match manner {
        Manner::Sign if line_start => in_line,
        Manner::NextLine => |byte| byte > b' ',
        _ => in_bare,
    };
    let start = start + usize::from(at(bytes, start) == b'(');
    let end = character_end(bytes, run_end(bytes, start, LONGEST, class));
    Some(Extent {
        start,
        end: trimmed(bytes, start, end),
        quote: None,
        standing: Standing::Bare,
        class,
    })
}

/// The end of the whole value, of which perhaps only the beginning was looked at.
pub(crate) fn whole(bytes: &[u8], extent: &Extent) -> usize {
    match extent.quote {
        Some(quote) => closing_quote(bytes, extent.start, quote, usize::MAX),
        None => trimmed(
            bytes,
            extent.start,
            run_end(bytes, extent.end, usize::MAX, extent.class),
        ),
    }
}

/// Without the punctuation with which a sentence ends.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let value = bytes.get(start..end).unwrap_or_default();
    let ends = |b: &u8| matches!(b, b'.' | b':' | b'!' | b'?' | b',' | b';');
    start
        + value
            .iter()
            .rposition(|b| !ends(b))
            .map_or(0, |last| last + 1)
}

/// Where the quoted value ends: at its closing quote, at the end of the line
/// where there is none, or after `longest` bytes.
fn closing_quote(bytes: &[u8], inside: usize, quote: Quote, longest: usize) -> usize {
    let limit = bytes.len().min(inside.saturating_add(longest));
    let mut index = inside;
    while index < limit {
        match at(bytes, index) {
            b'\\'
                if quote.escaped
                    && matches!(at(bytes, index + 1), b'\\')
                    && bytes
                        .get(index..index + 5)
                        .is_some_and(|five| five.contains(&quote.mark)) =>
            {
                return index;
            }
            b'\\' if quote.escaped && at(bytes, index + 1) == quote.mark => return index,
            b'\\' => index += 2,
            b'\n' => return index,
            byte if byte == quote.mark => return index,
            _ => index += 1,
        }
    }
    character_end(bytes, index.min(bytes.len()))
}

/// The end of the character that `index` may stand inside of.
fn character_end(bytes: &[u8], index: usize) -> usize {
    run_end(bytes, index, 3, |byte| byte & 0xc0 == 0x80)
}

fn in_element(byte: u8) -> bool {
    !matches!(byte, b'<' | b'\n' | b'\r' | b']')
}

/// A bare value in the midst of a line.
fn in_bare(byte: u8) -> bool {
    byte > b' '
        && !matches!(
            byte,
            b',' | b';'
                | b'"'
                | b'\''
                | b'<'
                | b'>'
                | b'`'
                | b'&'
                | b'|'
                | b')'
                | b'}'
                | b']'
                | b'\\'
        )
}

/// A bare value of a setting that has its line for itself.
fn in_line(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, b'&' | b';' | b'"' | b'\'' | b'`' | b'<')
}
