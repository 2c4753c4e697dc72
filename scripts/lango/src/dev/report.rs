//! What a ready stack says: `dev.json` for tools, a page of text for people.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use super::seed::{ROLES, Tenant};
use crate::{
    console::answer,
    data_folder::DataFolder,
    demo_database::Traps,
    workers::{DEVELOPMENT_CLIENT_ORIGIN, DEVELOPMENT_WEBHOOK_ORIGIN},
};

/// Appears when the stack is ready and is gone while it is not.
pub(crate) const FILE: &str = "dev.json";

/// The demo's tenants, and how to get into their databases.
pub(crate) struct Ready<'a> {
    pub(crate) url: String,
    pub(crate) edge_url: Option<String>,
    pub(crate) bare_url: Option<String>,
    pub(crate) clients_port: Option<u16>,
    pub(crate) whatsapp_port: Option<u16>,
    pub(crate) webhooks_port: Option<u16>,
    pub(crate) metrics_token: Option<&'a str>,
    pub(crate) connectors: BTreeMap<&'static str, String>,
    pub(crate) runtime: &'static str,
    pub(crate) runtime_process: i32,
    pub(crate) platform_admin: &'a str,
    pub(crate) first: (&'a Tenant, &'a str),
    pub(crate) second: (&'a Tenant, &'a str),
    /// The tenant that has nothing but the demo tools.
    pub(crate) fixture: Option<&'a Tenant>,
    pub(crate) postgres_port: u16,
    /// The demo business in MariaDB, with the owner's login; only with the fixtures.
    pub(crate) mysql_url: Option<String>,
    /// The same server, for tests that make databases and logins.
    pub(crate) mysql_administrator_url: Option<String>,
}

#[derive(Serialize)]
struct DevJson<'a> {
    url: &'a str,
    mcp_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    edge_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bare_url: Option<&'a str>,
    /// Where tests publish assistants' metadata, and as which origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    clients_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clients_origin: Option<&'a str>,
    /// Where tests take the messages that would go to WhatsApp.
    #[serde(skip_serializing_if = "Option::is_none")]
    whatsapp_port: Option<u16>,
    /// Where tests take webhooks, and as which origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks_origin: Option<&'a str>,
    /// What opens `/metrics`.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_token: Option<&'a str>,
    /// Straight to the connectors, by their kinds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    connectors: &'a BTreeMap<&'static str, String>,
    runtime: &'a str,
    keys: BTreeMap<&'a str, &'a str>,
    users: &'a BTreeMap<String, String>,
    tenant_id: &'a str,
    database_url: &'a str,
    second_tenant: SecondTenant<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixture_key: Option<&'a str>,
    platform_admin: &'a str,
    trap_queries: BTreeMap<&'static str, String>,
    workerd_pid: i32,
    lango_pid: u32,
    postgres_port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    mysql_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mysql_administrator_url: Option<&'a str>,
}

#[derive(Serialize)]
struct SecondTenant<'a> {
    tenant_id: &'a str,
    keys: BTreeMap<&'a str, &'a str>,
    database_url: &'a str,
}

impl Ready<'_> {
    fn mcp_url(&self) -> String {
        format!("{}/mcp", self.url)
    }

    /// Writes `dev.json`.
    pub(crate) fn write(&self, data: &DataFolder) -> Result<()> {
        let (first, second) = (self.first, self.second);
        data.write_json(
            FILE,
            &DevJson {
                url: &self.url,
                mcp_url: self.mcp_url(),
                edge_url: self.edge_url.as_deref(),
                bare_url: self.bare_url.as_deref(),
                clients_port: self.clients_port,
                whatsapp_port: self.whatsapp_port,
                webhooks_port: self.webhooks_port,
                webhooks_origin: self.webhooks_port.map(|_| DEVELOPMENT_WEBHOOK_ORIGIN),
                metrics_token: self.metrics_token,
                connectors: &self.connectors,
                clients_origin: self.clients_port.map(|_| DEVELOPMENT_CLIENT_ORIGIN),
                runtime: self.runtime,
                keys: first.0.tokens(),
                users: first.0.users(),
                tenant_id: &first.0.tenant_id,
                database_url: first.1,
                second_tenant: SecondTenant {
                    tenant_id: &second.0.tenant_id,
                    keys: second.0.tokens(),
                    database_url: second.1,
                },
                fixture_key: self.fixture.and_then(|tenant| tenant.token("manager")),
                platform_admin: self.platform_admin,
                trap_queries: Traps::queries(),
                workerd_pid: self.runtime_process,
                lango_pid: std::process::id(),
                postgres_port: self.postgres_port,
                mysql_url: self.mysql_url.as_deref(),
                mysql_administrator_url: self.mysql_administrator_url.as_deref(),
            },
        )
    }

    /// Prints what a person needs to connect an assistant.
    pub(crate) fn print(&self, data: &DataFolder) {
        let url = self.mcp_url();
        answer(format!(
            "\nLango is ready. MCP URL: {url}\n\nAPI keys of Wanjiku Wholesalers:"
        ));
        for role in ROLES {
            let token = self.first.0.token(role).unwrap_or_default();
            answer(format!("  {role:<8} {token}"));
        }
        answer(format!(
            "\nAssistants that sign in by OAuth (Claude, ChatGPT, and others) need the URL alone: \
             {url}\nThe sign-in page offers the people of the demo. What they have allowed: \
             {}/assistants",
            self.url
        ));
        let key = self.first.0.token("manager").unwrap_or_default();
        answer(format!(
            "\nClaude Code:\n  claude mcp add --transport http lango {url} --header \"Authorization: Bearer {key}\""
        ));
        answer(format!(
            "\nCursor (~/.cursor/mcp.json):\n{}",
            cursor(&url, key)
        ));
        answer(format!(
            "\nVS Code (.vscode/mcp.json):\n{}",
            vs_code(&url, key)
        ));
        answer(format!(
            "\nEverything is in {}, for tools in {FILE}. Ctrl-C stops it.",
            data.root().display()
        ));
    }
}

fn cursor(url: &str, key: &str) -> String {
    let headers = json!({ "Authorization": format!("Bearer {key}") });
    pretty(&json!({ "mcpServers": { "lango": { "url": url, "headers": headers } } }))
}

fn vs_code(url: &str, key: &str) -> String {
    let headers = json!({ "Authorization": format!("Bearer {key}") });
    pretty(&json!({ "servers": { "lango": { "type": "http", "url": url, "headers": headers } } }))
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
