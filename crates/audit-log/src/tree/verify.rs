//! Whether a proof shows what it is said to show.

use super::MAXIMUM_SIZE;
use crate::hash::{LeafHash, TreeHash};

/// A proof that shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not lead to the root")]
pub struct Misproof;

/// A root with the size of its tree.
type Head = (u64, TreeHash);

/// Whether the tree has this leaf at this index.
///
/// # Errors
/// [`Misproof`] unless the proof leads from the leaf to the root.
pub fn verify_inclusion(
    proof: &[TreeHash],
    index: u64,
    leaf: LeafHash,
    (size, root): Head,
) -> Result<(), Misproof> {
    let proof = readable(proof, size)?;
    tlog_tiles::check_record(&proof, size, root.into(), index, leaf.into()).map_err(|_| Misproof)
}

/// Whether the newer tree begins with all of the older one.
///
/// # Errors
/// [`Misproof`] unless the proof leads to both roots.
pub fn verify_consistency(
    proof: &[TreeHash],
    (old_size, old_root): Head,
    (size, root): Head,
) -> Result<(), Misproof> {
    let proof = readable(proof, size)?;
    if old_size == 0 {
        let holds = proof.is_empty() && old_root == TreeHash::EMPTY;
        return holds.then_some(()).ok_or(Misproof);
    }
    tlog_tiles::check_tree(&proof, size, root.into(), old_size, old_root.into())
        .map_err(|_| Misproof)
}

/// No proof is longer than a tree is high, twice.
fn readable(proof: &[TreeHash], size: u64) -> Result<Vec<tlog_tiles::Hash>, Misproof> {
    if proof.len() > 128 || size > MAXIMUM_SIZE {
        return Err(Misproof);
    }
    Ok(proof.iter().map(|hash| (*hash).into()).collect())
}
