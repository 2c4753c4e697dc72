//! Values in header fields.

use base64::{Engine as _, engine::general_purpose::STANDARD};

const ENCODED_START: &str = "=?base64?";
const ENCODED_END: &str = "?=";

/// A header field's name: a token of RFC 9110, section 5.6.2.
#[must_use]
pub fn is_field_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// A value as MCP writes it in a field: as it is where that is safe, else as
/// `=?base64?…?=` (2026-07-28, Streamable HTTP, value encoding).
pub(crate) fn encoded(value: &str) -> String {
    if is_plain(value) {
        value.to_owned()
    } else {
        format!("{ENCODED_START}{}{ENCODED_END}", STANDARD.encode(value))
    }
}

/// Not empty, visible ASCII with spaces inside only, and not something that
/// reads as encoded.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value.trim() == value
        && value
            .bytes()
            .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
        && !(value.starts_with(ENCODED_START) && value.ends_with(ENCODED_END))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_safe_stays() {
        for value in ["echo", "two words", "a=b"] {
            assert_eq!(encoded(value), value);
        }
    }

    #[test]
    fn what_is_not_is_encoded() {
        for (value, expected) in [
            ("", "=?base64??="),
            (" a", "=?base64?IGE=?="),
            ("a\r\nX: b", "=?base64?YQ0KWDogYg==?="),
            ("é", "=?base64?w6k=?="),
            ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="),
        ] {
            assert_eq!(encoded(value), expected);
        }
    }

    #[test]
    fn names_are_tokens() {
        assert!(is_field_name("X-Api-Key"));
        for name in ["", "a b", "a:b", "a\n", "é"] {
            assert!(!is_field_name(name), "{name:?}");
        }
    }
}
