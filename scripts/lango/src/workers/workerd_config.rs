//! The configuration of plain workerd, in Cap'n Proto's text form.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::archive::Archive;

/// The Worker that keeps the archive, among the services.
pub(crate) const ARCHIVE: &str = "archive";

/// Everything that one process runs.
pub(crate) struct Config {
    /// The sockets, each on loopback.
    pub(crate) sockets: Vec<Socket>,
    /// Servers of this machine that Workers are bound to: name and port.
    pub(crate) neighbours: Vec<(&'static str, u16)>,
    /// Databases of this machine that Workers are bound to: name and port.
    pub(crate) databases: Vec<(String, u16)>,
    /// The Workers.
    pub(crate) workers: Vec<WorkerConfig>,
    /// Where audit logs are archived.
    pub(crate) archive: Option<Archive>,
    /// The folder of the Durable Objects' databases.
    pub(crate) state: String,
    /// A certificate authority that outgoing connections trust, as PEM.
    pub(crate) authority: String,
}

/// A listening socket.
pub(crate) struct Socket {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    /// The header from which `request.cf` is taken, where it is.
    pub(crate) cf_header: Option<&'static str>,
    /// The name of the Worker that it leads to.
    pub(crate) service: String,
}

/// A Worker.
pub(crate) struct WorkerConfig {
    pub(crate) name: String,
    pub(crate) compatibility_date: String,
    pub(crate) compatibility_flags: Vec<String>,
    /// Folder of `index.js` and `index_bg.wasm`, relative to the configuration.
    pub(crate) modules: String,
    pub(crate) bindings: Vec<Binding>,
    /// Classes of Durable Objects.
    pub(crate) classes: Vec<String>,
    /// A folder that it may read as `LANGO_KEY_ENCRYPTION_FOLDER`.
    pub(crate) keys: Option<String>,
    /// Where it may open connections to, other than its bindings.
    pub(crate) network: Network,
}

/// What a Worker reaches. workerd holds the addresses to it that names resolve
/// to, so no name leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Network {
    Nowhere,
    /// The public Internet.
    Public,
    /// That, and these networks of the operator's own.
    And(Vec<String>),
}

/// What a Worker finds in its environment.
pub(crate) enum Binding {
    Text {
        name: String,
        value: String,
    },
    Service {
        name: String,
        service: String,
    },
    DurableObject {
        name: String,
        class: String,
        /// The Worker that has the class, where it is another one.
        of: Option<String>,
    },
    Hyperdrive(Pooled),
}

/// A database by a binding that has a login of its own.
#[derive(Clone)]
pub(crate) struct Pooled {
    /// The binding, and the name of its database among the services.
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) database: String,
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
}

impl Config {
    /// The configuration file's text. It holds secrets.
    pub(crate) fn render(&self) -> String {
        let services: Vec<_> = self.workers.iter().map(WorkerConfig::render).collect();
        let neighbours: Vec<_> = self
            .neighbours
            .iter()
            .map(|(name, port)| {
                format!(
                    "    (name = {}, external = (address = \"127.0.0.1:{port}\", http = ())),\n",
                    quoted(name)
                )
            })
            .collect();
        let databases = self.databases.iter().map(|(name, port)| {
            format!(
                "    (name = {}, external = (address = \"127.0.0.1:{port}\", tcp = ())),\n",
                quoted(name)
            )
        });
        let databases: String = databases.collect();
        let sockets: Vec<_> = self.sockets.iter().map(Socket::render).collect();
        format!(
            "# Written by lango at each start.\n\
             using Workerd = import \"/workerd/workerd.capnp\";\n\n\
             const config :Workerd.Config = (\n  services = [\n{services}{neighbours}{databases}\
             \x20   (name = \"state\", disk = (path = {state}, writable = true)),\n\
             \x20   (name = \"nowhere\", network = (allow = [])),\n\
             \x20   (name = \"public\", network = (allow = [\"public\"], \
             tlsOptions = (trustBrowserCas = true))),\n\
{networks}{folders}{archive}\x20 ],\n  sockets = [\n{sockets}  ],\n);\n",
            services = services.concat(),
            neighbours = neighbours.concat(),
            state = quoted(&self.state),
            networks = self.render_networks(),
            folders = self.render_folders(),
            archive = self
                .archive
                .as_ref()
                .map(Archive::render)
                .unwrap_or_default(),
            sockets = sockets.concat(),
        )
    }
}

impl Archive {
    /// The folder, and the Worker that alone is bound to it: it creates files and reads
    /// them, and reaches nothing else.
    fn render(&self) -> String {
        format!(
            "    (name = \"archive-files\", disk = (path = {}, writable = true)),\n\
             \x20   (name = \"{ARCHIVE}\", worker = (\n\
             \x20     compatibilityDate = \"2026-11-17\",\n\
             \x20     modules = [(name = \"keeper.mjs\", esModule = embed {})],\n\
             \x20     globalOutbound = \"nowhere\",\n\
             \x20     bindings = [(name = \"FILES\", service = \"archive-files\")],\n\
             \x20   )),\n",
            quoted(&self.folder.to_string_lossy()),
            quoted(self.keeper),
        )
    }
}

