//! The Workers of a local stack: which ones, with which variables and secrets,
//! from the `wrangler.toml` of each.

mod archive;
mod bare;
mod manifest;
mod workerd;
mod workerd_config;
mod wrangler;
mod wrangler_config;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use lango_egress::Networks;
use zeroize::Zeroizing;

pub(crate) use self::{
    archive::Archive,
    manifest::Manifest,
    workerd::{Workerd, program as workerd_program},
    workerd_config::{Binding, Config, Network, Socket, WorkerConfig},
    wrangler::Wrangler,
    wrangler_config::WranglerConfig,
};
use self::{bare::Bare, manifest::Service, workerd_config::Pooled};
use crate::{
    data_folder::{DataFolder, create_private_folder},
    secrets::{self, CheckpointKeys, GatewaySecret, KeyEncryptionKeys, SigningKeySet},
    site::Stated,
};

/// Who signs and who accepts the tokens of a local stack. Independent of its
/// port, so that keys outlive a change of it.
pub(crate) const ISSUER: &str = "urn:lango:dev";
/// See [`ISSUER`].
pub(crate) const AUDIENCE: &str = "urn:lango:dev:gateway";

/// The secret of a connector's key-encryption keys.
const KEY_ENCRYPTION_KEYS: &str = "LANGO_KEY_ENCRYPTION_KEYS";
/// The file of them, in the folder that a connector on plain workerd is bound to.
const KEY_ENCRYPTION_KEYS_FILE: &str = "key-encryption-keys.json";

/// Systems of tests, which are one Wasm with the fixtures.
const SYSTEM_OF_FIXTURES: &str = "fixtures_";

/// Where the clients of tests publish their metadata. The name exists nowhere.
pub(crate) const DEVELOPMENT_CLIENT_ORIGIN: &str = "https://assistant.test";

/// Where tests take webhooks. The name exists nowhere.
pub(crate) const DEVELOPMENT_WEBHOOK_ORIGIN: &str = "https://receiver.test";

/// A Worker to be run.
pub(crate) struct Worker {
    /// Its `wrangler.toml`, with what the local stack adds.
    manifest: Manifest,
    /// The folder of its `wrangler.toml`.
    folder: PathBuf,
    /// Its modules, copied to where a rebuild does not touch them.
    modules: PathBuf,
    /// Secrets by the names of their bindings.
    secrets: BTreeMap<&'static str, Zeroizing<String>>,
    /// The folder of a connector's key-encryption keys. Plain workerd reads it anew, so
    /// that they are rotated without a restart; elsewhere they are a secret.
    keys: Option<PathBuf>,
    /// What it may connect to, other than its bindings.
    reaches: Reach,
    /// The databases that it is bound to by Hyperdrive, on plain workerd.
    pooled: Vec<Pooled>,
}

/// What a Worker may connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    Nothing,
    Internet,
    /// That, and the operator's own.
    Networks(Networks),
}

/// What connectors may connect to besides the Internet.
#[derive(Debug, Clone)]
pub(crate) struct PrivateNetworks {
    /// As `LANGO_PRIVATE_NETWORKS` has them.
    pub(crate) list: String,
    /// As `LANGO_OUTBOUND_PLAINTEXT` has it.
    pub(crate) plaintext: String,
}

/// What the connector of other MCP servers may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UpstreamNetworks {
    /// The Internet, over https.
    Public,
    /// This machine and its networks as well.
    Private,
}

/// The Workers of a stack.
pub(crate) struct Workers {
    gateway: Worker,
    connectors: Vec<Worker>,
    /// Only where `scripts/bench` measures, and only on plain workerd.
    bare: Option<Bare>,
    /// Where audit logs are archived, if they are.
    archive: Option<Archive>,
}

impl Workers {
    /// Collects the built Workers with their secrets: the gateway and the named
    /// connectors.
    pub(crate) fn collect(
        repository: &Path,
        data: &DataFolder,
        connectors: &[&str],
        networks: &PrivateNetworks,
        upstreams: UpstreamNetworks,
    ) -> Result<Self> {
        let signing_keys =
            secrets::load_or_generate(&signing_keys_file(data)?, SigningKeySet::generate)?;
        let mut gateway = Worker::load(data, repository, "gateway")?;
        gateway
            .secrets
            .insert("LANGO_SIGNING_KEYS", signing_keys.to_json()?);
        let gateway_key = secrets::load_or_generate(
            &data.folder("secrets")?.join("gateway-key.json"),
            GatewaySecret::generate,
        )?;
        gateway
            .secrets
            .insert("LANGO_GATEWAY_KEY", gateway_key.text().clone());
        let checkpoint_keys = secrets::load_or_generate(
            &data.folder("secrets")?.join("checkpoint-keys.json"),
            CheckpointKeys::generate,
        )?;
        gateway
            .secrets
            .insert("LANGO_CHECKPOINT_KEYS", checkpoint_keys.to_json()?);
        gateway.run_on_loopback();
        // Assistants' metadata documents. No private address: whoever names a
        // document has not signed in.
        gateway.reaches = Reach::Internet;
        let connectors = connectors
            .iter()
            .map(|kind| connector(repository, data, kind, networks, upstreams, &gateway_key))
            .collect::<Result<Vec<_>>>()?;
        for (kind, worker) in &connectors {
            gateway.bind_connector(kind, &worker.manifest.name);
        }
        let connectors = connectors.into_iter().map(|(_, worker)| worker).collect();
        Ok(Self {
            gateway,
            connectors,
            bare: None,
            archive: None,
        })
    }

