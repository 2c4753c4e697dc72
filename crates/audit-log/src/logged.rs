//! Entries as the log gives them out.

use serde::{Deserialize, Serialize};

use crate::{
    hash::LeafHash,
    leaf::{LeafError, Opening, read},
    record::Record,
};

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEntry {
    /// Its index, from 0.
    pub index: u64,
    /// The leaf; absent once its content was pruned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// The hash of the leaf.
    pub hash: LeafHash,
    /// What opens the commitments in the leaf, as far as it was not erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<Opening>,
}

/// What a search has found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The entries.
    pub entries: Vec<LoggedEntry>,
    /// Where the next page begins: the `before` of its query. `None` on the last one.
    pub next: Option<u64>,
    /// How many entries the log has.
    pub size: u64,
}

impl LoggedEntry {
    /// What it says; `None` once its content was pruned.
    ///
    /// # Errors
    /// [`LeafError`] when what is stored is no record.
    pub fn record(&self) -> Result<Option<Record>, LeafError> {
        self.leaf
            .as_deref()
            .map(|leaf| read(leaf, &self.openings))
            .transpose()
    }
}