impl Config {
    /// One for each Worker that reads its keys from a folder. It cannot write there, nor
    /// read what begins with a dot.
    fn render_folders(&self) -> String {
        let folders = self.workers.iter().filter_map(|worker| {
            let folder = worker.keys.as_ref()?;
            Some((worker.keys_name(), folder))
        });
        folders
            .map(|(name, folder)| {
                format!(
                    "    (name = {}, disk = (path = {}, writable = false)),\n",
                    quoted(&name),
                    quoted(folder)
                )
            })
            .collect()
    }

    /// One for each Worker that reaches networks of its own.
    fn render_networks(&self) -> String {
        let own = self
            .workers
            .iter()
            .filter_map(|worker| match &worker.network {
                Network::And(networks) => Some((worker.network_name(), networks)),
                Network::Nowhere | Network::Public => None,
            });
        own.map(|(name, networks)| {
            let allowed: Vec<_> = networks.iter().map(|network| quoted(network)).collect();
            format!(
                "    (name = {}, network = (allow = [{}], \
                 tlsOptions = (trustBrowserCas = true, trustedCertificates = [{}]))),\n",
                quoted(&name),
                [&[quoted("public")], allowed.as_slice()]
                    .concat()
                    .join(", "),
                quoted(&self.authority),
            )
        })
        .collect()
    }
}

impl Socket {
    fn render(&self) -> String {
        let options = self
            .cf_header
            .map(|header| format!("cfBlobHeader = {}", quoted(header)))
            .unwrap_or_default();
        format!(
            "    (name = {}, address = \"127.0.0.1:{}\", http = ({options}), service = {}),\n",
            quoted(self.name),
            self.port,
            quoted(&self.service)
        )
    }
}

impl WorkerConfig {
    fn render(&self) -> String {
        let flags: Vec<_> = self
            .compatibility_flags
            .iter()
            .map(|flag| quoted(flag))
            .collect();
        let mut text = format!(
            "    (name = {}, worker = (\n      compatibilityDate = {},\n      compatibilityFlags = [{}],\n",
            quoted(&self.name),
            quoted(&self.compatibility_date),
            flags.join(", ")
        );
        let (script, wasm) = (
            format!("{}/index.js", self.modules),
            format!("{}/index_bg.wasm", self.modules),
        );
        let outbound = self.network_name();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "      modules = [\n\
             \x20       (name = \"index.js\", esModule = embed {}),\n\
             \x20       (name = \"index_bg.wasm\", wasm = embed {}),\n\
             \x20     ],\n      globalOutbound = \"{outbound}\",\n      bindings = [\n",
            quoted(&script),
            quoted(&wasm)
        );
        text.extend(self.bindings.iter().map(Binding::render));
        if self.keys.is_some() {
            let binding = Binding::Service {
                name: "LANGO_KEY_ENCRYPTION_FOLDER".to_owned(),
                service: self.keys_name(),
            };
            text.push_str(&binding.render());
        }
        text.push_str("      ],\n");
        if !self.classes.is_empty() {
            text.push_str("      durableObjectStorage = (localDisk = \"state\"),\n");
            text.push_str("      durableObjectNamespaces = [\n");
            text.extend(self.classes.iter().map(|class| self.render_class(class)));
            text.push_str("      ],\n");
        }
        text.push_str("    )),\n");
        text
    }

    /// The service that it reads its keys from.
    fn keys_name(&self) -> String {
        format!("keys-of-{}", self.name)
    }

    /// The service that it reaches the network by.
    fn network_name(&self) -> String {
        match &self.network {
            Network::Nowhere => "nowhere".to_owned(),
            Network::Public => "public".to_owned(),
            Network::And(_) => format!("networks-of-{}", self.name),
        }
    }

    /// The unique key names the folder of the class's databases: another one
    /// would be another, empty set of objects.
    fn render_class(&self, class: &str) -> String {
        let key = format!("{}-{class}", self.name);
        format!(
            "        (className = {}, uniqueKey = {}, enableSql = true),\n",
            quoted(class),
            quoted(&key)
        )
    }
}

impl Binding {
    fn render(&self) -> String {
        let (name, kind, value) = match self {
            Self::Text { name, value } => (name, "text", quoted(value)),
            Self::Service { name, service } => (name, "service", quoted(service)),
            Self::DurableObject { name, class, of } => {
                let class = quoted(class);
                let value = match of {
                    Some(worker) => {
                        format!("(className = {class}, serviceName = {})", quoted(worker))
                    }
                    None => class,
                };
                (name, "durableObjectNamespace", value)
            }
            Self::Hyperdrive(pooled) => return pooled.render(),
        };
        format!("        (name = {}, {kind} = {value}),\n", quoted(name))
    }
}