    /// Has the gateway take documents of one made-up origin from a port of this
    /// machine: tests publish assistants' metadata there.
    pub(crate) fn add_development_clients(&mut self) {
        self.gateway.manifest.vars.insert(
            "LANGO_DEVELOPMENT_CLIENT_ORIGIN".to_owned(),
            DEVELOPMENT_CLIENT_ORIGIN.to_owned(),
        );
    }

    /// Has the gateway's messages to WhatsApp taken by a port of this machine.
    pub(crate) fn add_development_whatsapp(&mut self) -> Result<()> {
        let variables = [
            ("LANGO_DEVELOPMENT_WHATSAPP", "yes"),
            ("LANGO_WHATSAPP_PHONE_NUMBER_ID", "106540352242922"),
            ("LANGO_WHATSAPP_TEMPLATE", "lango_code"),
            ("LANGO_WHATSAPP_ALERT_TEMPLATE", "lango_alert"),
            ("LANGO_WHATSAPP_LANGUAGE", "en"),
        ];
        for (name, value) in variables {
            self.set(name, value);
        }
        self.gateway
            .secrets
            .insert("LANGO_WHATSAPP_TOKEN", secrets::random_text()?);
        Ok(())
    }

    /// Has the webhooks of one made-up origin taken by a port of this machine, and lets
    /// whoever has the token read the numbers: it is the answer.
    pub(crate) fn add_development_webhooks(&mut self) -> Result<Zeroizing<String>> {
        self.set(
            "LANGO_DEVELOPMENT_WEBHOOK_ORIGIN",
            DEVELOPMENT_WEBHOOK_ORIGIN,
        );
        self.set("LANGO_METRICS_TENANTS", "yes");
        let token = secrets::random_text()?;
        self.gateway
            .secrets
            .insert("LANGO_METRICS_TOKEN", token.clone());
        Ok(token)
    }

    /// Binds connections of tests to a database by Hyperdrive, as an operator does:
    /// `<tenant>/<connection>`, and the address with the login.
    pub(crate) fn add_development_hyperdrive(
        &mut self,
        connections: &[&str],
        url: &str,
    ) -> Result<()> {
        const BINDING: &str = "HYPERDRIVE_OF_TESTS";
        let config: tokio_postgres::Config = url.parse()?;
        let password = std::str::from_utf8(config.get_password().unwrap_or_default())?;
        let pooled = Pooled {
            name: BINDING.to_owned(),
            port: config.get_ports().first().copied().unwrap_or(5432),
            database: config.get_dbname().unwrap_or_default().to_owned(),
            user: config.get_user().unwrap_or_default().to_owned(),
            password: Zeroizing::new(password.to_owned()),
        };
        let bound: BTreeMap<_, _> = connections.iter().map(|it| (*it, BINDING)).collect();
        let variable = serde_json::to_string(&bound)?;
        let named = |it: &&mut Worker| it.manifest.name == "lango-connector-postgres";
        if let Some(worker) = self.connectors.iter_mut().find(named) {
            let vars = &mut worker.manifest.vars;
            vars.insert("LANGO_HYPERDRIVE".to_owned(), variable);
            worker.pooled.push(pooled);
        }
        Ok(())
    }

    /// Sets a variable of the gateway's.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.gateway
            .manifest
            .vars
            .insert(name.to_owned(), value.to_owned());
    }

    /// Has audit logs archived.
    pub(crate) fn archive_to(&mut self, archive: Option<Archive>) {
        self.archive = archive;
    }

    /// Tells the connectors where the deployment says that it stands.
    pub(crate) fn state(&mut self, stated: &Stated) {
        for connector in &mut self.connectors {
            let vars = &mut connector.manifest.vars;
            vars.insert("LANGO_SITE".to_owned(), stated.statement.clone());
            vars.insert("LANGO_DEPLOYMENT_KEY".to_owned(), stated.key.clone());
        }
    }

    /// Adds the Worker that the governed call is measured against.
    pub(crate) fn add_bare(&mut self, repository: &Path, data: &DataFolder) -> Result<()> {
        self.bare = Some(Bare::load(repository, data)?);
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Worker> {
        [&self.gateway].into_iter().chain(&self.connectors)
    }
}

