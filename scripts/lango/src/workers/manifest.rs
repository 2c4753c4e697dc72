//! A Worker's `wrangler.toml`, as far as the local stacks need it. Bindings
//! stand there and nowhere else.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// What a `wrangler.toml` says.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Manifest {
    /// The Worker's name, which service bindings refer to.
    pub(crate) name: String,
    /// Which behaviour of the runtime it was written for.
    pub(crate) compatibility_date: String,
    /// Deviations from that.
    #[serde(default)]
    pub(crate) compatibility_flags: Vec<String>,
    /// Variables in the clear.
    #[serde(default)]
    pub(crate) vars: BTreeMap<String, String>,
    /// Bindings of Durable Objects.
    #[serde(default)]
    pub(crate) durable_objects: DurableObjects,
    /// Bindings of other Workers.
    #[serde(default)]
    pub(crate) services: Vec<Service>,
    /// Bindings of D1 databases.
    #[serde(default)]
    pub(crate) d1_databases: Vec<D1Database>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct DurableObjects {
    #[serde(default)]
    pub(crate) bindings: Vec<DurableObject>,
}

/// A binding of a Durable Object's class.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DurableObject {
    pub(crate) name: String,
    pub(crate) class_name: String,
    /// The Worker that has the class, where it is another one.
    pub(crate) script_name: Option<String>,
}

/// A binding of another Worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) binding: String,
    pub(crate) service: String,
}

/// A binding of a D1 database.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct D1Database {
    pub(crate) binding: String,
    pub(crate) migrations_dir: Option<String>,
}

impl Manifest {
    /// Reads the `wrangler.toml` of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("wrangler.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not valid", path.display()))
    }
}
