//! The tree against `ct-merkle`, an implementation of RFC 6962 that shares nothing with it.

use core::convert::Infallible;

use ct_merkle::{HashableLeaf, RootHash, digest::Update, mem_backed_tree::MemoryBackedTree};
use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::hash::TreeHash;

struct Leaf(String);

impl HashableLeaf for Leaf {
    fn hash<H: Update>(&self, hasher: &mut H) {
        hasher.update(self.0.as_bytes());
    }
}

fn leaf(index: u64) -> String {
    format!("leaf {index}")
}

fn reference(size: u64) -> MemoryBackedTree<Sha256, Leaf> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|index| tree.push(Leaf(leaf(index))));
    tree
}

/// What a log stores.
#[derive(Default)]
struct Stored {
    frontier: Frontier,
    leaves: Vec<TreeHash>,
    runs: Vec<TreeHash>,
}

impl Stored {
    fn of(size: u64) -> Self {
        let mut stored = Self::default();
        for index in 0..size {
            let hash = TreeHash::of_leaf(&leaf(index));
            stored.leaves.push(hash);
            stored.runs.extend(stored.frontier.push(hash).unwrap());
        }
        stored
    }
}

fn part(hashes: &[TreeHash], first: u64, count: u64) -> Vec<TreeHash> {
    let (first, count) = (first as usize, count as usize);
    hashes[first..].iter().take(count).copied().collect()
}

impl HashSource for &Stored {
    type Error = Infallible;

