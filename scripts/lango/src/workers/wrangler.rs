//! The same Workers on `wrangler dev`, with a real D1 binding.
//!
//! wrangler takes secrets from a `.dev.vars` beside the configuration. So that
//! none of them is written into the tree, each Worker gets a copy of its
//! configuration in the data folder, which differs from the one in the tree in
//! absolute paths, the local variables and the absence of a build command.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Worker, Workers, wrangler_config::WranglerConfig};
use crate::{
    data_folder::{DataFolder, write_private},
    supervise,
};

/// A bucket of wrangler's own making.
const ARCHIVE_BUCKET: &str = "lango-audit-archive";

/// What `wrangler dev` listens on and trusts.
pub(crate) struct Wrangler<'a> {
    /// The public port on loopback.
    pub(crate) port: u16,
    /// A port for wrangler's debugger, which cannot be switched off.
    pub(crate) inspector_port: u16,
    /// A certificate authority that connectors trust.
    pub(crate) authority: &'a Path,
}

impl Wrangler<'_> {
    /// The process that serves the Workers.
    pub(crate) fn service(
        &self,
        repository: &Path,
        data: &DataFolder,
        workers: &Workers,
    ) -> Result<supervise::Service> {
        let mut command = self.command(repository, data)?;
        command.arg("dev");
        let archives = |worker: &Worker| {
            workers.archive.is_some() && worker.manifest.name == workers.gateway.manifest.name
        };
        for worker in workers.all() {
            command
                .arg("--config")
                .arg(write_configuration(data, worker, archives(worker))?);
        }
        command
            .args(["--ip", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--inspector-ip", "127.0.0.1"])
            .args(["--inspector-port", &self.inspector_port.to_string()])
            .args(["--local-protocol", "http", "--live-reload=false"])
            .arg("--show-interactive-dev-session=false")
            .arg("--persist-to")
            .arg(data.folder("wrangler-state")?);
        Ok(supervise::Service {
            name: "wrangler dev",
            command,
            log: data.folder("logs")?.join("workerd.log"),
            stop: Signal::SIGTERM,
        })
    }

    /// Applies the migrations to the local D1 databases; skipped when they are
    /// the ones of the last time, because wrangler takes seconds to say so.
    pub(crate) async fn migrate(
        &self,
        repository: &Path,
        data: &DataFolder,
        workers: &Workers,
    ) -> Result<()> {
        const STAMP: &str = "wrangler-migrations.json";
        let worker = &workers.gateway;
        let digest = migrations_digest(worker)?;
        if data.read_json::<String>(STAMP)?.as_ref() == Some(&digest) {
            return Ok(());
        }
        let config = write_configuration(data, worker, false)?;
        for database in &worker.manifest.d1_databases {
            let mut command = self.command(repository, data)?;
            command
                .args([
                    "d1",
                    "migrations",
                    "apply",
                    &database.binding,
                    "--local",
                    "--config",
                ])
                .arg(&config)
                .arg("--persist-to")
                .arg(data.folder("wrangler-state")?);
            let output = tokio::process::Command::from(command)
                .kill_on_drop(true)
                .output()
                .await
                .context("cannot run wrangler")?;
            if !output.status.success() {
                bail!(
                    "wrangler d1 migrations apply failed:\n{}{}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
        data.write_json(STAMP, &digest)
    }

    /// wrangler without a terminal and without calls home.
    fn command(&self, repository: &Path, data: &DataFolder) -> Result<Command> {
        let mut command = Command::new(node(repository)?);
        command
            .arg(repository.join("node_modules/wrangler/bin/wrangler.js"))
            .current_dir(data.folder("wrangler")?)
            .stdin(std::process::Stdio::null())
            .env("CI", "1")
            .env("WRANGLER_SEND_METRICS", "false")
            // The banner comes with a look for updates.
            .env("WRANGLER_HIDE_BANNER", "true")
            .env(
                "WRANGLER_LOG_PATH",
                data.folder("logs")?.join("wrangler-debug.log"),
            )
            .env("XDG_CONFIG_HOME", data.folder("wrangler-home")?)
            .env("WRANGLER_REGISTRY_PATH", data.folder("wrangler-registry")?)
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("NODE_EXTRA_CA_CERTS", self.authority);
        Ok(command)
    }
}

/// The Node of the lock file: wrangler refuses older ones.
fn node(repository: &Path) -> Result<PathBuf> {
    let packaged = repository.join("node_modules/.bin/node");
    if packaged.is_file() {
        return Ok(packaged);
    }
    let version = Command::new("node").arg("--version").output();
    let major = version.ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.trim_start_matches('v')
            .split('.')
            .next()?
            .parse::<u32>()
            .ok()
    });
    if major.is_some_and(|major| major >= 22) {
        return Ok(PathBuf::from("node"));
    }
    bail!("wrangler needs Node.js 22 or newer: install it and start again.")
}

fn write_configuration(data: &DataFolder, worker: &Worker, archives: bool) -> Result<PathBuf> {
    let mut config = WranglerConfig::read(&worker.folder)?;
    config.set("main", json!(worker.modules.join("index.js")));
    config.set("vars", json!(worker.manifest.vars));
    config.set("services", json!(worker.manifest.services));
    if archives {
        config.bind_archive(ARCHIVE_BUCKET, None);
    }
    // A place in the network; there is none here.
    config.remove("placement");
    config.set_database_id("00000000-0000-4000-8000-000000000001");
    let folder = data.folder("wrangler")?.join(&worker.manifest.name);
    let path = config.write(&folder)?;
    write_private(&folder.join(".dev.vars"), dev_vars(worker).as_bytes())?;
    Ok(path)
}

/// Secrets are JSON without single quotes.
fn dev_vars(worker: &Worker) -> zeroize::Zeroizing<String> {
    let mut text = zeroize::Zeroizing::new(String::new());
    for (name, value) in &worker.secrets {
        for part in [*name, "='", value, "'\n"] {
            text.push_str(part);
        }
    }
    text
}

fn migrations_digest(worker: &Worker) -> Result<String> {
    let mut digest = Sha256::new();
    for database in &worker.manifest.d1_databases {
        let folder = worker
            .folder
            .join(database.migrations_dir.as_deref().unwrap_or("migrations"));
        let mut files: Vec<_> = fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        files.sort();
        for file in files {
            digest.update(file.as_os_str().as_encoded_bytes());
            digest.update(fs::read(&file)?);
        }
    }
    let digest = digest.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
