//! Segments as they are made of the log. Synchronous: nothing is appended meanwhile.

use lango_audit_log::{
    CheckpointKeys, CheckpointVerifier, TreeHash,
    archive::{Segment, SegmentName},
    export::ExportVerifier,
    tree::RUN,
};

use super::{
    super::{
        client::CheckpointAt,
        entries,
        log::Log,
        rows::{first, rows},
    },
    ArchiveProblem,
};
use crate::sql::integer;

/// A segment has no more entries, or bytes of leaves, unless one row has.
const MOST_ENTRIES: u64 = 2_048;
const MOST_BYTES: u64 = 2 << 20;

/// What a segment is made of: from then on its bytes are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) name: SegmentName,
    /// The size of the checkpoint that it is held against.
    pub(super) size: u64,
}

/// A segment that verifies.
pub(super) struct Made {
    pub(super) plan: Plan,
    pub(super) segment: Segment,
    /// Of its bytes, in hexadecimal.
    pub(super) sha256: String,
    /// The roots of the tree where it begins, and where it ends.
    pub(super) before: TreeHash,
    pub(super) after: TreeHash,
}

/// The next segment, as far as there are entries.
pub(super) struct Next {
    pub(super) plan: Plan,
    /// It would not become larger by waiting.
    pub(super) is_full: bool,
}

impl Log {
    /// Where a segment ends that begins there: with a row, so that a row is archived as a
    /// whole. `None` when there is nothing to archive.
    pub(super) fn next_segment(&self, from: u64) -> worker::Result<Option<Next>> {
        let query = "SELECT count, coalesce(length(leaves), 0) FROM batches \
                     WHERE first >= ?1 ORDER BY first LIMIT ?2";
        let (mut end, mut bytes, mut is_full) = (from, 0, false);
        for row in rows(
            &self.sql,
            query,
            vec![integer(from)?, integer(MOST_ENTRIES + 1)?],
        )? {
            let mut row = row?;
            let (count, length) = (row.number()?, row.number()?);
            is_full = end + count - from > MOST_ENTRIES || bytes + length > MOST_BYTES;
            if is_full && end > from {
                break;
            }
            end += count;
            bytes += length;
        }
        if end == from {
            return Ok(None);
        }
        let plan = Plan::of(from, end, self.checkpoint_for(end)?)?;
        Ok(Some(Next { plan, is_full }))
    }

    /// A segment as it was planned: the same one whenever it is made, as long as nothing of
    /// it was pruned.
    pub(super) fn make(&self, plan: Plan) -> Result<Made, ArchiveProblem> {
        let of_log = |error: worker::Error| ArchiveProblem::of_log(&error);
        let Plan { name, size } = plan;
        let checkpoint = self.signed_from(size).map_err(of_log)?;
        let hashes = self
            .range(name.first(), name.end(), checkpoint.size)
            .map_err(of_log)?;
        let entries = entries::between(&self.sql, name.first(), name.end()).map_err(of_log)?;
        let segment = Segment::new(name, checkpoint.note, hashes, entries)
            .map_err(|error| ArchiveProblem::of_log(&error))?;
        let (before, after) = self.verified(&segment)?;
        Ok(Made {
            plan,
            sha256: segment.sha256(),
            segment,
            before,
            after,
        })
    }

    /// The size of the first checkpoint from an index on; where its keys are not known any
    /// more, that of the newest.
    fn checkpoint_for(&self, end: u64) -> worker::Result<u64> {
        let first = self.signed_from(end)?;
        let keys = verifier(self.keys()?, &self.origin())?;
        if keys.verify(&first.note).is_ok() {
            return Ok(first.size);
        }
        self.size()
    }

    /// The first checkpoint that was signed at a size or later, as it was signed.
    pub(super) fn signed_from(&self, size: u64) -> worker::Result<CheckpointAt> {
        // The entry before lies in a row that begins no more than a run earlier.
        let query = "SELECT first + count, checkpoint FROM batches WHERE first >= ?1 \
                     AND first + count >= ?2 AND checkpoint IS NOT NULL ORDER BY first LIMIT 1";
        let from = size.saturating_sub(RUN);
        let row = first(&self.sql, query, vec![integer(from)?, integer(size)?])?;
        let mut row = row.ok_or("no checkpoint was signed there")?;
        let (size, note) = (row.number()?, row.text()?.unwrap_or_default());
        Ok(CheckpointAt {
            size,
            note,
            witness: None,
        })
    }

    /// What is locked away cannot be taken back: nothing that does not verify.
    fn verified(&self, segment: &Segment) -> Result<(TreeHash, TreeHash), ArchiveProblem> {
        let keys = self
            .keys()
            .and_then(|keys| verifier(keys, &self.origin()))
            .map_err(|error| ArchiveProblem::of_log(&error))?;
        let mut export =
            ExportVerifier::new(keys, []).map_err(|error| ArchiveProblem::of_log(&error))?;
        for line in segment.text.lines() {
            export
                .line(line)
                .map_err(|misfit| ArchiveProblem::of_log(&misfit))?;
        }
        let report = export
            .finish()
            .map_err(|misfit| ArchiveProblem::of_log(&misfit))?;
        report
            .edges
            .ok_or_else(|| ArchiveProblem::new("log", "The segment is no range."))
    }
}

impl Plan {
    pub(super) fn of(first: u64, end: u64, size: u64) -> worker::Result<Self> {
        let name = SegmentName::new(first, end).map_err(|error| error.to_string())?;
        Ok(Self { name, size })
    }
}

fn verifier(keys: &CheckpointKeys, origin: &str) -> worker::Result<CheckpointVerifier> {
    let names = keys.verifier_keys(origin);
    let keys = CheckpointVerifier::parse(names.iter().map(String::as_str));
    keys.map_err(|error| worker::Error::RustError(error.to_string()))
}
