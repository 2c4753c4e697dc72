//! Private keys in PEM form.

use crate::bytes::{follows, run_end};
use crate::kind::Kind;
use crate::span::Span;

/// What opens any PEM block.
pub(crate) const BEGIN: &str = "-----BEGIN ";

/// What opens the private part of PuTTY's file.
pub(crate) const PUTTY: &str = "Private-Lines: ";

/// The least base64 that makes a key.
const SHORTEST: usize = 48;

/// What closes any PEM block.
const END: &str = "-----END ";

/// A label such as `OPENSSH PRIVATE KEY` is no longer.
const LABEL: usize = 40;

/// The block that opens at `start`, up to its closing line or, where that is
/// missing, as far as the text looks like one. The caller searches on only
/// after the block, so that the whole stays linear.
pub(crate) fn private_key(text: &str, start: usize) -> Option<Span> {
    let label_start = start + BEGIN.len();
    let bytes = text.as_bytes();
    let label_end = run_end(bytes, label_start, LABEL, |byte| {
        byte.is_ascii_uppercase() || byte == b' '
    });
    let is_private = text.get(label_start..label_end)?.contains("PRIVATE KEY");
    if !is_private || !follows(bytes, label_end, "-----") {
        return None;
    }
    let body = label_end + "-----".len();
    let mut end = body;
    while let Some(byte) = bytes.get(end) {
        if *byte == b'-' && follows(bytes, end, END) {
            return holds_a_key(bytes, body, end)
                .then(|| Span::new(start, closing_line(bytes, end), Kind::PrivateKey))
                .flatten();
        }
        // Base64, header lines, and line breaks as they are or as JSON escapes them.
        let inside = byte.is_ascii_alphanumeric() || b"+/=\\ \r\n\t:,.()>-\"'".contains(byte);
        // Another block begins: so no byte is gone over for each that is open.
        if !inside || (*byte == b'-' && follows(bytes, end, BEGIN)) {
            break;
        }
        end += 1;
    }
    if !holds_a_key(bytes, body, end) {
        return None;
    }
    Span::new(start, end, Kind::PrivateKey)
}

/// Documentation has dots or words between the lines, or one of digits and `a` to `f`,
/// which three of four characters of base64 are not.
fn holds_a_key(bytes: &[u8], start: usize, end: usize) -> bool {
    let body = bytes.get(start..end).unwrap_or_default();
    let (mut length, mut beyond_hex) = (0, 0);
    for line in body
        .split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')))
        .filter(|line| line.len() >= 16)
    {
        length += line.len();
        beyond_hex += line
            .iter()
            .filter(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            .count();
    }
    length >= SHORTEST && beyond_hex >= length / 4
}

/// The base64 behind PuTTY's count of private lines, which ends at `count`.
pub(crate) fn putty_key(bytes: &[u8], count: usize) -> Option<Span> {
    let start = run_end(bytes, count, 6, |b| {
        b.is_ascii_digit() || matches!(b, b'\r' | b'\n')
    });
    let end = run_end(bytes, start, usize::MAX, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\r' | b'\n')
    });
    if !holds_a_key(bytes, start, end) {
        return None;
    }
    let last = bytes
        .get(start..end)?
        .iter()
        .rposition(|b| !b.is_ascii_whitespace())?;
    Span::new(start, start + last + 1, Kind::PrivateKey)
}

fn closing_line(bytes: &[u8], end: usize) -> usize {
    let label = end + END.len();
    let window = bytes
        .get(label..bytes.len().min(label + LABEL + 5))
        .unwrap_or_default();
    let dashes = window.windows(5).position(|five| five == b"-----");
    dashes.map_or(label, |dashes| label + dashes + 5)
}
