//! What an alert says. No secret is in it, and no text that a person wrote.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Why an alert was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Many refusals in a short time.
    RefusalBurst,
    /// A country that the actor never came from.
    NewCountry,
    /// An hour of the day at which the actor never works.
    UnusualHour,
    /// A tool that the actor never used.
    NewTool,
    /// Something was touched that nobody has a reason to touch.
    Canary,
    /// A checkpoint of the audit log that does not verify.
    Checkpoint,
    /// The archive of the audit log does not go on.
    Archive,
    /// An administrator tries whether alerts arrive.
    Test,
}

/// How soon a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Today.
    Notice,
    /// Within the hour.
    Warning,
    /// Now.
    Critical,
}

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Why.
    pub rule: Rule,
    /// When the record was written that raised it, in milliseconds since 1970.
    pub at_ms: i64,
    /// The key, grant or session that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Who acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The entry of the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// What was seen: numbers, names of tools, codes, identifiers.
    pub seen: Map<String, Value>,
    /// How often the same was seen since the last alert of it, without another one.
    #[serde(default)]
    pub held_back: u32,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RefusalBurst,
        Self::NewCountry,
        Self::UnusualHour,
        Self::NewTool,
        Self::Canary,
        Self::Checkpoint,
        Self::Archive,
        Self::Test,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RefusalBurst => "refusal_burst",
            Self::NewCountry => "new_country",
            Self::UnusualHour => "unusual_hour",
            Self::NewTool => "new_tool",
            Self::Canary => "canary",
            Self::Checkpoint => "checkpoint",
            Self::Archive => "archive",
            Self::Test => "test",
        }
    }

    /// A few words for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RefusalBurst => "Many refusals in a short time",
            Self::NewCountry => "Access from a new country",
            Self::UnusualHour => "Access at an unusual hour",
            Self::NewTool => "A tool never used before",
            Self::Canary => "A canary was touched",
            Self::Checkpoint => "The audit log does not verify",
            Self::Archive => "The audit log is not archived",
            Self::Test => "A test of alerts",
        }
    }

    /// How soon a person should look.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Canary | Self::Checkpoint => Severity::Critical,
            Self::RefusalBurst | Self::NewCountry | Self::Archive => Severity::Warning,
            Self::UnusualHour | Self::NewTool | Self::Test => Severity::Notice,
        }
    }

    /// What to do, as a page of the documentation.
    #[must_use]
    pub const fn runbook(self) -> &'static str {
        match self {
            Self::RefusalBurst => "docs/runbooks/refusal-burst.md",
            Self::NewCountry => "docs/runbooks/new-country.md",
            Self::UnusualHour => "docs/runbooks/unusual-hour.md",
            Self::NewTool => "docs/runbooks/new-tool.md",
            Self::Canary => "docs/runbooks/canary.md",
            Self::Checkpoint => "docs/runbooks/checkpoint.md",
            Self::Archive => "docs/runbooks/archive.md",
            Self::Test => "docs/runbooks/test.md",
        }
    }
}

impl Alert {
    /// The audit log has something that does not verify: in words of the code's own.
    #[must_use]
    pub fn of_checkpoint(at_ms: i64, problem: &str, size: u64) -> Self {
        let mut alert = Self::bare(Rule::Checkpoint, at_ms);
        alert.seen.insert("problem".to_owned(), problem.into());
        alert.seen.insert("size".to_owned(), size.into());
        alert
    }

    /// The archive of the audit log does not go on: a code, how many entries are archived,
    /// and how many times in a row it has failed.
    #[must_use]
    pub fn of_archive(at_ms: i64, code: &str, position: u64, failures: u32) -> Self {
        let mut alert = Self::bare(Rule::Archive, at_ms);
        alert.seen.insert("problem".to_owned(), code.into());
        alert.seen.insert("position".to_owned(), position.into());
        alert.seen.insert("failures".to_owned(), failures.into());
        alert
    }

    /// An administrator tries whether alerts arrive.
    #[must_use]
    pub fn of_test(at_ms: i64) -> Self {
        Self::bare(Rule::Test, at_ms)
    }

    fn bare(rule: Rule, at_ms: i64) -> Self {
        Self {
            rule,
            at_ms,
            key_id: None,
            principal: None,
            index: None,
            seen: Map::new(),
            held_back: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A rule without a page, or a page that no rule leads to, fails here.
    #[test]
    fn every_rule_has_its_runbook() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for rule in Rule::ALL {
            let page = std::fs::read_to_string(root.join(rule.runbook()));
            let page = page.unwrap_or_else(|_| panic!("{} is missing", rule.runbook()));
            for part in [
                rule.name(),
                "## What it means",
                "## What to look at",
                "## What to do",
                "## How to silence it",
            ] {
                assert!(page.contains(part), "{}: {part}", rule.runbook());
            }
        }
        let pages = std::fs::read_dir(root.join("docs/runbooks")).unwrap();
        for page in pages {
            let name = page.unwrap().file_name().into_string().unwrap();
            let is_known = Rule::ALL.iter().any(|rule| rule.runbook().ends_with(&name));
            assert!(is_known || name == "README.md", "{name} is of no rule");
        }
    }

    #[test]
    fn names_are_those_of_the_json() {
        for rule in Rule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
        }
    }
}
