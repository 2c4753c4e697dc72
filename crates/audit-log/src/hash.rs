//! Hashes of the tree, as RFC 6962 makes them.

use core::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

/// The hash of a leaf or of a node: 32 bytes, written as base64 with padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreeHash([u8; 32]);

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub type LeafHash = TreeHash;

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 32 bytes in base64")]
pub struct HashError;

impl TreeHash {
    /// The root of a tree without leaves.
    pub const EMPTY: Self = Self(tlog_tiles::EMPTY_HASH.0);

    /// The hash of a leaf's text.
    #[must_use]
    pub fn of_leaf(leaf: &str) -> Self {
        tlog_tiles::record_hash(leaf.as_bytes()).into()
    }

    /// The hash of a node above two.
    #[must_use]
    pub fn of_node(left: Self, right: Self) -> Self {
        tlog_tiles::node_hash(left.into(), right.into()).into()
    }

    /// From its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From a row's bytes.
    ///
    /// # Errors
    /// [`HashError`] unless there are 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<tlog_tiles::Hash> for TreeHash {
    fn from(hash: tlog_tiles::Hash) -> Self {
        Self(hash.0)
    }
}

impl From<TreeHash> for tlog_tiles::Hash {
    fn from(hash: TreeHash) -> Self {
        Self(hash.0)
    }
}

impl TryFrom<String> for TreeHash {
    type Error = HashError;

    fn try_from(text: String) -> Result<Self, HashError> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| HashError)?;
        Self::from_slice(&bytes)
    }
}

impl From<TreeHash> for String {
    fn from(hash: TreeHash) -> Self {
        BASE64_STANDARD.encode(hash.0)
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from(*self))
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_rfc_6962() {
        let json = serde_json::to_string(&TreeHash::of_leaf("")).unwrap();
        assert_eq!(json, r#""bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=""#);
        let node = TreeHash::of_node(TreeHash::EMPTY, TreeHash::EMPTY);
        assert_eq!(
            serde_json::from_str::<TreeHash>(&format!("\"{node}\"")).unwrap(),
            node
        );
        for text in [r#""""#, r#""YQ==""#, "1"] {
            assert!(serde_json::from_str::<TreeHash>(text).is_err(), "{text}");
        }
    }
}
