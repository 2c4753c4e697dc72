//! What is different between two definitions.

use serde::Serialize;
use serde_json::Value;

/// Changes beyond this are not listed: it is another tool then.
const LISTED: usize = 50;

/// One change.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Change {
    /// JSON Pointer (RFC 6901).
    place: String,
    /// What stood there; nothing where something was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// What stands there now; nothing where something was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
}

/// The changes from one to the other, in the order of their places.
pub(super) fn difference(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(before, after, "", &mut changes);
    changes.truncate(LISTED);
    changes
}

/// Stored definitions nest at most 128 levels deep, which bounds the recursion.
fn compare(before: &Value, after: &Value, place: &str, changes: &mut Vec<Change>) {
    if before == after || changes.len() >= LISTED {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        changes.push(Change {
            place: place.to_owned(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        });
        return;
    };
    let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        let place = format!("{place}/{escaped}");
        match (old.get(name), new.get(name)) {
            (Some(before), Some(after)) => compare(before, after, &place, changes),
            (before, after) => changes.push(Change {
                place,
                before: before.cloned(),
                after: after.cloned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_change_is_named_by_its_place() {
        let before = json!({"a": {"b/c": 1, "d": [1]}, "e": 1, "same": {}});
        let after = json!({"a": {"b/c": 2, "d": [1, 2]}, "f": null, "same": {}});
        let changes = serde_json::to_value(difference(&before, &after)).unwrap();
        assert_eq!(
            changes,
            json!([
                {"place": "/a/b~1c", "before": 1, "after": 2},
                {"place": "/a/d", "before": [1], "after": [1, 2]},
                {"place": "/e", "before": 1},
                {"place": "/f", "after": null},
            ])
        );
        assert_eq!(difference(&before, &before), []);
    }

    #[test]
    fn the_list_is_bounded() {
        let many: serde_json::Map<_, _> = (0..200)
            .map(|number| (number.to_string(), json!(1)))
            .collect();
        assert_eq!(difference(&json!({}), &Value::Object(many)).len(), LISTED);
    }
}