/// Where a data folder has its signing keys.
pub(crate) fn signing_keys_file(data: &DataFolder) -> Result<PathBuf> {
    Ok(data.folder("secrets")?.join("signing-keys.json"))
}

/// The folder that has one connector's key-encryption keys and nothing else: the
/// connector can read the whole of it.
fn key_folder(data: &DataFolder, kind: &str) -> Result<PathBuf> {
    let secrets = data.folder("secrets")?;
    let folder = secrets.join("connectors").join(kind);
    create_private_folder(&folder)?;
    // Where they were before they had folders of their own.
    let before = secrets.join(format!("key-encryption-keys-{kind}.json"));
    let file = folder.join(KEY_ENCRYPTION_KEYS_FILE);
    if before.exists() && !file.exists() {
        fs::rename(before, file).context("cannot move the key-encryption keys")?;
    }
    Ok(folder)
}

fn connector<'a>(
    repository: &Path,
    data: &DataFolder,
    kind: &'a str,
    networks: &PrivateNetworks,
    upstreams: UpstreamNetworks,
    gateway_key: &GatewaySecret,
) -> Result<(&'a str, Worker)> {
    let is_fixture = kind.starts_with(SYSTEM_OF_FIXTURES);
    let code = if is_fixture { "fixtures" } else { kind };
    let folder = repository.join("connectors").join(code);
    let mut worker = Worker::load(data, &folder, kind)?;
    if is_fixture {
        worker.manifest.name = format!("lango-connector-{}", kind.replace('_', "-"));
        let variable = ("LANGO_FIXTURE".to_owned(), kind.to_owned());
        worker.manifest.vars.extend([variable]);
    }
    if kind != "mcp" || upstreams == UpstreamNetworks::Private {
        worker.reach(networks)?;
    } else {
        worker.reaches = Reach::Internet;
    }
    // Its own and no other's: a connector opens only what was sealed for it.
    let folder = key_folder(data, kind)?;
    let file = folder.join(KEY_ENCRYPTION_KEYS_FILE);
    let keys = secrets::load_or_generate(&file, KeyEncryptionKeys::generate)?;
    worker.secrets.insert(KEY_ENCRYPTION_KEYS, keys.to_json()?);
    worker.keys = Some(folder);
    worker
        .secrets
        .insert("LANGO_ENVELOPE_KEYS", gateway_key.envelope_keys(kind)?);
    Ok((kind, worker))
}

impl Worker {
    fn load(data: &DataFolder, folder: &Path, name: &str) -> Result<Self> {
        let modules = data.folder("workers")?.join(name);
        copy_modules(&folder.join("build"), &modules)?;
        Ok(Self {
            manifest: Manifest::read(folder)?,
            folder: folder.to_owned(),
            modules,
            secrets: BTreeMap::new(),
            keys: None,
            reaches: Reach::Nothing,
            pooled: Vec::new(),
        })
    }

    /// The connector refuses what a host says of itself; the network what a name means.
    fn reach(&mut self, networks: &PrivateNetworks) -> Result<()> {
        let PrivateNetworks { list, plaintext } = networks;
        self.reaches = Reach::Networks(Networks::parse(list, plaintext)?);
        let variables = [
            ("LANGO_PRIVATE_NETWORKS", list),
            ("LANGO_OUTBOUND_PLAINTEXT", plaintext),
        ];
        for (name, value) in variables {
            self.manifest.vars.insert(name.to_owned(), value.clone());
        }
        Ok(())
    }

    /// Plain HTTP is fine between programs of one machine.
    fn run_on_loopback(&mut self) {
        let variables = [
            ("LANGO_ISSUER", ISSUER),
            ("LANGO_AUDIENCE", AUDIENCE),
            ("LANGO_PLAINTEXT", "loopback"),
            // Each request says under which name of loopback it came.
            ("LANGO_PUBLIC_ORIGIN", ""),
            ("LANGO_DEVELOPMENT_SIGN_IN", "demo"),
        ];
        for (name, value) in variables {
            self.manifest.vars.insert(name.to_owned(), value.to_owned());
        }
    }

    fn bind_connector(&mut self, kind: &str, service: &str) {
        let binding = format!("CONNECTOR_{}", kind.to_uppercase());
        self.manifest
            .services
            .retain(|known| known.binding != binding);
        self.manifest.services.push(Service {
            binding,
            service: service.to_owned(),
        });
    }
}

/// A running stack keeps its modules while the tree is built anew.
fn copy_modules(build: &Path, target: &Path) -> Result<()> {
    create_private_folder(target)?;
    for name in ["index.js", "index_bg.wasm"] {
        fs::copy(build.join(name), target.join(name))
            .with_context(|| format!("{} is not built: run scripts/build", build.display()))?;
    }
    Ok(())
}
