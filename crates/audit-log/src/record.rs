//! What the log says of one call or action. The JSON is stored and is therefore
//! pinned in tests.

use lango_residency::Finding;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::layer::Layer;

/// What is about to happen; written before it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Identifies the call: `call_…`.
    pub call_id: String,
    /// Who acts: the `sub` of their key.
    pub principal: String,
    /// Which kind of principal they are; absent in records of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The country that the request came from, where the platform says it (ISO 3166-1
    /// alpha-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What they want.
    #[serde(flatten)]
    pub subject: Subject,
}

/// The kinds of principal that act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Works for the tenant.
    Employee,
    /// A program of the tenant's, with an API key.
    Program,
    /// An assistant, for an employee.
    Assistant,
    /// Is served by the tenant.
    Customer,
    /// A platform admin whom the tenant's Admin has let in.
    Support,
    /// Runs the platform.
    PlatformAdmin,
}

/// What an intent is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// A tool call.
    Call {
        /// The tool's name as the caller wrote it.
        tool: String,
        /// Where it went.
        #[serde(flatten)]
        at: Place,
        /// Digest of the arguments: see [`crate::arguments_digest`].
        arguments_sha256: String,
    },
    /// A prompt was asked for.
    Prompt {
        /// The prompt's name as the caller wrote it.
        prompt: String,
        /// Where it went.
        #[serde(flatten)]
        at: Place,
        /// Digest of the arguments.
        arguments_sha256: String,
    },
    /// A resource was read.
    Resource {
        /// Name of the resource, or of the template that its URI fits. The URI
        /// itself may name a person.
        resource: String,
        /// Where it went.
        #[serde(flatten)]
        at: Place,
        /// Digest of the URI.
        arguments_sha256: String,
    },
    /// Suggestions for an argument of a prompt or of a resource template.
    Completion {
        /// The prompt's or the template's name.
        of: String,
        /// Where it went.
        #[serde(flatten)]
        at: Place,
        /// Digest of the argument.
        arguments_sha256: String,
    },
    /// An administrative action.
    Action {
        /// Such as `key.create`.
        action: String,
        /// What it is done to, where that is known beforehand.
        target: Option<String>,
    },
}

/// Which system a call goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The kind of connector, if one has what was asked for.
    pub connector: Option<String>,
    /// The tenant's connection, once it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}

impl Subject {
    /// What it is, in a word: the tool, the action, or what was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Call { tool: name, .. }
            | Self::Prompt { prompt: name, .. }
            | Self::Resource { resource: name, .. }
            | Self::Completion { of: name, .. }
            | Self::Action { action: name, .. } => name,
        }
    }

    /// Where the call goes; `None` for an administrative action.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Call { at, .. }
            | Self::Prompt { at, .. }
            | Self::Resource { at, .. }
            | Self::Completion { at, .. } => Some(at),
            Self::Action { .. } => None,
        }
    }

    /// The same, to be filled in once it is resolved.
    pub fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Self::Call { at, .. }
            | Self::Prompt { at, .. }
            | Self::Resource { at, .. }
            | Self::Completion { at, .. } => Some(at),
            Self::Action { .. } => None,
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The end in a word.
    pub status: Status,
    /// For a denial: who refused, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Denied>,
    /// For a failure: the connector's error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From admission to release, in milliseconds, the wait included.
    pub duration_ms: u64,
    /// How many secrets were taken out of the result.
    #[serde(default)]
    pub redactions: u32,
    /// The screening rules that fired in the result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marked: Vec<String>,
    /// What the guards found in the arguments, and why the call was held or noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flagged: Vec<String>,
    /// The approval that the call waits for, or was made by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// For what reached a connector: where it ran, and what was promised about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residency: Option<Finding>,
    /// For a call: what of its arguments the tenant's policy lets into the log, an
    /// object by their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    /// For an action: what it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// What an action changed, as its route shows it: no secret is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Before; absent for what was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// After; absent for what was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// The end of a call in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Answered.
    Succeeded,
    /// The system behind the connector said no, or could not be reached.
    Failed,
    /// A layer refused.
    Denied,
    /// No outcome arrived in time. It may or may not have happened.
    Unknown,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Failed, Self::Denied, Self::Unknown];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }
}

/// Who refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// The layer that refused.
    pub layer: Layer,
    /// Its stable code, such as `rate_limited`.
    pub code: String,
}

/// One finished call or action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The key that was used.
    pub key_id: String,
    /// When the intent was written, in milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// What was to happen.
    #[serde(flatten)]
    pub intent: Intent,
    /// What happened.
    pub outcome: Outcome,
}

impl Outcome {
    /// The outcome of an intent that nobody settled.
    #[must_use]
    pub fn unknown(duration_ms: u64) -> Self {
        Self {
            status: Status::Unknown,
            denied: None,
            error: None,
            duration_ms,
            redactions: 0,
            marked: Vec::new(),
            flagged: Vec::new(),
            approval: None,
            residency: None,
            arguments: None,
            change: None,
        }
    }

    /// The outcome of a refusal.
    #[must_use]
    pub fn denied(layer: Layer, code: &str, duration_ms: u64) -> Self {
        Self {
            status: Status::Denied,
            denied: Some(Denied {
                layer,
                code: code.to_owned(),
            }),
            ..Self::unknown(duration_ms)
        }
    }

    /// The outcome of an answer.
    #[must_use]
    pub fn succeeded(duration_ms: u64) -> Self {
        Self {
            status: Status::Succeeded,
            ..Self::unknown(duration_ms)
        }
    }

    /// The outcome of a failure behind the connector.
    #[must_use]
    pub fn failed(error: &str, duration_ms: u64) -> Self {
        Self {
            status: Status::Failed,
            error: Some(error.to_owned()),
            ..Self::unknown(duration_ms)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_format_is_pinned() {
        let record = Record {
            key_id: "k_1".into(),
            at_ms: 1_800_000_000_123,
            intent: Intent {
                call_id: "call_1".into(),
                principal: "p_1".into(),
                actor: Some(Actor::Program),
                country: None,
                subject: Subject::Call {
                    tool: "postgres_query".into(),
                    at: Place {
                        connector: Some("postgres".into()),
                        connection: None,
                    },
                    arguments_sha256: "ab".into(),
                },
            },
            outcome: Outcome::denied(Layer::Access, "tool_not_permitted", 7),
        };
        let json = serde_json::json!({
            "key_id": "k_1", "at_ms": 1_800_000_000_123_i64, "call_id": "call_1",
            "principal": "p_1", "actor": "program", "kind": "call", "tool": "postgres_query",
            "connector": "postgres", "arguments_sha256": "ab",
            "outcome": {
                "status": "denied",
                "denied": {"layer": "access", "code": "tool_not_permitted"},
                "duration_ms": 7, "redactions": 0,
            },
        });
        assert_eq!(serde_json::to_value(&record).unwrap(), json);
        assert_eq!(serde_json::from_value::<Record>(json).unwrap(), record);
    }

    #[test]
    fn an_action_has_a_target() {
        let intent = Intent {
            call_id: "call_1".into(),
            principal: "p_1".into(),
            actor: None,
            country: None,
            subject: Subject::Action {
                action: "key.revoke".into(),
                target: Some("k_2".into()),
            },
        };
        assert_eq!(
            serde_json::to_value(intent).unwrap(),
            serde_json::json!({"call_id": "call_1", "principal": "p_1", "kind": "action",
                "action": "key.revoke", "target": "k_2"})
        );
    }
}
