//! Searches of the log.

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    page::{Cursor, Limit},
    record::{Record, Status},
    words::{words, words_of},
};

/// The parameters that [`Query::parse`] knows.
pub const QUERY_PARAMETERS: [&str; 10] = [
    "cursor",
    "limit",
    "from",
    "to",
    "principal",
    "key_id",
    "tool",
    "connector",
    "status",
    "text",
];

const LONGEST_VALUE: usize = 200;
const MOST_WORDS: usize = 8;

/// What is searched for, and which page of it. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Entries of a lower index alone: where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Entries of this index and above alone: what a part of an export goes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// How many at most.
    pub limit: u32,
    /// From this moment on, in milliseconds since 1970, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<i64>,
    /// Who acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// With which key, grant or session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The name of the tool, the action, or what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The kind of connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Words, each of which stands somewhere in the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A parameter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}` {problem}")]
pub struct QueryError {
    /// Which.
    pub parameter: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Query {
    /// Reads the parameters of a query string, decoded.
    ///
    /// # Errors
    /// [`QueryError`] for one that is not known, is given twice, or cannot be read.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, QueryError> {
        let mut query = Self {
            limit: Limit::default().count(),
            ..Self::default()
        };
        let mut seen = Vec::new();
        for (name, text) in parameters {
            if seen.contains(&name) {
                return Err(error(name, "is given twice"));
            }
            query
                .take(name, text)
                .map_err(|problem| error(name, problem))?;
            seen.push(name);
        }
        match (query.from_ms, query.to_ms) {
            (Some(from), Some(to)) if from >= to => Err(error("to", "must lie after `from`")),
            _ => Ok(query),
        }
    }

    fn take(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        match name {
            "cursor" => self.before = Some(cursor(text)?),
            "limit" => self.limit = limit(text)?,
            "from" => self.from_ms = Some(moment(text)?),
            "to" => self.to_ms = Some(moment(text)?),
            "principal" => self.principal = Some(value(text)?),
            "key_id" => self.key_id = Some(value(text)?),
            "tool" => self.tool = Some(value(text)?),
            "connector" => self.connector = Some(value(text)?),
            "status" => self.status = Some(status(text)?),
            "text" => self.text = Some(sought(text)?),
            _ => return Err("is not a parameter of this search"),
        }
        Ok(())
    }

    /// Whether it selects entries at all, or takes every one.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        let everything = Self {
            before: self.before,
            first: self.first,
            limit: self.limit,
            ..Self::default()
        };
        *self != everything
    }

    /// What it selects, as an export's header says it; `None` when it takes every entry.
    #[must_use]
    pub fn filter(&self) -> Option<Value> {
        if !self.is_filtered() {
            return None;
        }
        let mut filter = serde_json::to_value(self).ok()?;
        let members = filter.as_object_mut()?;
        members.remove("before");
        members.remove("first");
        members.remove("limit");
        Some(filter)
    }

    /// Whether a record is what is searched for.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        let subject = &record.intent.subject;
        let connector = subject.place().and_then(|place| place.connector.as_deref());
        self.from_ms.is_none_or(|from| record.at_ms >= from)
            && self.to_ms.is_none_or(|to| record.at_ms < to)
            && is(self.principal.as_ref(), &record.intent.principal)
            && is(self.key_id.as_ref(), &record.key_id)
            && is(self.tool.as_ref(), subject.name())
            && is(self.connector.as_ref(), connector.unwrap_or_default())
            && self.status.is_none_or(|it| it == record.outcome.status)
            && self.has_words_of(record)
    }

    fn has_words_of(&self, record: &Record) -> bool {
        let Some(text) = &self.text else {
            return true;
        };
        let there = words_of(record);
        words(text).iter().all(|word| there.contains(word))
    }
}

fn is(sought: Option<&String>, there: &str) -> bool {
    sought.is_none_or(|sought| sought == there)
}

fn error(parameter: &str, problem: &'static str) -> QueryError {
    QueryError {
        parameter: parameter.chars().take(40).collect(),
        problem,
    }
}

fn cursor(text: &str) -> Result<u64, &'static str> {
    Cursor::parse(Some(text))
        .map(Cursor::before)
        .map_err(|_| "must be the `next` of an earlier page")
}

