//! Small steps over bytes. Every scanner works on bytes and cuts only at ASCII
//! characters, so that a cut never falls inside a character.

/// The byte at `index`, or 0 outside the text.
pub(crate) fn at(bytes: &[u8], index: usize) -> u8 {
    bytes.get(index).copied().unwrap_or(0)
}

/// The byte before `index`, or 0 at the start.
pub(crate) fn before(bytes: &[u8], index: usize) -> u8 {
    index.checked_sub(1).map_or(0, |index| at(bytes, index))
}

/// The end of the run from `start` of bytes that `class` takes, at most `limit` long.
pub(crate) fn run_end(bytes: &[u8], start: usize, limit: usize, class: fn(u8) -> bool) -> usize {
    let end = bytes.len().min(start.saturating_add(limit));
    let run = bytes.get(start..end).unwrap_or_default();
    start + run.iter().position(|b| !class(*b)).unwrap_or(run.len())
}

/// Letters, digits and `_`.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The characters of base64url, which most tokens keep to.
pub(crate) fn is_token(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// Letters and digits.
pub(crate) fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Capital letters and digits.
pub(crate) fn is_upper_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Hexadecimal digits in lower case.
pub(crate) fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

/// Whether `bytes` from `index` on begin with `wanted`, whatever the case.
pub(crate) fn follows(bytes: &[u8], index: usize, wanted: &str) -> bool {
    bytes
        .get(index..index.saturating_add(wanted.len()))
        .is_some_and(|found| found.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Small letters and digits.
pub(crate) fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Hexadecimal digits.
pub(crate) fn is_hex_byte(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// Hexadecimal digits in groups.
pub(crate) fn is_hex_dash(byte: u8) -> bool {
    is_lower_hex(byte) || byte == b'-'
}

/// What UUIDs are made of, one or more.
pub(crate) fn is_uuid_byte(byte: u8) -> bool {
    is_hex_dash(byte) || byte == b'/'
}

/// Tokens of several parts.
pub(crate) fn is_dotted(byte: u8) -> bool {
    is_token(byte) || byte == b'.'
}

/// GitLab's tokens carry their routing behind a full stop.
pub(crate) fn is_gitlab(byte: u8) -> bool {
    is_dotted(byte)
}

/// The last part of an address.
pub(crate) fn is_path(byte: u8) -> bool {
    is_token(byte) || byte == b'/'
}

/// An address with all that webhooks put there.
pub(crate) fn is_webhook(byte: u8) -> bool {
    is_path(byte) || matches!(byte, b'@' | b'.' | b':')
}

/// Base64.
pub(crate) fn is_base64(byte: u8) -> bool {
    is_alphanumeric(byte) || matches!(byte, b'+' | b'/' | b'=')
}

/// Base64 of either alphabet in parts.
pub(crate) fn is_path64(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'_' | b'-')
}

/// Tokens with percent signs for what addresses cannot carry.
pub(crate) fn is_encoded(byte: u8) -> bool {
    is_token(byte) || matches!(byte, b'%' | b'=')
}

/// What the crypt formats are made of.
pub(crate) fn is_hash(byte: u8) -> bool {
    is_alphanumeric(byte)
        || matches!(
            byte,
            b'.' | b'/' | b'$' | b'=' | b',' | b'+' | b'-' | b'_' | b':'
        )
}

/// PostgreSQL's verifiers.
pub(crate) fn is_scram(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'$' | b':')
}
