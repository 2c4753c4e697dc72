//! litewitness, which others wrote, cosigns a tenant's checkpoints: two programs that were
//! made from the same specification agree on it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use lango_audit_log::{CheckpointVerifier, witness::WitnessKey};
use serde_json::Value;

use crate::support::{Tenant, dev, free_port, start_own_stack_with};

const NAME: &str = "witness.example/lango";
/// Where it keeps what it has seen.
const MEMORY: &str = "witness.db";

#[tokio::test(flavor = "multi_thread")]
async fn litewitness_cosigns_checkpoints_and_catches_up_after_losing_its_memory() {
    let (true, Some(programs)) = (
        dev().is_plain_workerd(),
        std::env::var_os("LANGO_LITEWITNESS"),
    ) else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("lango-litewitness-{}", std::process::id()));
    let mut witness = Litewitness::with_a_key(programs.into(), &folder);
    let key = witness.key().await;
    let options = [
        format!(
            "LANGO_WITNESS_URL={}",
            dev().webhooks_origin.as_deref().unwrap()
        ),
        format!("LANGO_WITNESS_KEY={key}"),
        "LANGO_WITNESS_SECONDS=1".to_owned(),
    ];
    let options: Vec<_> = options
        .iter()
        .flat_map(|option| ["--var", option])
        .collect();
    let stack = start_own_stack_with(&folder.join("stack"), free_port(), &options, &[]);
    let port = stack.dev.webhooks_port.unwrap();
    let tenant = Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, "enterprise").await;
    let log = Log::of(tenant, &key).await;

    witness.know(&log.origin, &log.own_keys);
    witness.listen(port);
    log.grow().await;
    log.is_signed().await;
    log.grow().await;
    log.is_signed().await;

    // Set up anew it has seen nothing, and is sent the proof from there.
    witness.forget();
    witness.know(&log.origin, &log.own_keys);
    witness.listen(port);
    log.grow().await;
    log.is_signed().await;

    drop((stack, witness));
    fs::remove_dir_all(&folder).unwrap();
}

/// A tenant's log, seen from outside.
struct Log {
    tenant: Tenant,
    origin: String,
    own_keys: Vec<String>,
    witness: WitnessKey,
}

impl Log {
    async fn of(tenant: Tenant, witness: &str) -> Self {
        let known = tenant.get("audit/key").await;
        let keys = known["keys"].as_array().unwrap().iter();
        Self {
            origin: known["origin"].as_str().unwrap().to_owned(),
            own_keys: keys.map(|key| key.as_str().unwrap().to_owned()).collect(),
            witness: WitnessKey::parse(witness).unwrap(),
            tenant,
        }
    }

    /// Something happens that the log takes in.
    async fn grow(&self) {
        self.tenant.key("viewer").await;
    }

    /// Waits until the newest checkpoint is cosigned, and verifies both signatures.
    async fn is_signed(&self) {
        let mut shown = Value::Null;
        for _ in 0..300 {
            shown = self.tenant.get("audit/checkpoint").await;
            if shown["size"].is_u64() && shown["size"] == shown["witness"]["size"] {
                let note = shown["note"].as_str().unwrap();
                let own = self.own_keys.iter().map(String::as_str);
                CheckpointVerifier::parse(own)
                    .unwrap()
                    .verify(note)
                    .unwrap();
                self.witness.read(note, note).unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{shown}");
    }
}

/// A running litewitness, and the agent that holds its key.
struct Litewitness {
    programs: PathBuf,
    folder: PathBuf,
    agent: Child,
    server: Option<Child>,
}

impl Litewitness {
    fn with_a_key(programs: PathBuf, folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let run = |command: &mut Command| assert!(command.status().unwrap().success());
        let file = folder.join("key");
        run(Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&file));
        let socket = folder.join("agent");
        let agent = Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while !socket.exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        run(Command::new("ssh-add")
            .arg("-q")
            .arg(&file)
            .env("SSH_AUTH_SOCK", &socket));
        Self {
            programs,
            folder: folder.to_owned(),
            agent,
            server: None,
        }
    }

    /// Its verifier key, which it says when it starts.
    async fn key(&mut self) -> String {
        self.listen(free_port());
        let key = loop {
            let said = fs::read_to_string(self.folder.join("log")).unwrap();
            if let Some((key, _)) = said
                .split_once("vkey=")
                .and_then(|(_, rest)| rest.split_once('\n'))
            {
                break key.to_owned();
            }
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            assert_eq!(ended, None, "{said}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        self.stop();
        key
    }

    /// Makes it know a log.
    fn know(&mut self, origin: &str, keys: &[String]) {
        self.stop();
        self.control(&["add-log", "-origin", origin]);
        for key in keys {
            self.control(&["add-key", "-origin", origin, "-key", key]);
        }
    }

    /// What it knows is gone.
    fn forget(&mut self) {
        self.stop();
        for part in ["", "-shm", "-wal"] {
            let _ = fs::remove_file(self.folder.join(format!("{MEMORY}{part}")));
        }
    }

    fn listen(&mut self, port: u16) {
        self.stop();
        let fingerprint = Command::new("ssh-keygen")
            .arg("-lf")
            .arg(self.folder.join("key.pub"))
            .output()
            .unwrap();
        let fingerprint = String::from_utf8(fingerprint.stdout).unwrap();
        let log = File::create(self.folder.join("log")).unwrap();
        let server = Command::new(self.programs.join("litewitness"))
            .args(["-name", NAME, "-listen", &format!("127.0.0.1:{port}")])
            .args(["-key", fingerprint.split(' ').nth(1).unwrap()])
            .arg("-ssh-agent")
            .arg(self.folder.join("agent"))
            .arg("-db")
            .arg(self.memory())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.server = Some(server.unwrap());
    }

    fn control(&self, arguments: &[&str]) {
        let (command, rest) = arguments.split_first().unwrap();
        let status = Command::new(self.programs.join("witnessctl"))
            .arg(command)
            .arg("-db")
            .arg(self.memory())
            .args(rest)
            .status();
        assert!(status.unwrap().success());
    }

    fn memory(&self) -> PathBuf {
        self.folder.join(MEMORY)
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }
}

impl Drop for Litewitness {
    fn drop(&mut self) {
        self.stop();
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }
}
