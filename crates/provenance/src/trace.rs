//! What is said of where a value came from.

use serde::{Deserialize, Serialize};

use crate::print::{Standing, ValueKind};

/// The result that a value was first seen in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The call that it answered.
    pub call_id: String,
    /// The tool.
    pub tool: String,
    /// The connection's identifier, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Whether screening found something in it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspicious: bool,
    /// What a person calls it (a subject, a title): sealed by the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A value of the arguments that came from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Where it stands in the arguments: a JSON pointer.
    pub place: String,
    /// Its kind.
    pub kind: ValueKind,
    /// Whether the argument is this value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub steering: bool,
    /// Where it was first seen.
    pub origin: Origin,
    /// What it was there.
    pub standing: Standing,
    /// Whether the call goes back to where the value came from: to who sent it, or to
    /// a thing that its source named.
    #[serde(default, skip_serializing_if = "is_false")]
    pub answers: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}
