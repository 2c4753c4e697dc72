//! What stands in a secret's place.

use crate::kind::Kind;

const OPENING: &str = "[redacted:";

/// `[redacted:kind]`.
pub(crate) fn of(kind: Kind) -> String {
    [OPENING, kind.as_str(), "]"].concat()
}

/// Whether a marker stands at the start of `text`.
pub(crate) fn begins(text: &str) -> bool {
    text.starts_with(OPENING)
}

/// Whether a marker stands anywhere in `text`.
pub(crate) fn contains(text: &str) -> bool {
    text.contains(OPENING)
}
