//! Values beside a word that names a secret: `password: …`, `API_KEY=…`,
//! `"token": "…"`, `nenosiri ni …`, `Authorization: Bearer …`.

use crate::bytes::{at, before, follows, is_word, run_end};
use crate::kind::Kind;
use crate::marker;
use crate::span::Span;

/// How much of a value is looked at; where it goes on, the rest goes with it.
const LONGEST: usize = 512;

/// How much white space may stand on one side of the separator.
const GAP: usize = 4;

/// Words that join a name to its value in prose.
const IS: &[&str] = &[
    "is ",
    "was ",
    "ni ",
    "est ",
    "ist ",
    "yangu ni ",
    "yako ni ",
    "yake ni ",
];

/// Words that begin what a secret is for, before the word that joins.
const FOR: &[&str] = &[
    "for ", "of ", "to ", "on ", "ya ", "kwa ", "pour ", "du ", "de ",
];

/// How long that may be.
const FOR_WHAT: usize = 48;

/// Words that say something about a secret and are none.
#[rustfmt::skip]
const NO_VALUES: &[&str] = &[
    "bool", "boolean", "bytes", "changed", "chr", "correct", "default", "disabled", "empty", "enabled",
    "expired", "false", "forgotten", "hidden", "inahitajika", "incorrect", "invalid", "leo", "missing",
    "muhimu", "nil", "none", "null", "obligatoire", "optional", "prompt", "required", "reset", "self",
    "set", "siri", "str", "string", "text", "this", "true", "undefined", "unset", "updated", "valid",
    "varchar", "wrong", "yes",
];

/// How the value was introduced, which says how sure one may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// `:`, `=`, `:=`, `=>`.
    Sign,
    /// "is", "ni", "est".
    Prose,
}

/// The value beside the word that ends at `word_end`.
pub(crate) fn value(text: &str, word_start: usize, word_end: usize, kind: Kind) -> Option<Span> {
    let bytes = text.as_bytes();
    if !stands_alone(bytes, word_start, word_end) {
        return None;
    }
    let (separator, after) = separator(bytes, word_end)?;
    let start = skip_scheme(bytes, after, kind);
    let (start, end, quoted) = extent(bytes, start)?;
    let found = text.get(start..end)?;
    let plausible = match separator {
        Separator::Sign => is_secret(found, kind, quoted.is_some()),
        Separator::Prose => looks_random(found) && is_secret(found, kind, quoted.is_some()),
    };
    plausible.then_some(())?;
    let end = match quoted {
        Some(quote) => closing_quote(bytes, start, quote, usize::MAX),
        None => trimmed(bytes, start, run_end(bytes, end, usize::MAX, in_bare_value)),
    };
    Span::new(start, end, kind)
}

/// Without the punctuation with which a sentence ends.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let value = bytes.get(start..end).unwrap_or_default();
    start
        + value
            .iter()
            .rposition(|b| !matches!(b, b'.' | b':' | b'!' | b'?'))
            .map_or(0, |last| last + 1)
}

/// Short words must not be the end of another word.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let short = end - start <= 3;
    !short || !before(bytes, start).is_ascii_alphanumeric()
}

/// The sign or word between name and value, and where what follows begins.
fn separator(bytes: &[u8], word_end: usize) -> Option<(Separator, usize)> {
    let mut index = run_end(bytes, word_end, 4, closes_a_name);
    index = run_end(bytes, index, GAP, is_blank);
    let sign = run_end(bytes, index, 2, |byte| matches!(byte, b':' | b'=' | b'>'));
    if sign > index {
        // `==` compares, `::` casts.
        let doubled = sign - index == 2 && at(bytes, index) == at(bytes, index + 1);
        return (!doubled && at(bytes, index) != b'>')
            .then(|| (Separator::Sign, run_end(bytes, sign, GAP, is_gap)));
    }
    if index == word_end {
        return None;
    }
    let verb = verb(bytes, index)?;
    let after = run_end(bytes, verb, GAP, is_blank);
    let colon = usize::from(at(bytes, after) == b':');
    Some((
        Separator::Prose,
        run_end(bytes, after + colon, GAP, is_blank),
    ))
}

/// The end of "is " at `index`, or behind a few words that say what the secret
/// is for: "password for the guest network is …".
fn verb(bytes: &[u8], index: usize) -> Option<usize> {
    let is_at = |index: usize| {
        IS.iter()
            .find(|word| follows(bytes, index, word))
            .map(|word| index + word.len())
    };
    if let Some(end) = is_at(index) {
        return Some(end);
    }
    FOR.iter().find(|word| follows(bytes, index, word))?;
    let sentence_end = run_end(bytes, index, FOR_WHAT, |byte| {
        !matches!(byte, b'.' | b'\n' | b'!' | b'?' | b';')
    });
    (index..sentence_end)
        .filter(|index| before(bytes, *index) == b' ')
        .find_map(is_at)
}

