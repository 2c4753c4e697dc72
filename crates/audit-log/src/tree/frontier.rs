//! The right edge of a growing tree: all that appending and its root need.

use serde::{Deserialize, Serialize};

use super::{MAXIMUM_SIZE, cover::RUN_LEVEL};
use crate::hash::TreeHash;

/// How many leaves there are, and the roots of the complete subtrees that cover them,
/// from left to right: as many as the size has bits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Frontier {
    size: u64,
    nodes: Vec<TreeHash>,
}

/// What is no frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// Not as many nodes as its size has bits.
    #[error("a frontier has as many nodes as its size has bits")]
    Nodes,
    /// A subtree does not begin where the tree ends.
    #[error("the subtree does not begin where the tree ends")]
    Gap,
    /// The tree would be larger than any.
    #[error("the tree is full")]
    Full,
}

#[derive(Deserialize)]
struct Stored {
    size: u64,
    nodes: Vec<TreeHash>,
}

impl TryFrom<Stored> for Frontier {
    type Error = FrontierError;

    fn try_from(stored: Stored) -> Result<Self, FrontierError> {
        Self::from_parts(stored.size, stored.nodes)
    }
}

impl Frontier {
    /// From what was stored.
    ///
    /// # Errors
    /// [`FrontierError`] for what no frontier is.
    pub fn from_parts(size: u64, nodes: Vec<TreeHash>) -> Result<Self, FrontierError> {
        if size > MAXIMUM_SIZE {
            return Err(FrontierError::Full);
        }
        if nodes.len() != size.count_ones() as usize {
            return Err(FrontierError::Nodes);
        }
        Ok(Self { size, nodes })
    }

    /// How many leaves the tree has: the index of the next one.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The nodes, from left to right.
    #[must_use]
    pub fn nodes(&self) -> &[TreeHash] {
        &self.nodes
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let mut nodes = self.nodes.iter().rev().copied();
        let Some(last) = nodes.next() else {
            return TreeHash::EMPTY;
        };
        nodes.fold(last, |right, left| TreeHash::of_node(left, right))
    }

    /// Appends a leaf. The root of the run that it completes, if it completes one.
    ///
    /// # Errors
    /// [`FrontierError::Full`].
    pub fn push(&mut self, leaf: TreeHash) -> Result<Option<TreeHash>, FrontierError> {
        self.push_subtree(0, leaf)
    }

    /// Appends a complete subtree of a height, which must begin where the tree ends. The
    /// root of the run that it completes.
    ///
    /// # Errors
    /// [`FrontierError::Gap`] and [`FrontierError::Full`].
    pub fn push_subtree(
        &mut self,
        level: u8,
        root: TreeHash,
    ) -> Result<Option<TreeHash>, FrontierError> {
        let leaves = 1_u64
            .checked_shl(u32::from(level))
            .filter(|leaves| *leaves <= MAXIMUM_SIZE - self.size)
            .ok_or(FrontierError::Full)?;
        if !self.size.is_multiple_of(leaves) {
            return Err(FrontierError::Gap);
        }
        let (mut level, mut node) = (level, root);
        let mut run = (level == RUN_LEVEL).then_some(node);
        let merges = (self.size >> level).trailing_ones();
        for _ in 0..merges {
            let Some(left) = self.nodes.pop() else {
                return Err(FrontierError::Nodes);
            };
            node = TreeHash::of_node(left, node);
            level += 1;
            if level == RUN_LEVEL {
                run = Some(node);
            }
        }
        self.nodes.push(node);
        self.size += leaves;
        Ok(run)
    }
}
