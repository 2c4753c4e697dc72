//! Where the stack is.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock},
    time::{Duration, Instant},
};

use serde::Deserialize;
use tokio::net::TcpSocket;

/// `dev.json`: what a running stack says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Dev {
    pub(crate) url: String,
    pub(crate) mcp_url: String,
    #[serde(default)]
    pub(crate) edge_url: Option<String>,
    pub(crate) runtime: String,
    pub(crate) keys: BTreeMap<String, String>,
    pub(crate) tenant_id: String,
    pub(crate) users: BTreeMap<String, String>,
    /// Where documents of `clients_origin` are looked for, on plain workerd.
    #[serde(default)]
    pub(crate) clients_port: Option<u16>,
    #[serde(default)]
    pub(crate) clients_origin: Option<String>,
    /// Where messages to WhatsApp go, on plain workerd.
    #[serde(default)]
    pub(crate) whatsapp_port: Option<u16>,
    /// Where webhooks to `webhooks_origin` go, on plain workerd.
    #[serde(default)]
    pub(crate) webhooks_port: Option<u16>,
    #[serde(default)]
    pub(crate) webhooks_origin: Option<String>,
    /// What opens `/metrics`, on plain workerd.
    #[serde(default)]
    pub(crate) metrics_token: Option<String>,
    /// Straight to the connectors, by their kinds, on plain workerd.
    #[serde(default)]
    pub(crate) connectors: BTreeMap<String, String>,
    /// The bare Worker, of a stack with `--bench`.
    #[serde(default)]
    pub(crate) bare_url: Option<String>,
    pub(crate) second_tenant: SecondTenant,
    pub(crate) platform_admin: String,
    #[serde(default)]
    fixture_key: Option<String>,
    pub(crate) database_url: String,
    /// The demo business in MariaDB, with the owner's login, where there is one.
    #[serde(default)]
    pub(crate) mysql_url: Option<String>,
    pub(crate) trap_queries: BTreeMap<String, String>,
    pub(crate) workerd_pid: i32,
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// The other demo tenant.
#[derive(Debug, Deserialize)]
pub(crate) struct SecondTenant {
    pub(crate) tenant_id: String,
    pub(crate) keys: BTreeMap<String, String>,
}

/// The stack that `scripts/test` started.
pub(crate) fn dev() -> &'static Dev {
    static DEV: OnceLock<Dev> = OnceLock::new();
    DEV.get_or_init(|| {
        let path = std::env::var("LANGO_DEV_JSON")
            .expect("run scripts/test, or set LANGO_DEV_JSON to the dev.json of a running stack");
        Dev::read(Path::new(&path))
            .expect("LANGO_DEV_JSON must name the dev.json of a running stack")
    })
}

impl Dev {
    fn read(path: &Path) -> Option<Self> {
        let mut dev: Self = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
        dev.folder = path.parent()?.to_owned();
        Some(dev)
    }

    /// A key of the first demo tenant.
    pub(crate) fn key(&self, role: &str) -> &str {
        &self.keys[role]
    }

    /// A key of the tenant that has nothing but the fixtures.
    pub(crate) fn fixture_key(&self) -> &str {
        self.fixture_key
            .as_deref()
            .expect("the stack runs with --fixtures")
    }

    /// Whether this is plain workerd, or else `wrangler dev`.
    pub(crate) fn is_plain_workerd(&self) -> bool {
        self.runtime == "workerd"
    }
}

/// A stack of a test's own, which is stopped when it is dropped.
pub(crate) struct OwnStack {
    child: Child,
    pub(crate) dev: Dev,
}

/// A port of this machine that is the caller's until the tests end: a socket that is
/// bound and does not listen keeps it, and a server that may reuse addresses, as servers
/// do, listens on it all the same.
pub(crate) fn free_port() -> u16 {
    static HELD: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.set_reuseaddr(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    HELD.lock().unwrap().push(socket);
    port
}

/// Starts `scripts/dev` on a folder; the Wasm is built already.
pub(crate) fn start_own_stack(data: &Path, port: u16) -> OwnStack {
    start_own_stack_with(data, port, &[], &[])
}

/// The same with more options, and with variables in its environment.
pub(crate) fn start_own_stack_with(
    data: &Path,
    port: u16,
    options: &[&str],
    environment: &[(&str, &str)],
) -> OwnStack {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut child = Command::new(format!("{root}/scripts/dev"))
        .args([
            "--fixtures",
            "--stop-with-parent",
            "--port",
            &port.to_string(),
            "--data",
        ])
        .arg(data)
        .args(options)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ready = data.join("dev.json");
    let deadline = Instant::now() + Duration::from_secs(180);
    loop {
        if let Some(dev) = Dev::read(&ready) {
            return OwnStack { child, dev };
        }
        if let Some(status) = child.try_wait().unwrap() {
            panic!("scripts/dev ended before it was ready: {status}");
        }
        assert!(
            Instant::now() < deadline,
            "scripts/dev was not ready in time"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

impl OwnStack {
    /// Waits until everything has stopped, however that came about.
    pub(crate) fn wait(&mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for OwnStack {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let id = self.child.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &id]).status();
            let _ = self.child.wait();
        }
    }
}
