//! Proofs over stored hashes.

use core::cell::RefCell;
use std::collections::{BTreeMap, btree_map::Entry};

use serde::{Deserialize, Serialize};

use super::cover::{RUN, RUN_LEVEL, Subtree, cover};
use crate::hash::TreeHash;

/// Where a log keeps its hashes.
pub trait HashSource {
    /// Why they could not be read.
    type Error;

    /// The roots of so many complete runs, from a number on (from 0).
    ///
    /// # Errors
    /// When they cannot be read.
    fn runs(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Self::Error>;

    /// The hashes of so many leaves, from an index on. They lie within one run.
    ///
    /// # Errors
    /// When they cannot be read.
    fn leaves(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Self::Error>;
}

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError<E> {
    /// The store failed.
    #[error("the hashes could not be read: {0}")]
    Source(E),
    /// The store has fewer hashes than the tree.
    #[error("hashes of the tree are missing")]
    Missing,
    /// What was asked about does not lie in the tree.
    #[error("the tree is smaller than that")]
    Outside,
}

/// What an export of a range needs to be held against a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeHashes {
    /// The roots of the subtrees that cover everything before.
    pub left: Vec<TreeHash>,
    /// The roots of the subtrees, none larger than a run, that cover the range.
    pub runs: Vec<TreeHash>,
    /// The roots of the subtrees that cover everything after.
    pub right: Vec<TreeHash>,
}

/// A tree of some size over stored hashes. It remembers what it has read: many proofs
/// cost little more than one.
pub struct Tree<S: HashSource> {
    source: S,
    size: u64,
    above: RefCell<BTreeMap<Subtree, TreeHash>>,
    within: RefCell<BTreeMap<u64, Vec<TreeHash>>>,
}

/// How many runs' leaves are remembered.
const RUNS_REMEMBERED: usize = 16;

type Answer<T, S> = Result<T, TreeError<<S as HashSource>::Error>>;

impl<S: HashSource> Tree<S> {
    /// The tree over the first `size` leaves.
    pub const fn new(source: S, size: u64) -> Self {
        Self {
            source,
            size,
            above: RefCell::new(BTreeMap::new()),
            within: RefCell::new(BTreeMap::new()),
        }
    }

    /// How many leaves it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Its root.
    ///
    /// # Errors
    /// [`TreeError`] when hashes are missing.
    pub fn root(&self) -> Answer<TreeHash, S> {
        self.prove(|reader| tlog_tiles::tree_hash(self.size, reader))
            .map(TreeHash::from)
    }

    /// That the leaf of an index is in it: its audit path, from the leaf up.
    ///
    /// # Errors
    /// [`TreeError`] when hashes are missing, or it has no such leaf.
    pub fn inclusion(&self, index: u64) -> Answer<Vec<TreeHash>, S> {
        if index >= self.size {
            return Err(TreeError::Outside);
        }
        self.prove(|reader| tlog_tiles::prove_record(self.size, index, reader))
            .map(hashes)
    }

    /// That it begins with the tree of a smaller size.
    ///
    /// # Errors
    /// [`TreeError`] when hashes are missing, or it is smaller itself.
    pub fn consistency(&self, older: u64) -> Answer<Vec<TreeHash>, S> {
        if older > self.size {
            return Err(TreeError::Outside);
        }
        if older == 0 {
            return Ok(Vec::new());
        }
        self.prove(|reader| tlog_tiles::prove_tree(self.size, older, reader))
            .map(hashes)
    }

    /// What an export of the entries from `first` up to but without `end` needs.
    ///
    /// # Errors
    /// [`TreeError`] when hashes are missing, or the range lies outside.
    pub fn range(&self, first: u64, end: u64) -> Answer<RangeHashes, S> {
        if first > end || end > self.size {
            return Err(TreeError::Outside);
        }
        let roots = |first, end, highest| -> Answer<Vec<TreeHash>, S> {
            let subtrees = cover(first, end, highest);
            subtrees.into_iter().map(|it| self.node(it)).collect()
        };
        Ok(RangeHashes {
            left: roots(0, first, u8::MAX)?,
            runs: roots(first, end, RUN_LEVEL)?,
            right: roots(end, self.size, u8::MAX)?,
        })
    }

