//! The end of a log's tree: what the next append needs. It is read from the newest row
//! and held against the checkpoint that was signed there, and lives in memory then.

use lango_audit_log::{
    Checkpoint, Record, SummaryBuilder, TreeHash, read,
    tree::{Frontier, RUN},
};
use worker::SqlStorage;

use super::{entries, rows::first};

/// See the module's documentation.
pub(super) struct Head {
    frontier: Frontier,
    /// The newest checkpoint; none of an empty log.
    pub(super) checkpoint: Option<String>,
    /// What the last run is about, as far as it goes.
    run: RunSoFar,
}

#[derive(Default)]
struct RunSoFar {
    times: Option<(i64, i64)>,
    summary: SummaryBuilder,
}

/// A run that a leaf completed.
pub(super) struct CompleteRun {
    pub(super) number: u64,
    pub(super) root: TreeHash,
    pub(super) oldest_ms: i64,
    pub(super) newest_ms: i64,
    pub(super) summary: Vec<u8>,
}

impl Head {
    pub(super) fn load(sql: &SqlStorage) -> worker::Result<Self> {
        let newest = "SELECT first + count, frontier, checkpoint FROM batches \
                      ORDER BY first DESC LIMIT 1";
        let Some(mut row) = first(sql, newest, vec![])? else {
            return Ok(Self {
                frontier: Frontier::default(),
                checkpoint: None,
                run: RunSoFar::default(),
            });
        };
        let (size, nodes) = (row.number()?, row.hashes()?);
        let checkpoint = row.text()?.ok_or_else(|| broken("has no checkpoint"))?;
        let frontier = Frontier::from_parts(size, nodes)
            .map_err(|error| broken(&format!("is broken: {error}")))?;
        let signed = Checkpoint::unverified(&checkpoint)
            .map_err(|error| broken(&format!("is broken: {error}")))?;
        // What does not follow from what was signed is never signed.
        if (signed.size, signed.root) != (size, frontier.root()) {
            return Err(broken("is not what its checkpoint says"));
        }
        Ok(Self {
            run: RunSoFar::load(sql, size)?,
            frontier,
            checkpoint: Some(checkpoint),
        })
    }

    /// How many entries the log has.
    pub(super) const fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn root(&self) -> TreeHash {
        self.frontier.root()
    }

    pub(super) fn nodes(&self) -> &[TreeHash] {
        self.frontier.nodes()
    }

    /// Appends a leaf, and gives the run that it completes.
    pub(super) fn push(
        &mut self,
        leaf: TreeHash,
        record: &Record,
    ) -> worker::Result<Option<CompleteRun>> {
        self.run.add(record);
        let number = self.size() / RUN;
        let root = self
            .frontier
            .push(leaf)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        Ok(root.map(|root| {
            let run = core::mem::take(&mut self.run);
            let (oldest_ms, newest_ms) = run.times.unwrap_or_default();
            CompleteRun {
                number,
                root,
                oldest_ms,
                newest_ms,
                summary: run.summary.finish().to_bytes(),
            }
        }))
    }
}

impl RunSoFar {
    /// What was pruned is about nothing any more.
    fn load(sql: &SqlStorage, size: u64) -> worker::Result<Self> {
        let mut run = Self::default();
        for entry in entries::between(sql, size - size % RUN, size)? {
            let Some(leaf) = &entry.leaf else { continue };
            // A leaf that was changed does not fit its openings; it is found by whoever
            // verifies the tree, and holds nothing up here.
            if let Ok(record) = read(leaf, &entry.openings) {
                run.add(&record);
            }
        }
        Ok(run)
    }

    fn add(&mut self, record: &Record) {
        let at = record.at_ms;
        let (oldest, newest) = self.times.unwrap_or((at, at));
        self.times = Some((oldest.min(at), newest.max(at)));
        self.summary.add(record);
    }
}

/// The summary of a run as it stands now.
pub(super) fn summary_of(sql: &SqlStorage, number: u64) -> worker::Result<Vec<u8>> {
    let mut summary = SummaryBuilder::default();
    for entry in entries::between(sql, number * RUN, (number + 1) * RUN)? {
        let leaf = entry.leaf.as_deref().unwrap_or_default();
        if let Ok(record) = read(leaf, &entry.openings) {
            summary.add(&record);
        }
    }
    Ok(summary.finish().to_bytes())
}

fn broken(problem: &str) -> worker::Error {
    worker::Error::RustError(format!("the newest row of the audit log {problem}"))
}
