//! Private keys in PEM form.

use crate::bytes::{follows, run_end};
use crate::kind::Kind;
use crate::span::Span;

/// What opens any PEM block.
pub(crate) const BEGIN: &str = "-----BEGIN ";

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
            return Span::new(start, closing_line(bytes, end), Kind::PrivateKey);
        }
        // Base64, header lines, and line breaks as they are or as JSON escapes them.
        let inside = byte.is_ascii_alphanumeric() || b"+/=\\ \r\n\t:,.()>-\"'".contains(byte);
        if !inside {
            break;
        }
        end += 1;
    }
    Span::new(start, end, Kind::PrivateKey)
}

fn closing_line(bytes: &[u8], end: usize) -> usize {
    let label = end + END.len();
    let window = bytes
        .get(label..bytes.len().min(label + LABEL + 5))
        .unwrap_or_default();
    let dashes = window.windows(5).position(|five| five == b"-----");
    dashes.map_or(label, |dashes| label + dashes + 5)
}
