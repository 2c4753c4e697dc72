//! The Workers on plain workerd: the self-hosted bundle.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

use super::{
    KEY_ENCRYPTION_KEYS, Reach, Worker, Workers,
    workerd_config::{ARCHIVE, Binding, Config, Network, Socket, WorkerConfig},
};
use crate::{
    data_folder::{DataFolder, write_private},
    supervise,
};

/// Holds the tenants' configuration where there is no D1.
const CONFIG_STORE: (&str, &str) = ("CONFIG_STORE", "ConfigStore");

/// Leads to where audit logs are archived, in place of a bucket.
const ARCHIVE_FOLDER: &str = "LANGO_ARCHIVE_FOLDER";

/// The name of the server on which tests publish documents.
const DEVELOPMENT_CLIENTS: &str = "development-clients";
/// The name of the server on which tests take messages.
const DEVELOPMENT_WHATSAPP: &str = "development-whatsapp";

/// The name of the server on which tests take webhooks.
const DEVELOPMENT_WEBHOOKS: &str = "development-webhooks";

/// What a process of workerd listens on and trusts.
pub(crate) struct Workerd<'a> {
    /// The public port on loopback.
    pub(crate) port: u16,
    /// A second port on which tests say what `request.cf` is.
    pub(crate) edge_port: Option<u16>,
    /// The port on which tests publish assistants' metadata documents.
    pub(crate) clients_port: Option<u16>,
    /// The port on which tests take the messages that would go to WhatsApp.
    pub(crate) whatsapp_port: Option<u16>,
    /// The port on which tests take webhooks.
    pub(crate) webhooks_port: Option<u16>,
    /// Ports that lead straight to connectors, by their kinds: for tests, which stand
    /// for a Worker that is bound by mistake.
    pub(crate) connector_ports: &'a [(&'static str, u16)],
    /// The port of the bare Worker, where there is one.
    pub(crate) bare_port: Option<u16>,
    /// A certificate authority that connectors trust, as PEM.
    pub(crate) authority: &'a str,
}

impl Workerd<'_> {
    /// The process that serves the Workers.
    pub(crate) fn service(
        &self,
        repository: &Path,
        data: &DataFolder,
        workers: &Workers,
    ) -> Result<supervise::Service> {
        let config = data.path("workerd.capnp");
        write_private(&config, self.config(data, workers)?.render().as_bytes())?;
        let mut command = Command::new(program(repository)?);
        command.arg("serve").arg(&config).current_dir(data.root());
        Ok(supervise::Service {
            name: "workerd",
            command,
            log: data.folder("logs")?.join("workerd.log"),
            stop: Signal::SIGTERM,
        })
    }

    fn config(&self, data: &DataFolder, workers: &Workers) -> Result<Config> {
        let gateway_name = &workers.gateway.manifest.name;
        let mut sockets = vec![Socket {
            name: "http",
            port: self.port,
            cf_header: None,
            service: gateway_name.clone(),
        }];
        if let Some(port) = self.edge_port {
            sockets.push(Socket {
                name: "edge",
                port,
                cf_header: Some("CF-Blob"),
                service: gateway_name.clone(),
            });
        }
        sockets.extend(self.connector_ports.iter().map(|(kind, port)| Socket {
            name: kind,
            port: *port,
            cf_header: Some("CF-Blob"),
            service: format!("lango-connector-{}", kind.replace('_', "-")),
        }));
        let mut gateway = worker_config(data, &workers.gateway)?;
        if !workers.gateway.manifest.d1_databases.is_empty() {
            add_class(&mut gateway, CONFIG_STORE.0, CONFIG_STORE.1);
        }
        if workers.archive.is_some() {
            gateway.bindings.push(Binding::Service {
                name: ARCHIVE_FOLDER.to_owned(),
                service: ARCHIVE.to_owned(),
            });
        }
        let mut neighbours = Vec::new();
        if let Some(port) = self.clients_port {
            neighbours.push((DEVELOPMENT_CLIENTS, port));
            gateway.bindings.push(Binding::Service {
                name: "DEVELOPMENT_CLIENTS".to_owned(),
                service: DEVELOPMENT_CLIENTS.to_owned(),
            });
        }
        if let Some(port) = self.whatsapp_port {
            neighbours.push((DEVELOPMENT_WHATSAPP, port));
            gateway.bindings.push(Binding::Service {
                name: "DEVELOPMENT_WHATSAPP".to_owned(),
                service: DEVELOPMENT_WHATSAPP.to_owned(),
            });
        }
        if let Some(port) = self.webhooks_port {
            neighbours.push((DEVELOPMENT_WEBHOOKS, port));
            gateway.bindings.push(Binding::Service {
                name: "DEVELOPMENT_WEBHOOKS".to_owned(),
                service: DEVELOPMENT_WEBHOOKS.to_owned(),
            });
        }
        let mut all = vec![gateway];
        for connector in &workers.connectors {
            all.push(worker_config(data, connector)?);
        }
        if let Some((bare, port)) = workers.bare.as_ref().zip(self.bare_port) {
            sockets.push(Socket {
                name: "bare",
                port,
                cf_header: None,
                service: bare.worker.manifest.name.clone(),
            });
            all.push(worker_config(data, &bare.worker)?);
            all.push(worker_config(data, &bare.upstream)?);
        }
        let pooled = workers.all().flat_map(|worker| &worker.pooled);
        let databases = pooled.map(|it| (it.name.clone(), it.port)).collect();
        Ok(Config {
            sockets,
            neighbours,
            databases,
            workers: all,
            archive: workers.archive.clone(),
            state: data.folder("state")?.to_string_lossy().into_owned(),
            authority: self.authority.to_owned(),
        })
    }
}

