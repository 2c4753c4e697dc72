//! Checkpoints that were kept from before.

use super::misfit::Problem;
use crate::{checkpoint::Checkpoint, hash::TreeHash};

/// What became of an older checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// The log has grown from it.
    Consistent(u64),
    /// The export does not have all entries around its size: nothing can be said.
    NotCovered(u64),
}

/// Checkpoints, and whether each was found to be consistent.
pub(super) struct OlderCheckpoints(Vec<(Checkpoint, bool)>);

impl OlderCheckpoints {
    pub(super) fn new(checkpoints: Vec<Checkpoint>) -> Self {
        let empty = |it: &Checkpoint| it.size == 0 && it.root == TreeHash::EMPTY;
        Self(
            checkpoints
                .into_iter()
                .map(|checkpoint| {
                    let consistent = empty(&checkpoint);
                    (checkpoint, consistent)
                })
                .collect(),
        )
    }

    pub(super) fn wants(&self, size: u64) -> bool {
        self.0.iter().any(|(checkpoint, _)| checkpoint.size == size)
    }

    /// Holds the root at a size against the checkpoints of that size.
    pub(super) fn compare(&mut self, size: u64, root: TreeHash) -> Result<(), Problem> {
        for (checkpoint, consistent) in &mut self.0 {
            if checkpoint.size == size {
                if checkpoint.root != root {
                    return Err(Problem::Older(size));
                }
                *consistent = true;
            }
        }
        Ok(())
    }

    pub(super) fn found(&self, held: &Checkpoint) -> Vec<Older> {
        self.0
            .iter()
            .map(|(checkpoint, consistent)| {
                if *consistent && checkpoint.origin == held.origin {
                    Older::Consistent(checkpoint.size)
                } else {
                    Older::NotCovered(checkpoint.size)
                }
            })
            .collect()
    }
}
