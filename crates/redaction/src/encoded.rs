//! Secrets that were encoded once: in base64, with percent signs, with the escapes
//! of JSON.

use crate::base64;
use crate::bytes::{at, before, is_base64, run_end};
use crate::kind::Kind;
use crate::redactor::Redactor;
use crate::span::Span;

/// How much is decoded to tell text from anything else.
const PROBE: usize = 64;

/// The longest base64 that is decoded: more is a picture or a document.
const LONGEST: usize = 64 * 1024;

/// The longest word with percent signs or escapes that is decoded.
const LONGEST_WORD: usize = 4096;

/// Where the last part of a run begins: `FOO=QUtJ…` is a name and a value.
pub(crate) fn body_start(bytes: &[u8], start: usize, end: usize) -> usize {
    let run = bytes.get(start..end).unwrap_or_default();
    let body = run
        .iter()
        .rposition(|b| *b != b'=')
        .map_or(0, |last| last + 1);
    let run = run.get(..body).unwrap_or_default();
    start
        + run
            .iter()
            .rposition(|b| *b == b'=')
            .map_or(0, |sign| sign + 1)
}

/// Where base64 ends that is broken into lines.
fn lines_end(bytes: &[u8], end: usize) -> usize {
    let mut end = end;
    loop {
        let line = run_end(bytes, end, 3, |b| matches!(b, b'\r' | b'\n' | b' '));
        let next = run_end(bytes, line, usize::MAX, is_base64);
        if line == end || next - line < 16 {
            return end;
        }
        end = next;
    }
}

/// Base64 from `start` to `end` that holds a secret goes whole.
pub(crate) fn base64(redactor: &Redactor, bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let run = bytes.get(start..end.min(start + LONGEST))?;
    if !is_mixed(run) {
        return None;
    }
    let whole = run.len() - run.len() % 4;
    let probe = base64::decoded(run.get(..whole.min(PROBE))?)?;
    if !is_text(&probe) {
        return None;
    }
    let body = run.get(
        ..if end - start > LONGEST {
            whole
        } else {
            run.len()
        },
    )?;
    let text = String::from_utf8(base64::decoded(body)?).ok()?;
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
        return Span::new(start, lines_end(bytes, end), Kind::PrivateKey);
    }
    let found = redactor
        .plain_spans(&text)
        .into_iter()
        .find(|span| !span.kind.is_a_number())?;
    Span::new(start, end, found.kind)
}

/// Capitals and small letters near the beginning: hashes and UUIDs have but one
/// kind, paths and names hardly both.
fn is_mixed(run: &[u8]) -> bool {
    let probe = run.get(..run.len().min(24)).unwrap_or_default();
    let capitals = probe.iter().filter(|b| b.is_ascii_uppercase()).count();
    let others = probe.iter().filter(|b| matches!(b, b'-' | b'_')).count();
    capitals >= 2 && others == 0 && probe.iter().any(u8::is_ascii_lowercase)
}

fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|b| (b' '..0x7f).contains(b) || matches!(b, b'\n' | b'\r' | b'\t'))
}

/// Secrets in the word around `place`, where a percent sign or a backslash encodes
/// a character; and the word's end.
pub(crate) fn word(redactor: &Redactor, text: &str, place: usize) -> (Vec<Span>, usize) {
    let bytes = text.as_bytes();
    let mut start = place;
    while place - start < LONGEST_WORD && is_inside(before(bytes, start)) {
        start -= 1;
    }
    let end = run_end(bytes, place, LONGEST_WORD, is_inside);
    let (decoded, places) = unescaped(bytes, start, end);
    let Ok(decoded) = String::from_utf8(decoded) else {
        return (Vec::new(), end);
    };
    let original = |index: usize| places.get(index).copied().unwrap_or(end);
    let spans = redactor.plain_spans(&decoded).into_iter();
    let spans = spans.filter(|span| !span.kind.is_a_number());
    let spans =
        spans.filter_map(|span| Span::new(original(span.start), original(span.end), span.kind));
    (spans.collect(), end)
}

fn is_inside(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`')
}

/// The bytes that `bytes` encode between `start` and `end`, and where each comes
/// from.
fn unescaped(bytes: &[u8], start: usize, end: usize) -> (Vec<u8>, Vec<usize>) {
    let mut out = Vec::with_capacity(end - start);
    let mut places = Vec::with_capacity(end - start);
    let mut index = start;
    while index < end {
        let (byte, length) = match at(bytes, index) {
            b'%' => hex(bytes, index + 1, end).map_or((b'%', 1), |byte| (byte, 3)),
            b'\\' if bytes.get(index..index + 4) == Some(b"\\u00") => {
                hex(bytes, index + 4, end).map_or((b'\\', 1), |byte| (byte, 6))
            }
            b'\\' if at(bytes, index + 1) == b'/' => (b'/', 2),
            byte => (byte, 1),
        };
        out.push(byte);
        places.push(index);
        index += length;
    }
    (out, places)
}

/// The byte that two digits at `index` name.
fn hex(bytes: &[u8], index: usize, end: usize) -> Option<u8> {
    let digit = |index: usize| char::from(at(bytes, index)).to_digit(16);
    if index + 2 > end {
        return None;
    }
    u8::try_from(digit(index)? * 16 + digit(index + 1)?).ok()
}
