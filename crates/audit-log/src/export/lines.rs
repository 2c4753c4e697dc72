//! The lines of an export. They are read by others and therefore pinned in tests.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    hash::{LeafHash, TreeHash},
    leaf::Opening,
    logged::LoggedEntry,
    tree::RangeHashes,
};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A line of an export: a header, entries, and an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Header(Header),
    /// An entry.
    Entry(ProvenEntry),
    /// The last line: without it something is missing.
    End(End),
}

/// What is exported, and the checkpoint it is held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`VERSION`].
    pub version: u32,
    /// Which log.
    pub origin: String,
    /// How many entries it has at the checkpoint.
    pub tree_size: u64,
    /// The index of the first entry of the range.
    pub first: u64,
    /// The index after its last.
    pub end: u64,
    /// The signed note.
    pub checkpoint: String,
    /// The roots of the subtrees that cover everything before the range. In a filtered
    /// export there are none of the three: each entry has a proof.
    pub left: Vec<TreeHash>,
    /// The roots of the subtrees, none larger than a run, that cover the range.
    pub runs: Vec<TreeHash>,
    /// The roots of the subtrees that cover everything after it.
    pub right: Vec<TreeHash>,
    /// What the entries were selected by; null when all of the range are there.
    pub filter: Option<Value>,
}

/// An entry, with its proof in a filtered export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenEntry {
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
    /// Its audit path in the tree of the checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Vec<TreeHash>>,
}

/// The last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// How many entries there were.
    pub entries: u64,
}

/// An entry with its tag: read at once, where the enum would be read twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagged {
    #[serde(rename = "kind")]
    _kind: EntryKind,
    index: u64,
    #[serde(default)]
    leaf: Option<String>,
    hash: LeafHash,
    #[serde(default)]
    openings: Vec<Opening>,
    #[serde(default)]
    proof: Option<Vec<TreeHash>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum EntryKind {
    Entry,
}

impl From<Tagged> for ProvenEntry {
    fn from(entry: Tagged) -> Self {
        Self {
            index: entry.index,
            leaf: entry.leaf,
            hash: entry.hash,
            openings: entry.openings,
            proof: entry.proof,
        }
    }
}

impl Header {
    /// The header of an export of the entries from `first` up to but without `end`, held
    /// against a note.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] when the note is none.
    pub fn new(
        note: String,
        first: u64,
        end: u64,
        RangeHashes { left, runs, right }: RangeHashes,
        filter: Option<Value>,
    ) -> Result<Self, CheckpointError> {
        let Checkpoint { origin, size, .. } = Checkpoint::unverified(&note)?;
        Ok(Self {
            version: VERSION,
            origin,
            tree_size: size,
            first,
            end,
            checkpoint: note,
            left,
            runs,
            right,
            filter,
        })
    }
}

impl ProvenEntry {
    /// An entry as a line of an export.
    #[must_use]
    pub fn new(entry: LoggedEntry, proof: Option<Vec<TreeHash>>) -> Self {
        Self {
            index: entry.index,
            leaf: entry.leaf,
            hash: entry.hash,
            openings: entry.openings,
            proof,
        }
    }
}

impl Line {
    /// Reads a line, without its line feed.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        if text.starts_with(r#"{"kind":"entry","#) {
            return serde_json::from_str(text).map(|entry: Tagged| Self::Entry(entry.into()));
        }
        serde_json::from_str(text)
    }

    /// The line, with its line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