    fn runs(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Infallible> {
        Ok(part(&self.runs, first, count))
    }

    fn leaves(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Infallible> {
        assert!(count > 0 && first / RUN == (first + count - 1) / RUN);
        Ok(part(&self.leaves, first, count))
    }
}

fn root_of(tree: &MemoryBackedTree<Sha256, Leaf>) -> TreeHash {
    let root: RootHash<Sha256> = tree.root();
    TreeHash::from_slice(root.as_bytes()).unwrap()
}

fn bytes(proof: &[TreeHash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn changed(proof: &[TreeHash], which: usize) -> Vec<TreeHash> {
    let mut proof = proof.to_vec();
    let which = which % proof.len().max(1);
    match proof.get_mut(which) {
        Some(hash) => *hash = TreeHash::of_node(*hash, *hash),
        None => proof.push(TreeHash::EMPTY),
    }
    proof
}

#[test]
fn covers_are_the_fewest() {
    let pairs = |first, end, highest| -> Vec<_> {
        cover(first, end, highest)
            .into_iter()
            .map(|it| (it.level, it.first(), it.end()))
            .collect()
    };
    assert_eq!(pairs(0, 7, 60), [(2, 0, 4), (1, 4, 6), (0, 6, 7)]);
    assert_eq!(
        pairs(3, 13, 60),
        [(0, 3, 4), (2, 4, 8), (2, 8, 12), (0, 12, 13)]
    );
    assert_eq!(pairs(0, 8, 2), [(2, 0, 4), (2, 4, 8)]);
    assert!(pairs(5, 5, 60).is_empty());
}

#[test]
fn what_is_stored_of_a_frontier_is_read_strictly() {
    let frontier = Stored::of(300).frontier;
    let json = serde_json::to_string(&frontier).unwrap();
    assert_eq!(serde_json::from_str::<Frontier>(&json).unwrap(), frontier);
    assert_eq!(
        Frontier::from_parts(3, vec![TreeHash::EMPTY]),
        Err(FrontierError::Nodes)
    );
    assert_eq!(
        Frontier::default().push_subtree(60, TreeHash::EMPTY),
        Err(FrontierError::Full)
    );
    let mut frontier = frontier;
    assert_eq!(
        frontier.push_subtree(3, TreeHash::EMPTY),
        Err(FrontierError::Gap)
    );
    assert_eq!(serde_json::to_string(&frontier).unwrap(), json);
}

#[test]
fn the_empty_tree_is_a_tree() {
    assert_eq!(Frontier::default().root(), TreeHash::EMPTY);
    let stored = Stored::default();
    let tree = Tree::new(&stored, 0);
    assert_eq!(tree.root(), Ok(TreeHash::EMPTY));
    assert_eq!(tree.inclusion(0), Err(TreeError::Outside));
    assert_eq!(tree.range(0, 0), Ok(RangeHashes::default()));
    let head = (5, TreeHash::EMPTY);
    assert_eq!(verify_consistency(&[], (0, TreeHash::EMPTY), head), Ok(()));
    assert!(verify_consistency(&[], (0, TreeHash::of_leaf("x")), head).is_err());
}

#[test]
fn missing_hashes_make_no_proof() {
    let mut stored = Stored::of(600);
    stored.runs.pop();
    let tree = Tree::new(&stored, 600);
    assert_eq!(tree.inclusion(599), Err(TreeError::Missing));
    assert_eq!(tree.root(), Err(TreeError::Missing));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proofs_are_those_of_rfc_6962(
        size in 1_u64..1_500,
        one in any::<prop::sample::Index>(),
        older in any::<prop::sample::Index>(),
        which in any::<usize>(),
    ) {
        let (index, older) = (one.index(size as usize) as u64, older.index(size as usize) as u64 + 1);
        let (stored, reference) = (Stored::of(size), reference(size));
        let tree = Tree::new(&stored, size);
        let root = root_of(&reference);
        prop_assert_eq!(stored.frontier.root(), root);
        prop_assert_eq!(tree.root().unwrap(), root);

        let inclusion = tree.inclusion(index).unwrap();
        let expected = reference.prove_inclusion(index as usize);
        prop_assert_eq!(bytes(&inclusion), expected.as_bytes());
        let hash = TreeHash::of_leaf(&leaf(index));
        prop_assert_eq!(verify_inclusion(&inclusion, index, hash, (size, root)), Ok(()));
        prop_assert!(verify_inclusion(&changed(&inclusion, which), index, hash, (size, root)).is_err());
        prop_assert!(verify_inclusion(&inclusion, index, TreeHash::EMPTY, (size, root)).is_err());
        prop_assert!(verify_inclusion(&inclusion, (index + 1) % size.max(2), hash, (size, root)).is_err());

        let old_root = Stored::of(older).frontier.root();
        let consistency = tree.consistency(older).unwrap();
        let expected = reference.prove_consistency((size - older) as usize);
        prop_assert_eq!(bytes(&consistency), expected.as_bytes());
        prop_assert_eq!(verify_consistency(&consistency, (older, old_root), (size, root)), Ok(()));
        prop_assert!(verify_consistency(&consistency, (older, TreeHash::EMPTY), (size, root)).is_err());
        if older < size {
            prop_assert!(
                verify_consistency(&changed(&consistency, which), (older, old_root), (size, root)).is_err()
            );
        }
    }

    /// A part of the leaves and the two sides make the root.
    #[test]
    fn a_range_makes_the_root(size in 1_u64..1_500, one in 0_u64..1_500, other in 0_u64..1_500) {
        let (first, end) = (one.min(other).min(size), one.max(other).min(size));
        let stored = Stored::of(size);
        let range = Tree::new(&stored, size).range(first, end).unwrap();
        let push = |frontier: &mut Frontier, subtrees: Vec<Subtree>, roots: &[TreeHash]| {
            assert_eq!(subtrees.len(), roots.len());
            for (subtree, root) in subtrees.into_iter().zip(roots) {
                frontier.push_subtree(subtree.level, *root).unwrap();
            }
        };
        let (mut by_leaves, mut by_runs) = (Frontier::default(), Frontier::default());
        for frontier in [&mut by_leaves, &mut by_runs] {
            push(frontier, cover(0, first, u8::MAX), &range.left);
        }
        for hash in part(&stored.leaves, first, end - first) {
            by_leaves.push(hash).unwrap();
        }
        push(&mut by_runs, cover(first, end, 8), &range.runs);
        for frontier in [by_leaves, by_runs] {
            let mut frontier = frontier;
            push(&mut frontier, cover(end, size, u8::MAX), &range.right);
            prop_assert_eq!(frontier.root(), stored.frontier.root());
            prop_assert_eq!(frontier.nodes(), stored.frontier.nodes());
        }
    }
}
