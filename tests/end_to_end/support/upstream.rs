//! MCP servers as businesses run them: `tests/clients/upstream_servers.mjs`, made
//! of the official SDKs, and connections to them.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tenant, call, http, post, rpc};

/// Both eras, each with both forms of answers.
pub(crate) const KINDS: [&str; 4] = ["old-sse", "old-json", "new-sse", "new-json"];

/// Running servers; they end when their standard input does, so with the test.
pub(crate) struct Servers {
    child: Child,
    at: Addresses,
}

/// PyPI's server, both eras in one.
pub(crate) struct PythonServer {
    child: Child,
    url: String,
}

#[derive(Deserialize)]
struct Addresses {
    url: String,
    silent: String,
}

/// One test's servers: what other tests do to theirs is not seen here.
pub(crate) struct World {
    root: String,
}

/// A governed connection to a server.
pub(crate) struct Upstream {
    pub(crate) tenant: Tenant,
    pub(crate) connection: String,
}

impl Servers {
    /// Servers of a test's own, to be stopped.
    pub(crate) fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
        let mut child = Command::new("node")
            .arg("upstream_servers.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let at = serde_json::from_str(&first_line(&mut child))
            .expect("npm ci --prefix tests/clients must have run");
        Self { child, at }
    }

    /// The servers that tests share, each in a world of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Servers> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A world that no other test knows.
    pub(crate) fn world(&self) -> World {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        World {
            root: format!("{}/world-{}-{number}", self.at.url, std::process::id()),
        }
    }

    /// A server that takes connections and never answers.
    pub(crate) fn silent_url(&self) -> &str {
        &self.at.silent
    }

    /// Every connection to them breaks, and no new one is taken.
    pub(crate) fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl PythonServer {
    pub(crate) fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
        let mut child = Command::new(format!("{folder}/.venv/bin/python"))
            .arg("upstream_server.py")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/test makes tests/clients/.venv");
        let url = first_line(&mut child).trim().to_owned();
        Self { child, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    line
}

impl World {
    pub(crate) fn new() -> Self {
        Servers::shared().world()
    }

    /// The endpoint of a kind, with or without a guard before it.
    pub(crate) fn url(&self, kind: &str) -> String {
        format!("{}/{kind}", self.root)
    }

    /// What the servers have seen.
    pub(crate) async fn seen(&self) -> Value {
        let answer = http().get(self.url("state")).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Changes the servers.
    pub(crate) async fn change(&self, settings: Value) {
        let request = http().post(self.url("state")).json(&settings);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
}

impl Upstream {
    /// A fresh tenant with a server connected as `up`; nothing is approved.
    pub(crate) async fn connect(credentials: Value) -> Self {
        Self::connect_on("business", credentials).await
    }

    /// The same for a tenant of a plan.
    pub(crate) async fn connect_on(plan: &str, credentials: Value) -> Self {
        let tenant = Tenant::create(plan).await;
        let connection = tenant.connect_as("mcp", "up", credentials).await;
        Self { tenant, connection }
    }

    /// The same, with every tool approved for reading.
    pub(crate) async fn approved(credentials: Value) -> Self {
        let upstream = Self::connect(credentials).await;
        upstream.refresh().await;
        upstream.approve_all("read").await;
        upstream
    }

    /// A route of the connection's tools.
    pub(crate) async fn tools(&self, action: &str, body: &Value) -> reqwest::Response {
        let path = format!("connections/{}/tools/{action}", self.connection);
        let request = self.tenant.admin(::http::Method::POST, &path);
        request.json(body).send().await.unwrap()
    }

    /// Asks the server for its tools.
    pub(crate) async fn refresh(&self) -> Value {
        let answer = self.tools("refresh", &json!({})).await;
        let status = answer.status();
        let listed: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{listed}");
        listed
    }

    /// What is known of a tool.
    pub(crate) async fn tool(&self, name: &str) -> Value {
        let path = format!("connections/{}/tools", self.connection);
        let listed = self.tenant.get(&path).await;
        let tools = listed["items"].as_array().unwrap();
        let found = tools.iter().find(|tool| tool["name"] == name);
        found.unwrap_or_else(|| panic!("{listed}")).clone()
    }

    /// Approves a tool as it is known now.
    pub(crate) async fn approve(&self, name: &str, access: &str) -> reqwest::Response {
        let sha256 = self.tool(name).await["sha256"].clone();
        let tool = json!({
            "name": name, "sha256": sha256, "access": access, "class": "documents",
        });
        self.tools("approve", &json!({ "tools": [tool] })).await
    }

    async fn approve_all(&self, access: &str) {
        let path = format!("connections/{}/tools", self.connection);
        let listed = self.tenant.get(&path).await;
        let tools: Vec<_> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| {
                json!({
                    "name": tool["name"], "sha256": tool["sha256"],
                    "access": access, "class": "documents",
                })
            })
            .collect();
        let answer = self.tools("approve", &json!({ "tools": tools })).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// The tools that a key sees.
    pub(crate) async fn listed(&self, key: &str) -> Vec<Value> {
        let answer = post(key, &rpc("tools/list", json!({}))).await;
        let mut body: Value = answer.json().await.unwrap();
        match body["result"]["tools"].take() {
            Value::Array(tools) => tools,
            _ => panic!("{body}"),
        }
    }

    /// Calls a tool with the admin's key.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let (_, body) = call(&self.tenant.admin, &format!("up__{tool}"), arguments).await;
        body
    }

    /// Calls `echo` and holds the answer to what was asked.
    pub(crate) async fn echo(&self, text: &str) {
        let body = self.call("echo", json!({ "text": text })).await;
        assert_eq!(body["result"]["structuredContent"]["text"], text, "{body}");
    }

    /// Calls a tool that fails, and gives the words for the assistant.
    pub(crate) async fn failure(&self, tool: &str, arguments: Value) -> String {
        let body = self.call(tool, arguments).await;
        assert_eq!(body["result"]["isError"], true, "{body}");
        body["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
