//! What a tenant wants of its audit log: which arguments it shows, how long it keeps
//! them, and whether anything may be destroyed at all.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Stands for every tool.
const EVERY_TOOL: &str = "*";
const MOST_TOOLS: usize = 200;
const MOST_MEMBERS: usize = 50;
const LONGEST_NAME: usize = 128;
/// A hundred years.
const MOST_DAYS: u32 = 36_500;

/// A tenant's policy of its audit log. Without one, no argument is shown and the plan
/// says how long entries are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Value")]
#[schemars(!try_from, deny_unknown_fields)]
pub struct AuditPolicy {
    /// The members of each tool's arguments that stand in the log, by the tool's name
    /// without the prefix of a connection; those of `*` for every tool.
    #[schemars(default)]
    pub arguments: BTreeMap<String, BTreeSet<String>>,
    /// How many days entries are kept, where that is longer than the plan's.
    #[schemars(default, range(min = 1, max = 36_500))]
    pub keep_days: Option<u32>,
    /// How many days the personal values in entries are kept, where that is shorter.
    #[schemars(default, range(min = 1, max = 36_500))]
    pub personal_days: Option<u32>,
    /// Whether nothing is destroyed, whatever its age and whoever asks.
    #[schemars(default)]
    pub legal_hold: bool,
}

/// Why a policy was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} must be {expected}")]
pub struct AuditPolicyError {
    /// Which member.
    pub member: String,
    /// What would fit.
    pub expected: String,
}

/// How long what stands in a tenant's log is kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRetention {
    /// The entries. Their hashes stay.
    pub keep_days: u32,
    /// The personal values in them.
    pub personal_days: u32,
    /// Whether nothing is destroyed.
    pub legal_hold: bool,
}

impl AuditPolicy {
    /// Reads a policy; what it does not say is as without one.
    ///
    /// # Errors
    /// [`AuditPolicyError`], naming the first member that does not fit.
    pub fn parse(document: &Value) -> Result<Self, AuditPolicyError> {
        let members = document
            .as_object()
            .ok_or_else(|| unfit("the policy", "a JSON object"))?;
        let mut policy = Self::default();
        for (member, value) in members {
            match member.as_str() {
                "arguments" => policy.arguments = arguments(value)?,
                "keep_days" => policy.keep_days = days(member, value)?,
                "personal_days" => policy.personal_days = days(member, value)?,
                "legal_hold" => {
                    policy.legal_hold = value
                        .as_bool()
                        .ok_or_else(|| unfit(member, "true or false"))?;
                }
                _ => {
                    return Err(unfit(
                        "each member",
                        "arguments, keep_days, personal_days or legal_hold",
                    ));
                }
            }
        }
        Ok(policy)
    }

    /// Whether it fits a plan that keeps entries for so many days: what one pays for is
    /// not undercut, and personal values do not outlast their entries.
    ///
    /// # Errors
    /// [`AuditPolicyError`], naming the member that does not fit.
    pub fn check(&self, of_plan: u32) -> Result<(), AuditPolicyError> {
        if self.keep_days.is_some_and(|days| days < of_plan) {
            let expected = format!("at least {of_plan}, the days of the plan, or null");
            return Err(unfit("keep_days", &expected));
        }
        let keep_days = self.retention(of_plan).keep_days;
        if self.personal_days.is_some_and(|days| days > keep_days) {
            let expected = format!("at most {keep_days}, for which entries are kept, or null");
            return Err(unfit("personal_days", &expected));
        }
        Ok(())
    }

    /// How long things are kept, with a plan that keeps entries for so many days.
    #[must_use]
    pub fn retention(&self, of_plan: u32) -> AuditRetention {
        let keep_days = self.keep_days.unwrap_or(of_plan).max(of_plan);
        AuditRetention {
            keep_days,
            personal_days: self.personal_days.unwrap_or(keep_days).min(keep_days),
            legal_hold: self.legal_hold,
        }
    }

    /// The members of a tool's arguments that stand in the log.
    #[must_use]
    pub fn shown(&self, tool: &str) -> BTreeSet<String> {
        [tool, EVERY_TOOL]
            .into_iter()
            .filter_map(|name| self.arguments.get(name))
            .flatten()
            .cloned()
            .collect()
    }

    /// The JSON Schema (2020-12) that a policy fits.
    #[must_use]
    pub fn schema() -> Value {
        SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<Self>()
            .to_value()
    }
}

impl TryFrom<Value> for AuditPolicy {
    type Error = AuditPolicyError;

    fn try_from(document: Value) -> Result<Self, AuditPolicyError> {
        Self::parse(&document)
    }
}

fn arguments(value: &Value) -> Result<BTreeMap<String, BTreeSet<String>>, AuditPolicyError> {
    let tools = value
        .as_object()
        .filter(|tools| tools.len() <= MOST_TOOLS)
        .ok_or_else(|| {
            let expected = format!("an object of at most {MOST_TOOLS} tools");
            unfit("arguments", &expected)
        })?;
    tools
        .iter()
        .map(|(tool, members)| {
            if !is_name(tool) {
                let expected = format!("by names of tools of 1 to {LONGEST_NAME} characters");
                return Err(unfit("arguments", &expected));
            }
            Ok((tool.clone(), names(tool, members)?))
        })
        .collect()
}

