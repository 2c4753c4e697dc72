//! Connections, and the tools of other MCP servers behind them.

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

/// Which tools of another MCP server a decision is about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UpstreamDecision {
    /// The tools by the server's own names.
    #[schemars(schema_with = "schema::any")]
    pub tools: serde_json::Value,
}