impl Pooled {
    fn render(&self) -> String {
        let name = quoted(&self.name);
        format!(
            "        (name = {name}, hyperdrive = (designator = {name}, database = {}, user = {}, \
             password = {}, scheme = \"postgresql\")),\n",
            quoted(&self.database),
            quoted(&self.user),
            quoted(&self.password)
        )
    }
}

/// A Cap'n Proto text literal.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let worker = |name: &str, network| WorkerConfig {
            name: name.to_owned(),
            compatibility_date: "2026-11-17".to_owned(),
            compatibility_flags: vec!["nodejs_compat".to_owned()],
            modules: format!("workers/{name}"),
            bindings: vec![Binding::Text {
                name: "SECRET".to_owned(),
                value: "{\"a\":\n\"\\\"}".to_owned(),
            }],
            classes: Vec::new(),
            keys: (name == "postgres").then(|| "/data/secrets/connectors/postgres".to_owned()),
            network,
        };
        let mut gateway = worker("gateway", Network::Nowhere);
        gateway.classes = vec!["KeyGate".to_owned()];
        gateway.bindings.push(Binding::DurableObject {
            name: "KEY_GATE".to_owned(),
            class: "KeyGate".to_owned(),
            of: None,
        });
        gateway.bindings.push(Binding::Service {
            name: "CONNECTOR_POSTGRES".to_owned(),
            service: "postgres".to_owned(),
        });
        Config {
            sockets: vec![
                Socket {
                    name: "http",
                    port: 8787,
                    cf_header: None,
                    service: "gateway".to_owned(),
                },
                Socket {
                    name: "edge",
                    port: 8788,
                    cf_header: Some("CF-Blob"),
                    service: "gateway".to_owned(),
                },
            ],
            neighbours: Vec::new(),
            databases: Vec::new(),
            workers: vec![
                gateway,
                worker("postgres", Network::And(vec!["10.20.0.0/16".to_owned()])),
                worker("mcp", Network::Public),
            ],
            archive: Some(Archive {
                folder: "/data/archive".into(),
                keeper: "workers/archive-keeper.mjs",
            }),
            state: "/data/state".to_owned(),
            authority: "-----BEGIN\nabc\n".to_owned(),
        }
    }

    #[test]
    fn only_connectors_reach_the_network() {
        let text = config().render();
        let gateway = text.find("name = \"gateway\"").unwrap();
        let postgres = text.find("name = \"postgres\"").unwrap();
        assert!(text[gateway..postgres].contains("globalOutbound = \"nowhere\""));
        let mcp = text.find("name = \"mcp\"").unwrap();
        assert!(text[postgres..mcp].contains("globalOutbound = \"networks-of-postgres\""));
        assert!(text.contains(
            "(name = \"networks-of-postgres\", network = (allow = [\"public\", \"10.20.0.0/16\"], "
        ));
        assert!(text[mcp..].contains("globalOutbound = \"public\""));
        assert!(text.contains("(name = \"public\", network = (allow = [\"public\"], "));
    }

    #[test]
    fn a_connector_reads_its_own_keys_and_cannot_write_them() {
        let text = config().render();
        assert_eq!(text.matches("LANGO_KEY_ENCRYPTION_FOLDER").count(), 1);
        assert!(
            text.contains(
                "(name = \"LANGO_KEY_ENCRYPTION_FOLDER\", service = \"keys-of-postgres\")"
            )
        );
        assert!(text.contains(
            "(name = \"keys-of-postgres\", disk = (path = \"/data/secrets/connectors/postgres\", \
             writable = false))"
        ));
    }

    #[test]
    fn only_the_keeper_reaches_the_archives_files() {
        let text = config().render();
        let disk = "(name = \"archive-files\", disk = (path = \"/data/archive\", writable = true))";
        assert!(text.contains(disk));
        assert_eq!(text.matches("service = \"archive-files\"").count(), 1);
        let keeper = text.find("(name = \"archive\", worker").unwrap();
        let bound = text.find("service = \"archive-files\"").unwrap();
        assert!(bound > keeper);
        assert!(text[keeper..bound].contains("globalOutbound = \"nowhere\""));
    }

    #[test]
    fn every_socket_is_on_loopback() {
        let text = config().render();
        assert_eq!(text.matches("address = ").count(), 2);
        assert_eq!(text.matches("address = \"127.0.0.1:").count(), 2);
        assert_eq!(text.matches("cfBlobHeader").count(), 1);
    }

    #[test]
    fn the_key_of_a_class_is_stable() {
        let text = config().render();
        assert!(text.contains("uniqueKey = \"gateway-KeyGate\", enableSql = true"));
    }

    #[test]
    fn values_cannot_end_their_literal() {
        assert!(config().render().contains(r#"text = "{\"a\":\n\"\\\"}""#));
    }
}
