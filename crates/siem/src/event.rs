//! What an entry of the log says, as far as a receiver's schema has a place for it.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Whose log it is and who sends it.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The product's version.
    pub version: &'a str,
}

/// An entry whose leaf is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the entry is not readable as a record")]
pub struct Unreadable;

/// One entry, read. Kinds and members of later versions do not keep it from being read.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Where it is in the log.
    pub index: u64,
    /// The leaf as it is in the log.
    pub leaf: &'a str,
    record: Record,
}

/// What was done to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Made.
    Create,
    /// Looked at.
    Read,
    /// Changed.
    Update,
    /// Removed.
    Delete,
    /// A tool was called, or something else was done.
    Other,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Answered.
    Succeeded,
    /// The system behind said no.
    Failed,
    /// A layer refused.
    Denied,
    /// It may or may not have happened.
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
struct Record {
    key_id: Option<String>,
    at_ms: i64,
    call_id: Option<String>,
    principal: Option<String>,
    actor: Option<String>,
    country: Option<String>,
    kind: String,
    tool: Option<String>,
    prompt: Option<String>,
    resource: Option<String>,
    of: Option<String>,
    action: Option<String>,
    target: Option<Value>,
    connector: Option<String>,
    connection: Option<String>,
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Deserialize)]
struct Outcome {
    status: Option<String>,
    denied: Option<Denied>,
    error: Option<String>,
    duration_ms: Option<u64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Denied {
    layer: Option<String>,
    code: Option<String>,
}

impl<'a> Event<'a> {
    /// Reads a leaf.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(index: u64, leaf: &'a str) -> Result<Self, Unreadable> {
        let record = serde_json::from_str(leaf).map_err(|_| Unreadable)?;
        Ok(Self {
            index,
            leaf,
            record,
        })
    }

    /// What is the same however often it is sent: for a receiver that tells repeats.
    #[must_use]
    pub fn uid(&self, origin: Origin<'_>) -> String {
        format!("{}/{}", origin.tenant, self.index)
    }

    /// When it began, in milliseconds since 1970.
    #[must_use]
    pub fn at_ms(&self) -> i64 {
        self.record.at_ms
    }

    /// The same as RFC 3339 text, in UTC.
    #[must_use]
    pub fn at_text(&self) -> String {
        chrono::DateTime::from_timestamp_millis(self.record.at_ms)
            .unwrap_or_default()
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }

    /// Which kind of thing it was: `call`, `action`, …
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.record.kind
    }

    /// The name of the tool, of the action, or of whatever else was asked for.
    #[must_use]
    pub fn operation(&self) -> &str {
        let record = &self.record;
        [
            &record.tool,
            &record.action,
            &record.prompt,
            &record.resource,
            &record.of,
        ]
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
        .map_or(&record.kind, |name| name.as_str())
    }

    /// Identifies the call.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.record.call_id.as_deref()
    }

    /// Who acted.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.record.principal.as_deref()
    }

    /// Which kind of principal they are.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.record.actor.as_deref()
    }

    /// What they showed.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.record.key_id.as_deref()
    }

    /// The country that it came from.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.record.country.as_deref()
    }

    /// The kind of system that it went to.
    #[must_use]
    pub fn connector(&self) -> Option<&str> {
        self.record.connector.as_deref()
    }

    /// The connection that it went over.
    #[must_use]
    pub fn connection(&self) -> Option<&str> {
        self.record.connection.as_deref()
    }

    /// What it was done to.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.record.target.as_ref().and_then(Value::as_str)
    }

    /// What was done.
    #[must_use]
    pub fn activity(&self) -> Activity {
        match self.kind() {
            "prompt" | "resource" | "completion" => Activity::Read,
            "action" => activity_of(self.operation()),
            _ => Activity::Other,
        }
    }

    /// How it ended.
    #[must_use]
    pub fn end(&self) -> End {
        let status = self.outcome().and_then(|it| it.status.as_deref());
        match status {
            Some("succeeded") => End::Succeeded,
            Some("failed") => End::Failed,
            Some("denied") => End::Denied,
            _ => End::Unknown,
        }
    }

    /// The code of a denial or of a failure.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        let outcome = self.outcome()?;
        let denied = outcome.denied.as_ref().and_then(|it| it.code.as_deref());
        denied.or(outcome.error.as_deref())
    }

    /// The layer that refused.
    #[must_use]
    pub fn layer(&self) -> Option<&str> {
        self.outcome()?.denied.as_ref()?.layer.as_deref()
    }

    /// How long it took.
    #[must_use]
    pub fn duration_ms(&self) -> Option<u64> {
        self.outcome()?.duration_ms
    }

    /// Whether screening found something.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        ["marked", "flagged"].iter().any(|name| {
            self.extra(name)
                .and_then(Value::as_array)
                .is_some_and(|found| !found.is_empty())
        })
    }

    /// What else the outcome says, arguments and changes apart: they are commitments.
    pub fn extras(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.outcome()
            .into_iter()
            .flat_map(|outcome| &outcome.rest)
            .filter(|(name, _)| !matches!(name.as_str(), "arguments" | "change"))
            .map(|(name, value)| (name.as_str(), value))
    }

    /// A sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let end = match self.end() {
            End::Succeeded => "succeeded",
            End::Failed => "failed",
            End::Denied => "was refused",
            End::Unknown => "ended unknown",
        };
        format!("{} {} {end}", self.kind(), self.operation())
    }

    fn extra(&self, name: &str) -> Option<&Value> {
        self.outcome()?.rest.get(name)
    }

    fn outcome(&self) -> Option<&Outcome> {
        self.record.outcome.as_ref()
    }
}

