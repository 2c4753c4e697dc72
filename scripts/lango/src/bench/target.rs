//! What is called: the bare Worker, an MCP server, and tools of the gateway.

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::plan::{Plan, SUBSCRIPTION};
use crate::{api::Api, dev::fixtures_connection};

/// The size of the text that is sent and comes back.
const TEXT_BYTES: usize = 1024;
/// A key that may only read: the outcome of a reading call is on its way while
/// the answer is.
const ROLE: &str = "viewer";
/// The echo among the demo tools.
const OWN_TOOL: &str = "crm_echo";
/// The echo of the MCP server, and its connection's name.
const UPSTREAM_TOOL: &str = "echo";
const UPSTREAM: &str = "bench";
/// The revision without a handshake.
const VERSION: &str = "2026-07-28";

/// The benchmark's own tenant, whose log and rates are nobody else's.
pub(super) struct Tenant {
    admin: Api,
}

impl Tenant {
    pub(super) async fn create(
        url: &str,
        platform_admin: &str,
        upstream_url: &str,
    ) -> Result<Self> {
        let platform = Api::new(url, platform_admin)?;
        let created = platform
            .create_tenant("Benchmark", SUBSCRIPTION.name())
            .await?;
        let admin = platform.with_token(&created.admin_key.token);
        let connection = fixtures_connection()?;
        admin
            .create_connection(
                connection.connector,
                "main",
                connection.connector,
                &connection.credentials(),
            )
            .await?;
        let tenant = Self { admin };
        tenant.connect_upstream(upstream_url).await?;
        Ok(tenant)
    }

    async fn connect_upstream(&self, url: &str) -> Result<()> {
        let credentials = json!({ "url": url });
        let created = self
            .admin
            .create_connection("mcp", UPSTREAM, UPSTREAM, &credentials)
            .await?;
        let listed = self
            .admin
            .upstream_tools(&created.connection_id, "refresh", &json!({}))
            .await?;
        let sha256 = listed["items"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|tool| tool["name"] == UPSTREAM_TOOL)
            .map(|tool| tool["sha256"].clone())
            .context("the MCP server has no echo")?;
        let approval = json!({ "tools": [{
            "name": UPSTREAM_TOOL, "sha256": sha256, "access": "read", "class": "documents",
        }] });
        self.admin
            .upstream_tools(&created.connection_id, "approve", &approval)
            .await?;
        Ok(())
    }

    /// Fresh keys for a level.
    pub(super) async fn keys(&self, plan: &Plan) -> Result<Vec<Zeroizing<String>>> {
        let mut keys = Vec::with_capacity(plan.keys());
        for number in 0..plan.keys() {
            let name = format!("Benchmark {number}");
            let key = self.admin.issue_key(&name, ROLE, Some(1)).await?;
            keys.push(key.token);
        }
        Ok(keys)
    }
}

/// Whom a call goes to.
#[derive(Clone)]
pub(super) enum Target {
    /// The bare Worker, with the name of a gate: a durable object of its own.
    Bare { url: String, gate: String },
    /// The MCP server itself.
    Direct { url: String },
    /// A tool of the gateway, with an API key, which has an object of its own.
    Governed {
        url: String,
        key: Zeroizing<String>,
        tool: String,
    },
}

impl Target {
    /// The bare Worker: as many gates as the other side has keys.
    pub(super) fn bare(url: &str, plan: &Plan) -> Vec<Self> {
        (0..plan.keys())
            .map(|number| Self::Bare {
                url: url.to_owned(),
                gate: format!("{}-{number}", plan.connections),
            })
            .collect()
    }

    /// The MCP server, as often as the other side has keys.
    pub(super) fn direct(url: &str, plan: &Plan) -> Vec<Self> {
        let url = url.to_owned();
        vec![Self::Direct { url }; plan.keys()]
    }

    /// A tool of a connector of Lango's.
    pub(super) fn own_tool(url: &str, keys: &[Zeroizing<String>]) -> Vec<Self> {
        Self::governed(url, keys, OWN_TOOL)
    }

    /// The MCP server's tool, through the gateway.
    pub(super) fn upstream_tool(url: &str, keys: &[Zeroizing<String>]) -> Vec<Self> {
        Self::governed(url, keys, &format!("{UPSTREAM}__{UPSTREAM_TOOL}"))
    }

    fn governed(url: &str, keys: &[Zeroizing<String>], tool: &str) -> Vec<Self> {
        keys.iter()
            .map(|key| Self::Governed {
                url: url.to_owned(),
                key: key.clone(),
                tool: tool.to_owned(),
            })
            .collect()
    }

    /// The call, over that client's connection.
    pub(super) fn request(&self, client: &Client) -> RequestBuilder {
        let arguments = json!({ "text": text() });
        match self {
            Self::Bare { url, gate } => client
                .post(url)
                .json(&json!({ "gate": gate, "arguments": arguments })),
            Self::Direct { url } => {
                let meta = json!({
                    "io.modelcontextprotocol/protocolVersion": VERSION,
                    "io.modelcontextprotocol/clientCapabilities": {},
                });
                let params =
                    json!({ "name": UPSTREAM_TOOL, "arguments": arguments, "_meta": meta });
                client
                    .post(url)
                    .header("Accept", "application/json, text/event-stream")
                    .header("MCP-Protocol-Version", VERSION)
                    .header("Mcp-Method", "tools/call")
                    .header("Mcp-Name", UPSTREAM_TOOL)
                    .json(&call(&params))
            }
            Self::Governed { url, key, tool } => client
                .post(url)
                .bearer_auth(key.as_str())
                .json(&call(&json!({ "name": tool, "arguments": arguments }))),
        }
    }
}

fn call(params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params })
}

/// Holds an answer to what was asked: every kind gives the text back as a tool's
/// result.
pub(super) fn check(status: u16, body: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let result = &answer["result"];
    let text_is_back = result["structuredContent"]["text"].as_str() == Some(text());
    if status == 200 && text_is_back && result["isError"] != true {
        return Ok(());
    }
    let shown: String = String::from_utf8_lossy(body).chars().take(400).collect();
    bail!("a call failed with status {status}: {shown}")
}

/// Plain words of an exact size.
fn text() -> &'static str {
    const WORDS: &str = "The lorry with forty cartons of tea left Mombasa this morning. ";
    static TEXT: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| WORDS.chars().cycle().take(TEXT_BYTES).collect());
    &TEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(result: &Value) -> Vec<u8> {
        serde_json::to_vec(&json!({ "result": result })).unwrap()
    }

    #[test]
    fn only_the_text_itself_is_an_answer() {
        let right = answer(&json!({ "structuredContent": { "text": text() } }));
        assert!(check(200, &right).is_ok());
        assert!(check(429, &right).is_err());
        let other = answer(&json!({ "structuredContent": { "text": "other" } }));
        assert!(check(200, &other).is_err());
        let refused = answer(&json!({ "isError": true, "structuredContent": { "text": text() } }));
        assert!(check(200, &refused).is_err());
        assert!(check(200, b"nonsense").is_err());
    }

    #[test]
    fn the_text_has_its_size() {
        assert_eq!(text().len(), TEXT_BYTES);
    }
}
