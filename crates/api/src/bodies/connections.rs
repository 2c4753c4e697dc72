//! Connections, and the tools of other MCP servers behind them.

use lango_connector_kit::{Access, ConnectorClass};
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
    /// When it was connected.
    pub created_at: Timestamp,
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
