//! Answers: words for people on request, JSON for programs.

use anyhow::Result;
use serde_json::{Value, json};

use super::table::{Column, details, table};
use crate::console::{answer, say};

/// How answers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Words,
    Json,
}

impl Show {
    /// A list.
    pub(crate) fn list(self, columns: &[Column], items: &[Value]) -> Result<()> {
        match self {
            Self::Json => answer(serde_json::to_string_pretty(&json!({ "items": items }))?),
            Self::Words if items.is_empty() => say("There are none."),
            Self::Words => answer(table(columns, items)),
        }
        Ok(())
    }

    /// One thing.
    pub(crate) fn one(self, item: &Value) -> Result<()> {
        match self {
            Self::Json => answer(serde_json::to_string_pretty(item)?),
            Self::Words => answer(details(item)),
        }
        Ok(())
    }

    /// Something new whose secret is shown this once.
    pub(crate) fn secret(self, item: &Value, member: &str) -> Result<()> {
        self.piped(item, member, &format!("{member}, shown this once:"))
    }

    /// For people the text of `member` alone is the answer, as it is, so that it can be
    /// piped on; the rest is said beside it.
    pub(crate) fn piped(self, item: &Value, member: &str, heading: &str) -> Result<()> {
        let text = item[member].as_str();
        let (Self::Words, Some(text)) = (self, text) else {
            return self.one(item);
        };
        let mut rest = item.clone();
        if let Some(members) = rest.as_object_mut() {
            members.remove(member);
        }
        say(details(&rest));
        say(heading);
        answer(text.trim_end_matches('\n'));
        Ok(())
    }

    /// It is done.
    pub(crate) fn done(self, words: &str, facts: &Value) {
        match self {
            Self::Json => answer(facts.to_string()),
            Self::Words => say(words),
        }
    }
}
