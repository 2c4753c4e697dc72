//! The RFC 6962 tree over the leaves' hashes.
//!
//! A log appends to a [`Frontier`], which it stores. Proofs are made by a [`Tree`] over
//! a [`HashSource`]: stored hashes of leaves, and the root of each complete run of
//! [`RUN`] leaves.

mod cover;
mod frontier;
mod source;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use cover::RUN_LEVEL;
pub use cover::{RUN, Subtree, cover};
pub use frontier::{Frontier, FrontierError};
pub use source::{HashSource, RangeHashes, Tree, TreeError};
pub use verify::{Misproof, verify_consistency, verify_inclusion};

/// The largest tree: what crosses JavaScript, and so SQL, unharmed.
pub const MAXIMUM_SIZE: u64 = (1 << 53) - 1;
