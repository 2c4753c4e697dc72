//! Passwords in URLs: `scheme://user:password@host`.

use crate::bytes::{at, run_end};
use crate::kind::Kind;
use crate::marker;
use crate::span::Span;

/// The longest user and password that are looked at.
const LONGEST: usize = 512;

/// The password of the URL whose `://` stands at `separator`.
pub(crate) fn password(text: &str, separator: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let start = separator + 3;
    let end = run_end(bytes, start, LONGEST, in_authority);
    // A password may hold `@` itself; a host may not.
    let at_sign = start + bytes.get(start..end)?.iter().rposition(|b| *b == b'@')?;
    let colon = start + bytes.get(start..at_sign)?.iter().position(|b| *b == b':')?;
    let password = text.get(colon + 1..at_sign)?;
    if text.get(start..colon) == Some("mailto") || password.contains("://") {
        return None;
    }
    if is_placeholder(password) || !is_host(at(bytes, at_sign + 1)) {
        return None;
    }
    Span::new(colon + 1, at_sign, Kind::Password)
}

fn in_authority(byte: u8) -> bool {
    byte > b' '
        && !matches!(
            byte,
            b'/' | b'?' | b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`'
        )
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'[' | b'_' | b'$' | b'{' | b'%') || byte >= 0x80
}

/// What stands for a password in documentation and templates.
fn is_placeholder(password: &str) -> bool {
    marker::begins(password)
        || password.starts_with("${")
        || password.starts_with("{{")
        || password.starts_with('$')
            && password
                .bytes()
                .skip(1)
                .all(|b| b.is_ascii_uppercase() || b == b'_')
        || password
            .bytes()
            .all(|b| matches!(b, b'*' | b'x' | b'X' | b'.'))
}