fn names(tool: &str, members: &Value) -> Result<BTreeSet<String>, AuditPolicyError> {
    let wrong = || {
        let expected = format!(
            "an array of at most {MOST_MEMBERS} names of 1 to {LONGEST_NAME} characters each"
        );
        unfit(&format!("arguments.{tool}"), &expected)
    };
    let members = members
        .as_array()
        .filter(|members| members.len() <= MOST_MEMBERS)
        .ok_or_else(wrong)?;
    members
        .iter()
        .map(|name| match name.as_str() {
            Some(name) if is_name(name) => Ok(name.to_owned()),
            _ => Err(wrong()),
        })
        .collect()
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn days(member: &str, value: &Value) -> Result<Option<u32>, AuditPolicyError> {
    if value.is_null() {
        return Ok(None);
    }
    value
        .as_u64()
        .and_then(|days| u32::try_from(days).ok())
        .filter(|days| (1..=MOST_DAYS).contains(days))
        .map(Some)
        .ok_or_else(|| {
            let expected = format!("a whole number from 1 to {MOST_DAYS}, or null");
            unfit(member, &expected)
        })
}

fn unfit(member: &str, expected: &str) -> AuditPolicyError {
    AuditPolicyError {
        member: member.to_owned(),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn policy(document: &Value) -> AuditPolicy {
        AuditPolicy::parse(document).unwrap()
    }

    #[test]
    fn what_is_shown_is_of_the_tool_and_of_every_tool() {
        let policy = policy(&json!({
            "arguments": {"*": ["account"], "pay_till": ["amount", "till"]},
        }));
        let shown = |tool: &str| policy.shown(tool).into_iter().collect::<Vec<_>>();
        assert_eq!(shown("pay_till"), ["account", "amount", "till"]);
        assert_eq!(shown("read_sheet"), ["account"]);
        assert!(AuditPolicy::default().shown("pay_till").is_empty());
    }

    #[test]
    fn an_error_names_the_member() {
        for (document, member) in [
            (json!([]), "the policy"),
            (json!({"keep": 1}), "each member"),
            (json!({"keep_days": 0}), "keep_days"),
            (json!({"keep_days": 1.5}), "keep_days"),
            (json!({"keep_days": 36_501}), "keep_days"),
            (json!({"personal_days": "30"}), "personal_days"),
            (json!({"legal_hold": null}), "legal_hold"),
            (json!({"arguments": []}), "arguments"),
            (json!({"arguments": {"": []}}), "arguments"),
            (json!({"arguments": {"t": "amount"}}), "arguments.t"),
            (json!({"arguments": {"t": ["a", 1]}}), "arguments.t"),
            (json!({"arguments": {"t": vec!["a"; 51]}}), "arguments.t"),
        ] {
            let error = AuditPolicy::parse(&document).unwrap_err();
            assert_eq!(error.member, member, "{document}");
        }
    }

    #[test]
    fn a_policy_never_undercuts_the_plan() {
        let longer = policy(&json!({"keep_days": 400, "personal_days": 30}));
        assert_eq!(longer.check(365), Ok(()));
        assert_eq!(longer.check(500).unwrap_err().member, "keep_days");
        // The plan has changed since.
        assert_eq!(longer.retention(500).keep_days, 500);
        let kept = longer.retention(365);
        assert_eq!((kept.keep_days, kept.personal_days), (400, 30));
        let personal = policy(&json!({"personal_days": 31}));
        assert_eq!(personal.check(30).unwrap_err().member, "personal_days");
        assert_eq!(personal.retention(30).personal_days, 30);
        let by_default = AuditPolicy::default().retention(90);
        assert_eq!((by_default.keep_days, by_default.personal_days), (90, 90));
    }

    #[test]
    fn a_policy_fits_its_schema_and_reads_back() {
        let validator = jsonschema::draft202012::new(&AuditPolicy::schema()).unwrap();
        for document in [
            json!({}),
            json!({"arguments": {"*": ["a"]}, "keep_days": 99, "legal_hold": true}),
        ] {
            assert!(validator.is_valid(&document), "{document}");
            let shown = serde_json::to_value(policy(&document)).unwrap();
            assert!(validator.is_valid(&shown), "{shown}");
            assert_eq!(policy(&shown), policy(&document));
        }
        assert!(!validator.is_valid(&json!({"keep": 1})));
        assert!(!validator.is_valid(&json!({"keep_days": 0})));
    }

    proptest! {
        #[test]
        fn nothing_is_kept_shorter_than_the_plan_says(
            of_plan in 1_u32..3_000, keep in proptest::option::of(1_u32..4_000),
            personal in proptest::option::of(1_u32..4_000),
        ) {
            let policy = AuditPolicy { keep_days: keep, personal_days: personal, ..AuditPolicy::default() };
            let kept = policy.retention(of_plan);
            prop_assert!(kept.keep_days >= of_plan);
            prop_assert!(kept.personal_days <= kept.keep_days);
            if policy.check(of_plan).is_ok() {
                prop_assert_eq!(keep.unwrap_or(of_plan), kept.keep_days);
            }
        }
    }
}
