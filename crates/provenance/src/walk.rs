//! JSON inside JSON, and how deep anything is followed.

use serde_json::Value;

/// Deeper values are not looked at: no tool has them.
pub(crate) const DEEPEST: usize = 32;
const LONGEST_EMBEDDED: usize = 256 * 1024;

/// The value that a string is the text of, when it is a list or an object.
pub(crate) fn embedded(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let may_be = matches!(
        (trimmed.as_bytes().first(), trimmed.as_bytes().last()),
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
    );
    if !may_be || trimmed.len() > LONGEST_EMBEDDED {
        return None;
    }
    serde_json::from_str(trimmed).ok()
}
