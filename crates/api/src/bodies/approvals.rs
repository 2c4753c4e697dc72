//! Calls that are held until a person has approved them.

use lango_approvals::Status;
use lango_guard::ReasonKind;
use lango_provenance::ValueKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{schema, timestamp::Timestamp};

/// A held call, and what became of it. Without `Debug`: it may have arguments.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalView {
    /// Its identifier: `h_…`.
    pub approval_id: String,
    /// Where it stands.
    pub status: Status,
    /// Who asked; for an assistant, the user who has allowed it.
    pub asked_by: String,
    /// The key, grant or sign-in that it was asked with: `k_…`.
    pub asked_with: String,
    /// The tool.
    pub tool: String,
    /// The connection: `c_…`.
    pub connection_id: String,
    /// Why it is held.
    pub reasons: Vec<ReasonView>,
    /// What it is called with: while it is pending, for somebody who could decide and
    /// reads this one approval; null otherwise.
    #[schemars(schema_with = "schema::optional_object")]
    pub arguments: Option<Value>,
    /// The digest of the exact arguments.
    pub arguments_sha256: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Until when it can be decided; then, until when the call can be made.
    pub expires_at: Timestamp,
    /// Who has decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What they said.
    pub note: String,
    /// The call that was made under it.
    pub used_call_id: Option<String>,
}

/// Something that a call is held for.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReasonView {
    /// What it is.
    #[schemars(schema_with = "schema::reason_kind")]
    pub kind: ReasonKind,
    /// Where in the arguments: a JSON Pointer (RFC 6901). Shown with the arguments alone.
    pub place: Option<String>,
    /// The screening rule.
    pub rule: Option<String>,
    /// What kind of value came from outside.
    #[schemars(schema_with = "schema::optional_value_kind")]
    pub value: Option<ValueKind>,
    /// Where it came from.
    pub origin: Option<OriginView>,
}

/// The result that a value was first seen in.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct OriginView {
    /// The call that gave it.
    pub call_id: String,
    /// Its tool.
    pub tool: String,
    /// Its connection.
    pub connection_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Whether it read like instructions to an assistant.
    pub suspicious: bool,
    /// What people would call it, such as the subject of a mail. Shown with the arguments
    /// alone.
    pub label: Option<String>,
}

/// A decision.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideApproval {
    /// What there is to say of it, for others who look at it.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub note: String,
}