    fn prove<T>(
        &self,
        prove: impl FnOnce(&Reader<'_, S>) -> Result<T, tlog_tiles::Error>,
    ) -> Answer<T, S> {
        let reader = Reader {
            tree: self,
            failure: RefCell::new(None),
        };
        prove(&reader).map_err(|_| reader.failure.take().unwrap_or(TreeError::Missing))
    }

    fn node(&self, subtree: Subtree) -> Answer<TreeHash, S> {
        if subtree.level < RUN_LEVEL {
            return self.node_within(subtree);
        }
        if let Some(known) = self.above.borrow().get(&subtree) {
            return Ok(*known);
        }
        let count = 1 << (subtree.level - RUN_LEVEL);
        let runs = self.source.runs(subtree.first() / RUN, count);
        let runs = whole(runs.map_err(TreeError::Source)?, count)?;
        Ok(self.build(subtree, runs))
    }

    /// Hashes upwards, and remembers every node.
    fn build(&self, top: Subtree, runs: Vec<TreeHash>) -> TreeHash {
        let mut known = self.above.borrow_mut();
        let mut nodes = runs;
        for level in RUN_LEVEL..=top.level {
            let first = top.first() >> level;
            known.extend(
                (first..)
                    .zip(&nodes)
                    .map(|(number, node)| (Subtree { level, number }, *node)),
            );
            if level < top.level {
                nodes = above(&nodes);
            }
        }
        nodes.first().copied().unwrap_or(TreeHash::EMPTY)
    }

    fn node_within(&self, subtree: Subtree) -> Answer<TreeHash, S> {
        let run = subtree.first() / RUN;
        let mut within = self.within.borrow_mut();
        if within.len() >= RUNS_REMEMBERED && !within.contains_key(&run) {
            within.clear();
        }
        let leaves = match within.entry(run) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(self.leaves_of(run)?),
        };
        let from = usize::try_from(subtree.first() % RUN).unwrap_or(usize::MAX);
        let mut nodes = leaves
            .get(from..from + (1 << subtree.level))
            .ok_or(TreeError::Missing)?
            .to_vec();
        while nodes.len() > 1 {
            nodes = above(&nodes);
        }
        nodes.first().copied().ok_or(TreeError::Missing)
    }

    fn leaves_of(&self, run: u64) -> Answer<Vec<TreeHash>, S> {
        let first = run * RUN;
        let count = RUN.min(self.size.saturating_sub(first));
        let leaves = self.source.leaves(first, count);
        whole(leaves.map_err(TreeError::Source)?, count)
    }
}

fn above(nodes: &[TreeHash]) -> Vec<TreeHash> {
    nodes
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [left, right] => Some(TreeHash::of_node(*left, *right)),
            _ => None,
        })
        .collect()
}

fn hashes(proof: Vec<tlog_tiles::Hash>) -> Vec<TreeHash> {
    proof.into_iter().map(TreeHash::from).collect()
}

fn whole<E>(hashes: Vec<TreeHash>, count: u64) -> Result<Vec<TreeHash>, TreeError<E>> {
    if hashes.len() as u64 == count {
        Ok(hashes)
    } else {
        Err(TreeError::Missing)
    }
}

/// The library's view of a tree. Its errors have no place for the source's, which is
/// kept beside.
struct Reader<'a, S: HashSource> {
    tree: &'a Tree<S>,
    failure: RefCell<Option<TreeError<S::Error>>>,
}

impl<S: HashSource> tlog_tiles::HashReader for Reader<'_, S> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|index| {
                let (level, number) = tlog_tiles::split_stored_hash_index(*index);
                let node = self.tree.node(Subtree { level, number });
                node.map(Into::into).map_err(|failure| {
                    self.failure.replace(Some(failure));
                    tlog_tiles::Error::IndexesNotInTree
                })
            })
            .collect()
    }
}