fn worker_config(data: &DataFolder, worker: &Worker) -> Result<WorkerConfig> {
    let manifest = &worker.manifest;
    let modules = worker
        .modules
        .strip_prefix(data.root())
        .context("the modules are not in the data folder")?;
    let mut config = WorkerConfig {
        name: manifest.name.clone(),
        compatibility_date: manifest.compatibility_date.clone(),
        compatibility_flags: manifest.compatibility_flags.clone(),
        modules: modules.to_string_lossy().into_owned(),
        bindings: Vec::new(),
        classes: Vec::new(),
        keys: worker
            .keys
            .as_ref()
            .map(|folder| folder.to_string_lossy().into_owned()),
        network: match &worker.reaches {
            Reach::Nothing => Network::Nowhere,
            Reach::Internet => Network::Public,
            Reach::Networks(networks) => {
                let networks = networks.private().iter();
                Network::And(networks.map(ToString::to_string).collect())
            }
        },
    };
    let text = |name: &str, value: &str| Binding::Text {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let variables = manifest.vars.iter().map(|(name, value)| text(name, value));
    config.bindings.extend(variables);
    let secrets = worker.secrets.iter();
    // What is in the folder is read from there.
    let secrets =
        secrets.filter(|(name, _)| worker.keys.is_none() || **name != KEY_ENCRYPTION_KEYS);
    config
        .bindings
        .extend(secrets.map(|(name, value)| text(name, value)));
    config
        .bindings
        .extend(manifest.services.iter().map(|service| Binding::Service {
            name: service.binding.clone(),
            service: service.service.clone(),
        }));
    let pooled = worker.pooled.iter().cloned().map(Binding::Hyperdrive);
    config.bindings.extend(pooled);
    for object in &manifest.durable_objects.bindings {
        match &object.script_name {
            None => add_class(&mut config, &object.name, &object.class_name),
            of => config.bindings.push(Binding::DurableObject {
                name: object.name.clone(),
                class: object.class_name.clone(),
                of: of.clone(),
            }),
        }
    }
    Ok(config)
}

fn add_class(config: &mut WorkerConfig, name: &str, class: &str) {
    if config.classes.iter().any(|known| known == class) {
        return;
    }
    config.classes.push(class.to_owned());
    config.bindings.push(Binding::DurableObject {
        name: name.to_owned(),
        class: class.to_owned(),
        of: None,
    });
}

/// npm's `workerd` is a script that starts this; without it there is one
/// process less to stop.
pub(crate) fn program(repository: &Path) -> Result<std::path::PathBuf> {
    let packages = repository.join("node_modules/@cloudflare");
    let found = std::fs::read_dir(&packages)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("workerd-"))
        })
        .map(|path| path.join("bin/workerd"))
        .find(|path| path.is_file());
    found.with_context(|| format!("there is no workerd in {}: run npm ci", packages.display()))
}
