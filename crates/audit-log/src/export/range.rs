//! The hashes of a whole range, run by run.

use super::{
    Header,
    misfit::{Problem, Where},
    older::OlderCheckpoints,
};
use crate::{
    checkpoint::Checkpoint,
    hash::{LeafHash, TreeHash},
    tree::{Frontier, FrontierError, RUN_LEVEL, Subtree, cover},
};

/// The header's hashes make the checkpoint's root; so each run's entries must make the
/// header's hash of it.
pub(super) struct Range {
    /// The roots of the tree at the range's first entry, and at its end.
    pub(super) edges: (TreeHash, TreeHash),
    /// The tree up to the run that is being read.
    before: Frontier,
    /// The runs to come, the next one last, with the roots that the header says.
    runs: Vec<(Subtree, TreeHash)>,
    /// The entries of the run that is being read.
    within: Frontier,
    /// Roots within it that older checkpoints are to be held against, once it is known to
    /// be what was signed.
    roots: Vec<(u64, TreeHash)>,
}

impl Range {
    pub(super) fn begin(
        header: &Header,
        checkpoint: &Checkpoint,
        older: &mut OlderCheckpoints,
    ) -> Result<Self, Problem> {
        let runs = roots(header.first, header.end, RUN_LEVEL, &header.runs)?;
        let left = roots(0, header.first, u8::MAX, &header.left)?;
        let right = roots(header.end, header.tree_size, u8::MAX, &header.right)?;
        let mut tree = Frontier::default();
        push(&mut tree, &left)?;
        let before = tree.clone();
        push(&mut tree, &runs)?;
        let end = tree.root();
        push(&mut tree, &right)?;
        if tree.root() != checkpoint.root {
            return Err(Problem::Root);
        }
        older.compare(header.first, before.root())?;
        older.compare(header.end, end)?;
        Ok(Self {
            edges: (before.root(), end),
            before,
            runs: runs.into_iter().rev().collect(),
            within: Frontier::default(),
            roots: Vec::new(),
        })
    }

    pub(super) fn entry(
        &mut self,
        index: u64,
        leaf: LeafHash,
        older: &mut OlderCheckpoints,
    ) -> Result<(), (Where, Problem)> {
        let here = |problem| (Where::Entry(index), problem);
        let Some((run, root)) = self.runs.last().copied() else {
            return Err(here(Problem::Root));
        };
        self.within.push(leaf).map_err(|_| here(Problem::Root))?;
        if older.wants(index + 1) {
            let root = self.root().map_err(|_| here(Problem::Root))?;
            self.roots.push((index + 1, root));
        }
        if index + 1 == run.end() {
            if self.within.root() != root {
                let run = match run.level {
                    0 => Where::Entry(index),
                    _ => Where::Entries(run.first(), run.end()),
                };
                return Err((run, Problem::Run));
            }
            push(&mut self.before, &[(run, root)]).map_err(here)?;
            self.within = Frontier::default();
            self.runs.pop();
            for (size, root) in self.roots.drain(..) {
                older.compare(size, root).map_err(here)?;
            }
        }
        Ok(())
    }

    /// The root over everything up to here.
    fn root(&self) -> Result<TreeHash, FrontierError> {
        let mut tree = self.before.clone();
        let within = cover(0, self.within.size(), u8::MAX);
        for (subtree, root) in within.into_iter().zip(self.within.nodes()) {
            tree.push_subtree(subtree.level, *root)?;
        }
        Ok(tree.root())
    }
}

/// The subtrees that cover a part of the tree, with the header's hashes of them.
fn roots(
    first: u64,
    end: u64,
    highest: u8,
    hashes: &[TreeHash],
) -> Result<Vec<(Subtree, TreeHash)>, Problem> {
    let fewest = (end - first) >> highest.min(63);
    if fewest > hashes.len() as u64 {
        return Err(Problem::Root);
    }
    let subtrees = cover(first, end, highest);
    if subtrees.len() != hashes.len() {
        return Err(Problem::Root);
    }
    Ok(subtrees.into_iter().zip(hashes.iter().copied()).collect())
}

fn push(tree: &mut Frontier, roots: &[(Subtree, TreeHash)]) -> Result<(), Problem> {
    for (subtree, root) in roots {
        tree.push_subtree(subtree.level, *root)
            .map_err(|_| Problem::Root)?;
    }
    Ok(())
}
