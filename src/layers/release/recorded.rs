//! What of a call's arguments stands in the audit log: the members that the tenant's
//! policy names, without secrets, and not without end.

use std::collections::BTreeSet;

use lango_redaction::{Cleaning, Policy};
use serde_json::{Map, Value};

/// The arguments of one call take no more of the log, in bytes of JSON.
const LIMIT: usize = 4_096;
/// A value that is larger is not looked at.
const LARGEST: usize = 65_536;

/// The members of the arguments that are shown; `None` where there are none.
pub(crate) fn recorded(shown: &BTreeSet<String>, arguments: &Value) -> Option<Value> {
    let arguments = arguments.as_object()?;
    let members: Map<_, _> = shown
        .iter()
        .filter_map(|name| Some((name, arguments.get(name)?)))
        .map(|(name, value)| (name.clone(), looked_at(value)))
        .collect();
    if members.is_empty() {
        return None;
    }
    let policy = Policy::secrets_only();
    // Cleaned before it is cut: half a secret would not be known as one.
    match Cleaning::new(&policy).json(Value::Object(members)) {
        Value::Object(members) => Some(Value::Object(bounded(members))),
        _ => None,
    }
}

fn looked_at(value: &Value) -> Value {
    let size = size(value);
    if size > LARGEST {
        return Value::from(cut(size));
    }
    value.clone()
}

fn bounded(members: Map<String, Value>) -> Map<String, Value> {
    let mut left = LIMIT;
    members
        .into_iter()
        .map(|(name, value)| {
            let value = fitted(value, left.saturating_sub(name.len()));
            left = left.saturating_sub(name.len() + size(&value));
            (name, value)
        })
        .collect()
}

/// A value that says that it was cut, where there is no room for it.
fn fitted(value: Value, room: usize) -> Value {
    let size = size(&value);
    match value {
        value if size <= room => value,
        Value::String(text) => {
            // Escapes make it longer at most sixfold.
            let mut end = text.len().min(room / 6);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            Value::from(format!("{}{}", &text[..end], cut(size)))
        }
        _ => Value::from(cut(size)),
    }
}

fn cut(size: usize) -> String {
    format!("[cut by Lango: {size} bytes]")
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(names: &[&str], arguments: &Value) -> Option<Value> {
        let shown = names.iter().map(|name| (*name).to_owned()).collect();
        recorded(&shown, arguments)
    }

    #[test]
    fn exactly_the_members_of_the_policy_are_shown() {
        let arguments = json!({"amount": 500, "till": "5123", "pin": "1234"});
        assert_eq!(
            of(&["amount", "till", "absent"], &arguments),
            Some(json!({"amount": 500, "till": "5123"}))
        );
        assert_eq!(of(&[], &arguments), None);
        assert_eq!(of(&["absent"], &arguments), None);
        assert_eq!(of(&["0"], &json!(["a"])), None);
    }

    #[test]
    fn secrets_are_never_shown() {
        let key = format!("sk_live_{}", "4eC39HqLyjWDarjtT1zdp7dc");
        let arguments = json!({"note": format!("the key is {key}"), "password": "hunter2hunter2"});
        let shown = of(&["note", "password"], &arguments).unwrap().to_string();
        assert!(
            !shown.contains(&key) && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let arguments = json!({"a": "x".repeat(10_000), "b": vec![1; 5_000], "c": "short",
            "d": "y".repeat(100_000), "é": "é\"".repeat(3_000)});
        let shown = of(&["a", "b", "c", "d", "é"], &arguments).unwrap();
        assert!(
            shown["a"]
                .as_str()
                .unwrap()
                .ends_with("[cut by Lango: 10002 bytes]")
        );
        assert!(shown["b"].as_str().unwrap().starts_with("[cut by Lango"));
        assert_eq!(shown["c"], "short");
        assert!(shown["d"].as_str().unwrap().starts_with("[cut by Lango"));
        assert!(size(&shown) < LIMIT + 512, "{}", size(&shown));
    }
}
