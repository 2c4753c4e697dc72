//! How a policy changes.

use std::collections::BTreeSet;

use lango_sign_in::PhoneNumber;
use lango_webhooks::Target;
use serde_json::{Map, Value};

use crate::policy::AlertPolicy;

const MOST_CANARIES: usize = 50;
const MOST_TELEPHONES: usize = 5;
const LONGEST_NAME: usize = 128;
/// How much of an error's words is repeated.
const SHOWN: usize = 200;

/// Why a policy was not taken: the member, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {problem}")]
pub struct PolicyError {
    /// Where it stands.
    pub member: String,
    /// The end of a sentence; it never has a value.
    pub problem: String,
}

impl AlertPolicy {
    /// Reads a stored document.
    ///
    /// # Errors
    /// [`PolicyError`] when this version would not have written it.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        serde_json::from_str(text).map_err(|error| unfit("the policy", &error))
    }

    /// The policy after a merge patch (RFC 7396): `null` sets a member back to its
    /// default. All of it is taken or nothing. `own_origin` is one whose webhooks stay on
    /// a developer's own machine.
    ///
    /// # Errors
    /// [`PolicyError`], naming the first member that does not fit.
    pub fn patched(&self, patch: &Value, own_origin: Option<&str>) -> Result<Self, PolicyError> {
        let Value::Object(patch) = patch else {
            return Err(problem("the policy", "must be a JSON object"));
        };
        let mut document = match serde_json::to_value(self) {
            Ok(Value::Object(document)) => document,
            _ => Map::new(),
        };
        merge(&mut document, patch);
        let mut policy: Self = serde_json::from_value(Value::Object(document))
            .map_err(|error| unfit("the policy", &error))?;
        policy.check(own_origin)?;
        Ok(policy)
    }

    fn check(&mut self, own_origin: Option<&str>) -> Result<(), PolicyError> {
        if !(-720..=840).contains(&self.utc_offset_minutes) {
            return Err(problem("utc_offset_minutes", "must be from -720 to 840"));
        }
        let canaries = [
            ("canary.keys", &self.canary.keys),
            ("canary.principals", &self.canary.principals),
            ("canary.connections", &self.canary.connections),
            ("canary.tools", &self.canary.tools),
        ];
        for (member, names) in canaries {
            check_names(member, names)?;
        }
        if let Some(url) = &self.webhook {
            let is_own = own_origin.is_some_and(|own| {
                let rest = url.strip_prefix(own);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            if !is_own {
                let target =
                    Target::parse(url).map_err(|error| problem("webhook", &error.to_string()))?;
                self.webhook = Some(target.as_str().to_owned());
            }
        }
        if self.whatsapp.len() > MOST_TELEPHONES {
            return Err(problem("whatsapp", "takes at most five telephones"));
        }
        for number in &mut self.whatsapp {
            let parsed = PhoneNumber::parse(number)
                .map_err(|error| problem("whatsapp", &format!("does not fit: {error}")))?;
            parsed.as_str().clone_into(number);
        }
        Ok(())
    }
}

fn check_names(member: &str, names: &BTreeSet<String>) -> Result<(), PolicyError> {
    let is_name = |name: &String| {
        (1..=LONGEST_NAME).contains(&name.len()) && !name.chars().any(char::is_control)
    };
    if names.len() > MOST_CANARIES || !names.iter().all(is_name) {
        let wrong = "takes at most 50 names, each of 1 to 128 bytes";
        return Err(problem(member, wrong));
    }
    Ok(())
}

/// RFC 7396.
fn merge(document: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                document.remove(name);
            }
            Value::Object(inner) => {
                let place = document.entry(name).or_insert(Value::Null);
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                if let Value::Object(members) = place {
                    merge(members, inner);
                }
            }
            value => {
                document.insert(name.clone(), value.clone());
            }
        }
    }
}

fn problem(member: &str, problem: &str) -> PolicyError {
    PolicyError {
        member: member.to_owned(),
        problem: problem.to_owned(),
    }
}