fn limit(text: &str) -> Result<u32, &'static str> {
    Limit::parse(Some(text))
        .map(Limit::count)
        .map_err(|_| "must be a number from 1 to 200")
}

fn value(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.len() > LONGEST_VALUE {
        return Err("must have 1 to 200 bytes");
    }
    Ok(text.to_owned())
}

fn status(text: &str) -> Result<Status, &'static str> {
    Status::ALL
        .into_iter()
        .find(|status| status.name() == text)
        .ok_or("must be succeeded, failed, denied or unknown")
}

fn sought(text: &str) -> Result<String, &'static str> {
    let text = value(text)?;
    match words(&text).len() {
        0 => Err("must have a word in it"),
        1..=MOST_WORDS => Ok(text),
        _ => Err("must have at most 8 words"),
    }
}

/// A moment in RFC 3339, or the beginning of a day in UTC.
fn moment(text: &str) -> Result<i64, &'static str> {
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|_| text.len() == 10)
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(|moment| moment.and_utc().timestamp_millis())
    };
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|moment| moment.timestamp_millis())
        .or_else(day)
        .ok_or("must be a time such as 2026-11-23T08:00:00Z, or a day such as 2026-11-23")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_records::{action, call};

    fn parsed(text: &str) -> Result<Query, String> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Query::parse(pairs).map_err(|error| error.to_string())
    }

    #[test]
    fn a_query_is_read() {
        let query = parsed(
            "cursor=e7&limit=2&from=2027-01-15&to=2027-01-16T03:00:00%2B03:00"
                .replace("%2B", "+")
                .as_str(),
        )
        .unwrap();
        assert_eq!((query.before, query.limit), (Some(7), 2));
        assert_eq!(
            (query.from_ms, query.to_ms),
            (Some(1_799_971_200_000), Some(1_800_057_600_000))
        );
        assert_eq!(
            serde_json::to_string(&parsed("status=denied&text=STK push").unwrap()).unwrap(),
            r#"{"limit":50,"status":"denied","text":"STK push"}"#
        );
        assert_eq!(parsed("").unwrap().filter(), None);
        assert_eq!(
            parsed("limit=1&cursor=e3&tool=x").unwrap().filter(),
            Some(serde_json::json!({"tool": "x"}))
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, problem) in [
            ("limit=0", "`limit` must be a number from 1 to 200"),
            ("cursor=7", "`cursor` must be the `next` of an earlier page"),
            (
                "status=ok",
                "`status` must be succeeded, failed, denied or unknown",
            ),
            ("tool=", "`tool` must have 1 to 200 bytes"),
            ("text=--", "`text` must have a word in it"),
            ("text=a b c d e f g h i", "`text` must have at most 8 words"),
            (
                "from=2027-1-5",
                "`from` must be a time such as 2026-11-23T08:00:00Z, or a day such as 2026-11-23",
            ),
            (
                "from=2027-01-02&to=2027-01-01",
                "`to` must lie after `from`",
            ),
            ("tool=a&tool=b", "`tool` is given twice"),
            ("who=a", "`who` is not a parameter of this search"),
        ] {
            assert_eq!(parsed(text), Err(problem.to_owned()), "{text}");
        }
    }

    #[test]
    fn every_part_of_a_query_must_hold() {
        let record = call();
        for (text, holds) in [
            ("", true),
            (
                "principal=p_1&key_id=k_1&tool=mpesa_stk_push&connector=mpesa&status=denied",
                true,
            ),
            ("principal=p_2", false),
            ("key_id=k_2", false),
            ("tool=mpesa", false),
            ("connector=kra", false),
            ("status=failed", false),
            ("from=2027-01-15T08:00:00.123Z", true),
            ("from=2027-01-15T08:00:00.124Z", false),
            ("to=2027-01-15T08:00:00.124Z", true),
            ("to=2027-01-15T08:00:00.123Z", false),
            ("text=Push Not_Permitted", true),
            ("text=%2B254700000001", true),
            ("text=push missing", false),
        ] {
            let text = text.replace("%2B", "+");
            assert_eq!(parsed(&text).unwrap().matches(&record), holds, "{text}");
        }
        assert!(parsed("tool=user.update").unwrap().matches(&action()));
        assert!(!parsed("connector=mpesa").unwrap().matches(&action()));
    }
}
