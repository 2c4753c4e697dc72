//! The digest of a call's arguments.

use core::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256, in hexadecimal, of the arguments as JSON with sorted keys and no
/// white space.
///
/// Two calls with the same arguments have the same digest, whatever order a
/// client wrote the members in. Numbers keep the form in which `serde_json`
/// prints them.
#[must_use]
pub fn arguments_digest(arguments: &Value) -> String {
    let mut canonical = String::new();
    write_canonical(arguments, &mut canonical);
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(canonical.as_bytes()) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Recursion is bounded: parsed JSON is at most 128 levels deep.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, value)) in sorted.into_iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(out, "{comma}{}:", Value::from(name.as_str()));
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_digest_is_of_the_sorted_json() {
        let mut text = String::new();
        write_canonical(
            &json!({"b": [1, "x\"", null], "a": {"d": true, "c": 1.5}}),
            &mut text,
        );
        assert_eq!(text, r#"{"a":{"c":1.5,"d":true},"b":[1,"x\"",null]}"#);
        assert_eq!(
            arguments_digest(&json!({})),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
    }

    #[test]
    fn member_order_does_not_matter_and_values_do() {
        let read = |text: &str| arguments_digest(&serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"a":1,"b":2}"#), read(r#"{ "b": 2, "a": 1 }"#));
        assert_ne!(read(r#"{"a":1}"#), read(r#"{"a":"1"}"#));
    }
}
