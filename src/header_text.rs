//! Texts in header fields that are not plain ASCII: `=?base64?…?=` (the
//! protocol's basic/transports, revision 2026-07-28).

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What a field says; `None` when it is marked as base64 and is none, or not of
/// UTF-8.
pub(crate) fn decoded(field: &str) -> Option<String> {
    let marked = field
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    match marked {
        None => Some(field.to_owned()),
        Some(text) => String::from_utf8(STANDARD.decode(text).ok()?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_texts_are_decoded_and_others_are_literal() {
        assert_eq!(decoded("=?base64?SGVsbG8=?=").as_deref(), Some("Hello"));
        for literal in ["SGVsbG8=", "=?base64?SGVsbG8=", "plain"] {
            assert_eq!(decoded(literal).as_deref(), Some(literal));
        }
        for wrong in [
            "=?base64?SGVsbG8?=",
            "=?base64?SGVs!!!bG8=?=",
            "=?base64?/w==?=",
        ] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}
