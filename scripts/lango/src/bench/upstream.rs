//! An MCP echo server of the official SDK, called directly and through the
//! gateway.

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The server; it ends with this.
pub(super) struct Upstream {
    _child: Child,
    /// Its endpoint.
    pub(super) url: String,
}

impl Upstream {
    /// Starts it with the Node.js that the tests use.
    pub(super) async fn start(repository: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Addresses {
            url: String,
        }
        let mut child = Command::new("node")
            .arg("upstream_servers.mjs")
            .current_dir(repository.join("tests/clients"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the MCP server")?;
        let output = child.stdout.take().context("the server has no output")?;
        let Some(line) = BufReader::new(output).lines().next_line().await? else {
            bail!("the MCP server did not start: npm ci --prefix tests/clients");
        };
        let at: Addresses =
            serde_json::from_str(&line).context("the MCP server says something else")?;
        Ok(Self {
            _child: child,
            url: format!("{}/bench/new-json", at.url),
        })
    }
}
