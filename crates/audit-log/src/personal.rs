//! Which values of a record are personal: these stand in the leaf as commitments.

use serde_json::Value;

/// Members of what an action changed that are taken for personal, at any depth.
/// Compared without regard to case, `_` and `-`.
const PERSONAL_MEMBERS: &[&str] = &[
    "address",
    "birthdate",
    "birthday",
    "customernumber",
    "dateofbirth",
    "displayname",
    "email",
    "emailaddress",
    "emails",
    "familyname",
    "firstname",
    "fullname",
    "givenname",
    "idnumber",
    "ip",
    "ipaddress",
    "krapin",
    "lastname",
    "middlename",
    "mobile",
    "msisdn",
    "name",
    "nationalid",
    "nickname",
    "passport",
    "passportnumber",
    "phone",
    "phonenumber",
    "phones",
    "postaladdress",
    "recipient",
    "recipients",
    "surname",
    "telephone",
    "username",
    "whatsapp",
    "whatsappnumber",
];

/// Whom an opening is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Who acted.
    Principal,
    /// Whom it was done to, if that is known, and else who acted.
    Target,
}

/// The places of personal values in a record's JSON.
pub(crate) fn personal_values(record: &Value) -> Vec<(String, About)> {
    let mut found = Vec::new();
    match record.pointer("/outcome/arguments") {
        None | Some(Value::Null) => {}
        Some(Value::Object(arguments)) => {
            for name in arguments.keys() {
                let pointer = format!("/outcome/arguments/{}", escaped(name));
                found.push((pointer, About::Principal));
            }
        }
        Some(_) => found.push(("/outcome/arguments".to_owned(), About::Principal)),
    }
    for side in ["/outcome/change/before", "/outcome/change/after"] {
        if let Some(value) = record.pointer(side) {
            search(value, side, &mut found);
        }
    }
    found
}

/// Recursion is bounded: a record's JSON is at most 128 levels deep.
fn search(value: &Value, pointer: &str, found: &mut Vec<(String, About)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let pointer = format!("{pointer}/{}", escaped(name));
                if !is_personal(name) {
                    search(value, &pointer, found);
                } else if !value.is_null() {
                    found.push((pointer, About::Target));
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                search(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn is_personal(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    PERSONAL_MEMBERS.binary_search(&plain.as_str()).is_ok()
}

/// A member's name as a part of a pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_is_sorted() {
        assert!(PERSONAL_MEMBERS.is_sorted());
    }

    #[test]
    fn personal_values_are_found_at_any_depth() {
        let record = json!({"principal": "p_1", "outcome": {
            "arguments": {"phone": "+254", "a/b~c": 1},
            "change": {
                "before": {"email": null, "role": "viewer"},
                "after": {"people": [{"displayName": "Wanjiku", "role": "agent"}], "E-Mail": {"a": 1}},
            },
        }});
        let mut found: Vec<_> = personal_values(&record)
            .into_iter()
            .map(|(pointer, _)| pointer)
            .collect();
        found.sort();
        assert_eq!(
            found,
            [
                "/outcome/arguments/a~1b~0c",
                "/outcome/arguments/phone",
                "/outcome/change/after/E-Mail",
                "/outcome/change/after/people/0/displayName",
            ]
        );
        assert!(
            found
                .iter()
                .all(|pointer| record.pointer(pointer).is_some())
        );
    }
}
