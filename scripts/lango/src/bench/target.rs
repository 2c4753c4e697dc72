//! What is called: the bare Worker, and a tool of the gateway.

use anyhow::{Result, bail};
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

/// The benchmark's own tenant, whose log and rates are nobody else's.
pub(super) struct Tenant {
    admin: Api,
}

impl Tenant {
    pub(super) async fn create(url: &str, platform_admin: &str) -> Result<Self> {
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
        Ok(Self { admin })
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

/// Whom a call goes to, each with a durable object of its own.
#[derive(Clone)]
pub(super) enum Target {
    /// The bare Worker, with the name of a gate.
    Bare { url: String, gate: String },
    /// The gateway, with an API key.
    Governed { url: String, key: Zeroizing<String> },
}

impl Target {
    /// The call, over that client's connection.
    pub(super) fn request(&self, client: &Client) -> RequestBuilder {
        let arguments = json!({ "text": text() });
        match self {
            Self::Bare { url, gate } => client
                .post(url)
                .json(&json!({ "gate": gate, "arguments": arguments })),
            Self::Governed { url, key } => {
                client.post(url).bearer_auth(key.as_str()).json(&json!({
                    "jsonrpc": "2.0",
                    "id": 1,
                    "method": "tools/call",
                    "params": { "name": "crm_echo", "arguments": arguments },
                }))
            }
        }
    }
}

/// Holds an answer to what was asked: both kinds give the text back as a tool's
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