/// By the last word of its name, as in `key.create`.
fn activity_of(action: &str) -> Activity {
    let verb = action.rsplit('.').next().unwrap_or_default();
    match verb {
        "create" | "add" | "invite" | "connect" | "grant" | "approve" | "begin" => Activity::Create,
        "read" | "list" | "export" | "search" | "test" | "view" | "try" => Activity::Read,
        "change" | "update" | "set" | "rotate" | "rename" | "resume" | "assign" => Activity::Update,
        "delete" | "remove" | "revoke" | "erase" | "end" | "suspend" | "disconnect" => {
            Activity::Delete
        }
        _ => Activity::Other,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const CALL: &str = r#"{"actor":"program","arguments_sha256":"ab","at_ms":1800000000123,"call_id":"call_1","connection":"c_1","connector":"postgres","country":"KE","key_id":"k_1","kind":"call","outcome":{"arguments":{"limit":{"commitment":"x"}},"denied":{"code":"tool_not_permitted","layer":"access"},"duration_ms":7,"flagged":["many_rows"],"redactions":2,"status":"denied"},"principal":"p_1","tool":"postgres_query"}"#;
    pub(crate) const ACTION: &str = r#"{"action":"key.create","at_ms":1800000001000,"call_id":"call_2","key_id":"s_1","kind":"action","outcome":{"duration_ms":3,"redactions":0,"status":"succeeded"},"principal":"u_1","actor":"employee","target":"k_2"}"#;

    #[test]
    fn a_leaf_is_read() {
        let event = Event::read(4, CALL).unwrap();
        assert_eq!(event.operation(), "postgres_query");
        assert_eq!(event.end(), End::Denied);
        assert_eq!(event.code(), Some("tool_not_permitted"));
        assert_eq!(event.layer(), Some("access"));
        assert_eq!(event.at_text(), "2027-01-15T08:00:00.123Z");
        assert!(event.is_suspicious());
        let extras: Vec<_> = event.extras().map(|(name, _)| name).collect();
        assert_eq!(extras, ["flagged", "redactions"]);
        let event = Event::read(5, ACTION).unwrap();
        assert_eq!(event.activity(), Activity::Create);
        assert_eq!(event.target(), Some("k_2"));
    }

    #[test]
    fn later_kinds_are_read_too_and_other_texts_are_not() {
        let event = Event::read(
            1,
            r#"{"at_ms":1,"kind":"sign_in","target":{"commitment":"x"}}"#,
        );
        assert_eq!(event.unwrap().operation(), "sign_in");
        for text in ["", "{}", "[]", r#"{"at_ms":"1","kind":"call"}"#] {
            assert!(Event::read(1, text).is_err(), "{text}");
        }
    }
}