/// `"password"`, `['password']`, `\"password\"`, `**Password**`.
fn closes_a_name(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b']' | b'\\' | b'*' | b'`')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// White space after a sign; a value may stand on the next line of YAML, not
/// beyond an empty one.
fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'*')
}

/// The scheme in `Authorization: Bearer …` stays.
fn skip_scheme(bytes: &[u8], start: usize, kind: Kind) -> usize {
    if kind != Kind::Authorization {
        return start;
    }
    let start = run_end(bytes, start, 2, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
    let scheme = [
        "bearer ", "basic ", "token ", "digest ", "apikey ", "splunk ",
    ];
    let found = scheme.iter().find(|scheme| follows(bytes, start, scheme));
    run_end(
        bytes,
        start + found.map_or(0, |scheme| scheme.len()),
        GAP,
        is_blank,
    )
}

/// A quotation mark, and whether a backslash stands before it because the whole
/// stands in a string.
#[derive(Clone, Copy)]
struct Quote {
    mark: u8,
    escaped: bool,
}

/// Where the value begins, how far it is looked at, and the quote it stands in.
fn extent(bytes: &[u8], start: usize) -> Option<(usize, usize, Option<Quote>)> {
    let mark_at = run_end(bytes, start, 3, |byte| byte == b'\\');
    let mark = at(bytes, mark_at);
    if matches!(mark, b'"' | b'\'' | b'`') {
        let quote = Quote {
            mark,
            escaped: mark_at > start,
        };
        let end = closing_quote(bytes, mark_at + 1, quote, LONGEST);
        return Some((mark_at + 1, character_end(bytes, end), Some(quote)));
    }
    let end = character_end(bytes, run_end(bytes, start, LONGEST, in_bare_value));
    Some((start, trimmed(bytes, start, end), None))
}

/// Where the quoted value ends: at its closing quote, at the end of the line
/// where there is none, or after `longest` bytes.
fn closing_quote(bytes: &[u8], inside: usize, quote: Quote, longest: usize) -> usize {
    let limit = bytes.len().min(inside.saturating_add(longest));
    let mut index = inside;
    while index < limit {
        match at(bytes, index) {
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

fn in_bare_value(byte: u8) -> bool {
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

fn is_secret(value: &str, kind: Kind, quoted: bool) -> bool {
    let length = value.chars().count();
    let shortest = match kind {
        Kind::Password => 4,
        Kind::Authorization => 6,
        _ => 8,
    };
    length >= shortest
        && !is_placeholder(value, quoted)
        && !NO_VALUES.contains(&value.to_ascii_lowercase().as_str())
        && (kind == Kind::Password || looks_random(value))
}

/// Names of variables, calls and templates stand for a value and are none.
fn is_placeholder(value: &str, quoted: bool) -> bool {
    let masked = value
        .bytes()
        .all(|b| matches!(b, b'*' | b'.' | b'-' | b'_' | b'x' | b'X' | b'#'));
    let template = ["${", "{{", "<", "%(", "$(", "[redacted"]
        .iter()
        .any(|opening| value.starts_with(opening));
    let variable = value
        .strip_prefix('$')
        .is_some_and(|name| !name.is_empty() && name.bytes().all(is_word));
    let call = !quoted
        && (value.contains('(')
            || [
                "os.",
                "process.",
                "env.",
                "config.",
                "settings.",
                "self.",
                "this.",
                "http://",
                "https://",
            ]
            .iter()
            .any(|opening| value.starts_with(opening)));
    let path = !quoted && value.starts_with(['/', '~']) && value.matches('/').count() > 1;
    masked || template || variable || call || path || marker::begins(value)
}

/// Whether a value is more than a word: it holds a digit, a sign inside, or
/// capitals inside.
fn looks_random(value: &str) -> bool {
    let mut characters = value.chars();
    let first_is_letter = characters.next().is_some_and(char::is_alphabetic);
    let capital_inside = characters.clone().any(char::is_uppercase);
    let small = value.chars().any(char::is_lowercase);
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let letter = value.chars().any(char::is_alphabetic);
    let sign = value.bytes().any(|b| b"@#$%^&*!~+=?/".contains(&b));
    let mixed = letter && (digit || sign);
    let capitals = first_is_letter && capital_inside && small;
    mixed || capitals || (digit && value.len() >= 16)
}

/// `Bearer …` on its own: a token that no prose has.
pub(crate) fn bearer(text: &str, word_start: usize, word_end: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    if is_word(before(bytes, word_start)) {
        return None;
    }
    let start = run_end(bytes, word_end, GAP, is_blank);
    let end = run_end(bytes, start, LONGEST * 2, |byte| {
        is_word(byte) || matches!(byte, b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
    });
    let token = text.get(start..end)?.trim_end_matches('.');
    let digit = token.bytes().any(|b| b.is_ascii_digit());
    (token.len() >= 16 && digit && !marker::begins(token)).then_some(())?;
    Span::new(start, start + token.len(), Kind::Authorization)
}
