//! What the operator lets connectors reach.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::{address, host::HostPort};

/// The Internet, and whatever else the configuration names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    private: Vec<IpNet>,
    /// Names that mean something inside: `erp`, or all below one: `.corp`.
    names: Vec<String>,
    plaintext: bool,
}

/// What is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworksError {
    /// Neither a network nor a name.
    #[error(
        "{0:?} is neither a network such as 10.20.0.0/16, nor a host name, nor a suffix of names such as .corp"
    )]
    Entry(String),
    /// Nobody connects there.
    #[error("{0:?} has link-local addresses, where clouds answer questions about themselves")]
    LinkLocal(String),
    /// Neither of the two words.
    #[error("plaintext must be refuse, or private for the networks that are named")]
    Plaintext,
}

/// Names that only mean something inside a network (RFC 6761, RFC 6762, and what
/// clouds use); names without a dot do too.
const INSIDE: [&str; 9] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
];
/// The name under which a cloud's machines ask about themselves.
const METADATA: &str = "metadata.google.internal";

impl Networks {
    /// The Internet over TLS, and nothing else.
    #[must_use]
    pub fn public() -> Self {
        Self::default()
    }

    /// Reads the configuration: networks, names and suffixes of names that stand for
    /// the operator's own machines, separated by commas; and whether those may be
    /// spoken to without TLS (`private`) or nobody (`refuse`).
    ///
    /// # Errors
    /// [`NetworksError`] names the entry that does not fit.
    pub fn parse(private: &str, plaintext: &str) -> Result<Self, NetworksError> {
        let mut networks = Self {
            plaintext: match plaintext {
                "" | "refuse" => false,
                "private" => true,
                _ => return Err(NetworksError::Plaintext),
            },
            ..Self::default()
        };
        let entries = private.split(',').map(str::trim);
        for entry in entries.filter(|entry| !entry.is_empty()) {
            networks.add(entry)?;
        }
        Ok(networks)
    }

    fn add(&mut self, entry: &str) -> Result<(), NetworksError> {
        if let Some(network) = as_network(entry) {
            if address::is_link_local(network.network())
                || address::is_link_local(network.broadcast())
            {
                return Err(NetworksError::LinkLocal(entry.to_owned()));
            }
            self.private.push(network);
            return Ok(());
        }
        let name = entry.strip_prefix('.').unwrap_or(entry);
        match HostPort::new(name, 1)
            .ok()
            .as_ref()
            .and_then(HostPort::name)
        {
            Some(METADATA) => Err(NetworksError::LinkLocal(entry.to_owned())),
            Some(normal) => {
                let dot = if name == entry { "" } else { "." };
                self.names.push(format!("{dot}{normal}"));
                Ok(())
            }
            None => Err(NetworksError::Entry(entry.to_owned())),
        }
    }

    /// The operator's own networks.
    #[must_use]
    pub fn private(&self) -> &[IpNet] {
        &self.private
    }

    /// Whether TLS may be left out towards the operator's own machines.
    pub(crate) fn takes_plaintext(&self) -> bool {
        self.plaintext
    }

    pub(crate) fn place(&self, host: &HostPort) -> Place {
        match (host.address(), host.name()) {
            (Some(address), _) => self.place_of_address(address),
            (None, Some(name)) => self.place_of_name(name),
            (None, None) => Place::Elsewhere,
        }
    }

    fn place_of_address(&self, address: IpAddr) -> Place {
        if address::is_link_local(address) {
            Place::LinkLocal
        } else if self
            .private
            .iter()
            .any(|network| network.contains(&address))
        {
            Place::Named
        } else if address::is_public(address) {
            Place::Internet
        } else {
            Place::Elsewhere
        }
    }

    fn place_of_name(&self, name: &str) -> Place {
        if name == METADATA {
            return Place::LinkLocal;
        }
        let is_named = self.names.iter().any(|known| {
            known == name || (known.starts_with('.') && name.ends_with(known.as_str()))
        });
        if is_named {
            return Place::Named;
        }
        match name.rsplit_once('.') {
            Some((_, last)) if !INSIDE.contains(&last) => Place::Internet,
            _ => Place::Elsewhere,
        }
    }
}

/// An address alone is the network of it.
fn as_network(entry: &str) -> Option<IpNet> {
    let network = entry.parse::<IpNet>().ok().map(|network| network.trunc());
    network.or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Where a host is, as far as its name or address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the public Internet.
    Internet,
    /// In what the configuration names.
    Named,
    /// In some other network.
    Elsewhere,
    /// Where nobody connects.
    LinkLocal,
}
