//! Connections, and the tools of other MCP servers behind them.

use lango_connector_kit::{Access, ConnectorClass, Step, StepOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// A connected system, without its credentials.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionView {
    /// Its identifier: `c_…`.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// What tells it apart in tool names.
    pub slug: String,
    /// The tenant's name for it.
    pub name: String,
    /// Whether it may be called.
    pub enabled: bool,
    /// Where it may connect to, each `host:port`; null for a connection of before there
    /// were such lists: wherever its credentials say.
    pub allowed_hosts: Option<Vec<String>>,
    /// Whether it has credentials: not after the tenant's keys were destroyed.
    pub has_credentials: bool,
    /// When its credentials were set.
    pub credentials_at: Timestamp,
    /// When it was connected.
    pub created_at: Timestamp,
}

/// What can be connected.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Connectors {
    /// The connectors of this deployment.
    pub items: Vec<ConnectorView>,
}

/// A kind of system.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorView {
    /// Its name in `connector`.
    pub connector: String,
    /// What people call it.
    pub title: String,
    /// Which kind of system it speaks to.
    #[schemars(schema_with = "schema::class")]
    pub class: ConnectorClass,
    /// JSON Schema of the credentials: an object of texts. `format: password` is for
    /// what must not be seen while it is typed.
    #[schemars(schema_with = "schema::object")]
    pub credential_schema: serde_json::Map<String, serde_json::Value>,
    /// The tools of each connection; those of another MCP server are approved one by
    /// one.
    pub tools: Vec<String>,
}

/// What of a connection is to change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeConnection {
    /// The tenant's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::name")]
    pub name: Option<String>,
    /// What tells it apart in tool names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Whether it may be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Where it may connect to, each `host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub allowed_hosts: Option<Vec<String>>,
}

/// Other credentials. It documents the body: the gateway reads them as a text that it
/// does not look into.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCredentials {
    /// All of them, as the connector's credential schema has them. Never shown again.
    #[schemars(schema_with = "schema::object")]
    pub credentials: serde_json::Value,
}

/// What testing a connection found.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestedConnection {
    /// Whether every step passed.
    pub works: bool,
    /// The steps of connecting, in their order.
    pub steps: Vec<TestedStep>,
    /// Where the rights are more or less than they should be: what to run in the system,
    /// in this order, for credentials that may do what the tools need and no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
}

/// One step of connecting.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestedStep {
    /// Which.
    #[schemars(schema_with = "schema::step")]
    pub step: Step,
    /// How it went; those behind one that failed are skipped.
    #[schemars(schema_with = "schema::step_outcome")]
    pub outcome: StepOutcome,
    /// What was found, and what to change.
    pub detail: String,
}

/// A system that is to be connected. It documents the body: the gateway reads the
/// credentials as a text that it does not look into.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConnection {
    /// The kind of connector.
    pub connector: String,
    /// The tenant's name for it.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// What tells it apart in tool names; made of the name when it is not given.
    #[serde(default)]
    pub slug: Option<String>,
    /// Where it may connect to, each `host:port`; what the credentials say when it is
    /// not given.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub allowed_hosts: Option<Vec<String>>,
    /// As the connector's credential schema has them. Never shown again.
    #[schemars(schema_with = "schema::object")]
    pub credentials: serde_json::Value,
}

/// Tools of another MCP server that are approved.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveTools {
    /// Each as it was looked at.
    #[schemars(length(min = 1, max = 200))]
    pub tools: Vec<ApprovedTool>,
}

/// One definition, as it was looked at.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovedTool {
    /// The server's own name for it.
    pub name: String,
    /// Digest of the definition.
    pub sha256: String,
    /// What calling it can change.
    #[schemars(schema_with = "schema::access")]
    pub access: Access,
    /// Which kind of system it speaks to.
    #[schemars(schema_with = "schema::class")]
    pub class: ConnectorClass,
    /// The rules whose findings were seen and are no reason against it.
    #[serde(default)]
    pub acknowledged: Vec<String>,
}

/// Tools of another MCP server whose approval is withdrawn.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawTools {
    /// The tools by the server's own names.
    #[schemars(length(min = 1, max = 200))]
    pub tools: Vec<String>,
}
