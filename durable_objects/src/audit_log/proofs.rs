//! Checkpoints and proofs, over the hashes that are stored.

use std::rc::Rc;

use lango_audit_log::{
    TreeHash,
    tree::{HashSource, RangeHashes, Tree},
};

use super::{
    client::CheckpointAt,
    entries,
    log::Log,
    rows::{first, rows},
};
use crate::sql::integer;

/// The hashes of one log.
struct Hashes<'a>(&'a Log);

impl HashSource for Hashes<'_> {
    type Error = worker::Error;

    fn runs(&self, first: u64, count: u64) -> worker::Result<Vec<TreeHash>> {
        let roots = self.0.roots()?;
        let range = usize::try_from(first).ok().zip(usize::try_from(count).ok());
        let found = range.and_then(|(first, count)| roots.get(first..first.checked_add(count)?));
        Ok(found.unwrap_or_default().to_vec())
    }

    fn leaves(&self, first: u64, count: u64) -> worker::Result<Vec<TreeHash>> {
        entries::hashes(&self.0.sql, first, count)
    }
}

impl Log {
    /// The newest checkpoint, or the one that was signed at a size. `None` where none was.
    pub(super) fn checkpoint(&self, size: Option<u64>) -> worker::Result<Option<CheckpointAt>> {
        let below = size.unwrap_or(lango_audit_log::tree::MAXIMUM_SIZE);
        let query = "SELECT first + count, checkpoint FROM batches \
                     WHERE first < ?1 ORDER BY first DESC LIMIT 1";
        let Some(mut row) = first(&self.sql, query, vec![integer(below)?])? else {
            return Ok(None);
        };
        let (at, note) = (row.number()?, row.text()?);
        let found = note.filter(|_| size.is_none_or(|size| size == at));
        found
            .map(|note| {
                let note = note + &self.cosignature(at)?;
                let witness = self.witness()?;
                Ok(CheckpointAt {
                    size: at,
                    note,
                    witness,
                })
            })
            .transpose()
    }

    /// That the tree of a size has the entries of these indexes.
    pub(super) fn inclusions(
        &self,
        indexes: &[u64],
        size: u64,
    ) -> worker::Result<Vec<Vec<TreeHash>>> {
        let tree = self.tree(size)?;
        let proofs = indexes.iter().map(|index| tree.inclusion(*index));
        proofs.collect::<Result<_, _>>().map_err(failed)
    }

    /// That the tree of the newer size begins with the one of the older.
    pub(super) fn consistency(&self, old: u64, new: u64) -> worker::Result<Vec<TreeHash>> {
        self.tree(new)?.consistency(old).map_err(failed)
    }

    /// What an export of the entries from an index on and below another needs.
    pub(super) fn range(&self, first: u64, end: u64, size: u64) -> worker::Result<RangeHashes> {
        self.tree(size)?.range(first, end).map_err(failed)
    }

    fn tree(&self, size: u64) -> worker::Result<Tree<Hashes<'_>>> {
        if size > self.size()? {
            return Err("the log is smaller than that".into());
        }
        Ok(Tree::new(Hashes(self), size))
    }

    /// The roots of all complete runs: read once, and then kept with each commit.
    fn roots(&self) -> worker::Result<Rc<Vec<TreeHash>>> {
        if let Some(known) = self.roots.borrow().as_ref() {
            return Ok(Rc::clone(known));
        }
        let query = "SELECT root FROM runs ORDER BY number";
        let mut roots = Vec::new();
        for row in rows(&self.sql, query, vec![])? {
            roots.extend(row?.hashes()?);
        }
        let roots = Rc::new(roots);
        self.roots.replace(Some(Rc::clone(&roots)));
        Ok(roots)
    }
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}
