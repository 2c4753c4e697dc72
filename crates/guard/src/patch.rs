//! How a policy changes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{personal::PersonalData, policy::GuardPolicy};

/// How many rules a policy may have of a kind: it travels with each call.
const MOST_RULES: usize = 50;
/// The longest name in a rule, in bytes.
const LONGEST_NAME: usize = 128;
/// How much of an error's words is repeated.
const SHOWN: usize = 200;

/// Why a policy was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no object.
    #[error("a guard policy is a JSON object")]
    NotAnObject,
    /// A member does not fit; in words that name it.
    #[error("{member}: {problem}")]
    Unfit {
        /// The member at the top.
        member: String,
        /// What is wrong.
        problem: String,
    },
    /// More rules than a policy may have.
    #[error("{0} takes at most {MOST_RULES} entries, each of at most {LONGEST_NAME} bytes")]
    TooMany(&'static str),
    /// A kind of personal data that there is not.
    #[error("personal_data.kinds: there is no kind {0:?}")]
    UnknownKind(String),
}

impl GuardPolicy {
    /// Reads a stored document.
    ///
    /// # Errors
    /// [`PolicyError`] when this version would not have written it.
    pub fn parse(text: &str, kinds: &BTreeSet<&str>) -> Result<Self, PolicyError> {
        let document = serde_json::from_str(text).map_err(|_| PolicyError::NotAnObject)?;
        Self::default().patched(&document, kinds)
    }

    /// The policy after a merge patch (RFC 7396): `null` sets a member back to its
    /// default. All of it is taken or nothing. `kinds` are the kinds of personal data
    /// that there are.
    ///
    /// # Errors
    /// [`PolicyError`], naming the first member that does not fit.
    pub fn patched(&self, patch: &Value, kinds: &BTreeSet<&str>) -> Result<Self, PolicyError> {
        let patch = patch.as_object().ok_or(PolicyError::NotAnObject)?;
        let mut document = match serde_json::to_value(self) {
            Ok(Value::Object(document)) => document,
            _ => Map::new(),
        };
        for (member, value) in patch {
            let merged = merged(document.remove(member), value);
            if let Some(value) = merged {
                check(member, &value)?;
                document.insert(member.clone(), value);
            }
        }
        let policy: Self = serde_json::from_value(Value::Object(document))
            .map_err(|error| unfit("the policy", &error))?;
        policy.bounded(kinds)?;
        Ok(policy)
    }

    fn bounded(&self, kinds: &BTreeSet<&str>) -> Result<(), PolicyError> {
        let Self {
            provenance,
            personal_data: personal,
            ..
        } = self;
        short(
            "provenance.trusted_connections",
            provenance.trusted_connections.iter(),
        )?;
        short(
            "provenance.untrusted_connections",
            provenance.untrusted_connections.iter(),
        )?;
        short(
            "personal_data.tools",
            personal.tools.iter().map(|rule| &rule.tool),
        )?;
        let of_tools = personal.tools.iter();
        let fields = of_tools
            .clone()
            .flat_map(|rule| &rule.fields)
            .chain(&personal.fields);
        short("personal_data.fields", fields.map(|rule| &rule.field))?;
        known(personal, kinds)
    }
}

/// RFC 7396, one member; `None` when it is back to its default.
fn merged(before: Option<Value>, patch: &Value) -> Option<Value> {
    match patch {
        Value::Null => None,
        Value::Object(patch) => {
            let mut members = match before {
                Some(Value::Object(members)) => members,
                _ => Map::new(),
            };
            for (name, value) in patch {
                if let Some(value) = merged(members.remove(name), value) {
                    members.insert(name.clone(), value);
                }
            }
            Some(Value::Object(members))
        }
        value => Some(value.clone()),
    }
}

/// Whether a member exists and fits. Read alone, so that an error names it.
fn check(member: &str, value: &Value) -> Result<(), PolicyError> {
    let alone = Map::from_iter([(member.to_owned(), value.clone())]);
    serde_json::from_value::<GuardPolicy>(Value::Object(alone))
        .map(drop)
        .map_err(|error| unfit(member, &error))
}

fn unfit(member: &str, error: &serde_json::Error) -> PolicyError {
    PolicyError::Unfit {
        member: member.chars().take(LONGEST_NAME).collect(),
        problem: error.to_string().chars().take(SHOWN).collect(),
    }
}

fn short<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), PolicyError> {
    let mut count = 0;
    for name in names {
        count += 1;
        if count > MOST_RULES || name.is_empty() || name.len() > LONGEST_NAME {
            return Err(PolicyError::TooMany(what));
        }
    }
    Ok(())
}

fn known(personal: &PersonalData, kinds: &BTreeSet<&str>) -> Result<(), PolicyError> {
    let of_tools = personal.tools.iter().flat_map(|rule| rule.kinds.keys());
    personal
        .kinds
        .keys()
        .chain(of_tools)
        .find(|kind| !kinds.contains(kind.as_str()))
        .map_or(Ok(()), |kind| {
            Err(PolicyError::UnknownKind(
                kind.chars().take(LONGEST_NAME).collect(),
            ))
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::policy::{Action, Approve};

    fn kinds() -> BTreeSet<&'static str> {
        ["phone", "name"].into()
    }

    fn patched(patch: &Value) -> Result<GuardPolicy, PolicyError> {
        GuardPolicy::default().patched(patch, &kinds())
    }

    #[test]
    fn a_patch_reaches_into_its_parts_and_null_goes_back() {
        let one = patched(&json!({
            "arguments": "hold",
            "approval": {"always": "money", "four_eyes": true},
            "personal_data": {"kinds": {"phone": "pseudonymise"}},
        }))
        .unwrap();
        assert_eq!(one.arguments, Action::Hold);
        let other = one
            .patched(
                &json!({"arguments": null, "approval": {"four_eyes": null}}),
                &kinds(),
            )
            .unwrap();
        assert_eq!(other.arguments, Action::Block);
        assert_eq!(other.approval.always, Approve::Money);
        assert!(!other.approval.four_eyes);
        assert_eq!(other.personal_data, one.personal_data);
        let stored = serde_json::to_string(&other).unwrap();
        assert_eq!(GuardPolicy::parse(&stored, &kinds()), Ok(other));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (patch, words) in [
            (json!([]), "a JSON object"),
            (json!({"arguments": "laugh"}), "arguments: unknown variant"),
            (json!({"argument": "block"}), "argument: unknown field"),
            (
                json!({"approval": {"expires_minutes": 0}}),
                "expected a whole number from 1 to 1440",
            ),
            (
                json!({"personal_data": {"kinds": {"shoe": "keep"}}}),
                "no kind \"shoe\"",
            ),
            (
                json!({"provenance": {"trusted_connections": vec!["x".repeat(200)]}}),
                "at most 50 entries",
            ),
        ] {
            let error = patched(&patch).unwrap_err().to_string();
            assert!(error.contains(words), "{patch}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_patch_never_panics_and_what_is_taken_is_stored_and_read(
            member in "(arguments|results|approval|provenance|personal_data|x)",
            value in prop_oneof![
                Just(Value::Null), Just(json!("hold")), Just(json!({"always": "write"})),
                Just(json!({"money": "log"})), Just(json!({"default": "redact"})), Just(json!(3)),
            ],
        ) {
            let mut patch = Map::new();
            patch.insert(member, value);
            if let Ok(policy) = patched(&Value::Object(patch)) {
                let stored = serde_json::to_string(&policy).unwrap();
                prop_assert_eq!(GuardPolicy::parse(&stored, &kinds()), Ok(policy));
            }
        }
    }
}