/// serde's words, which repeat a value only where it is of the wrong kind.
fn unfit(member: &str, error: &serde_json::Error) -> PolicyError {
    let words: String = error.to_string().chars().take(SHOWN).collect();
    problem(member, &format!("does not fit: {words}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_pinned_and_fit_the_schema() {
        let shown = serde_json::to_value(AlertPolicy::default()).unwrap();
        assert_eq!(
            shown,
            json!({
                "refusal_burst": {"enabled": true, "count": 20, "minutes": 5},
                "new_country": {"enabled": true, "learn_days": 7},
                "unusual_hour": {"enabled": true, "learn_days": 14},
                "new_tool": {"enabled": true, "learn_days": 14},
                "canary": {"enabled": true, "keys": [], "principals": [], "connections": [], "tools": []},
                "checkpoint": {"enabled": true},
                "archive": {"enabled": true},
                "quiet_minutes": 60, "utc_offset_minutes": 180, "webhook": null, "whatsapp": [],
            })
        );
        let schema = jsonschema::validator_for(&AlertPolicy::schema()).unwrap();
        assert!(schema.is_valid(&shown));
        assert!(!schema.is_valid(&json!({"new_tool": {"learn_days": 0}})));
        assert_eq!(AlertPolicy::parse("{}").unwrap(), AlertPolicy::default());
    }

    #[test]
    fn a_patch_changes_what_it_names() {
        let patch = json!({
            "refusal_burst": {"count": 5}, "webhook": "https://alerts.example.com/lango",
            "whatsapp": ["+254 712 345 678"], "canary": {"keys": ["k_1"]},
        });
        let changed = AlertPolicy::default().patched(&patch, None).unwrap();
        assert_eq!(changed.refusal_burst.count.get(), 5);
        assert_eq!(changed.refusal_burst.minutes.get(), 5);
        assert_eq!(changed.whatsapp, ["+254712345678"]);
        assert!(changed.canary.keys.contains("k_1"));
        let back = json!({"refusal_burst": null, "webhook": null, "whatsapp": null, "canary": {"keys": null}});
        assert_eq!(
            changed.patched(&back, None).unwrap(),
            AlertPolicy::default()
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let policy = AlertPolicy::default();
        for (patch, member) in [
            (json!([]), "the policy"),
            (json!({"colour": 1}), "the policy"),
            (json!({"quiet_minutes": 0}), "the policy"),
            (json!({"utc_offset_minutes": 900}), "utc_offset_minutes"),
            (json!({"webhook": "http://example.com"}), "webhook"),
            (json!({"webhook": "https://10.0.0.1/"}), "webhook"),
            (
                json!({"webhook": "https://receiver.test.example.com@10.0.0.1/"}),
                "webhook",
            ),
            (json!({"whatsapp": ["0712345678"]}), "whatsapp"),
            (json!({"canary": {"tools": [""]}}), "canary.tools"),
        ] {
            let error = policy
                .patched(&patch, Some("https://receiver.test"))
                .unwrap_err();
            assert_eq!(error.member, member, "{patch}");
        }
        let own = json!({"webhook": "https://receiver.test/hook"});
        assert!(policy.patched(&own, Some("https://receiver.test")).is_ok());
        assert!(
            policy.patched(&own, None).is_ok(),
            "a public name as far as its text says"
        );
    }

    proptest! {
        #[test]
        fn no_patch_is_too_odd(text in "\\PC{0,60}", number: i64) {
            let patch = json!({"webhook": text, "quiet_minutes": number, "whatsapp": [text]});
            let _ = AlertPolicy::default().patched(&patch, None);
            let patch = json!({"utc_offset_minutes": number});
            if let Ok(policy) = AlertPolicy::default().patched(&patch, None) {
                let stored = serde_json::to_string(&policy).unwrap();
                prop_assert_eq!(AlertPolicy::parse(&stored).unwrap(), policy);
            }
        }
    }
}
