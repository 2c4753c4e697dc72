//! The row of `archive`: what is archived, and what went wrong. `archived`: the newest
//! segments, with the digests of their bytes.

use lango_audit_log::{TreeHash, archive::retry_after_ms};
use worker::SqlStorageValue;

use super::{
    super::{
        log::Log,
        rows::{Row, blob_of, first, rows},
    },
    ArchiveProblem, ArchiveState,
    made::{Made, Plan},
    place::Place,
};
use crate::sql::{atomically, integer};

/// How many segments are remembered: what may be gone after a loss of power.
const REMEMBERED: u32 = 64;

/// The row.
#[derive(Default)]
pub(super) struct Progress {
    pub(super) required: bool,
    pub(super) position: u64,
    /// The root at the position.
    pub(super) joint: Option<TreeHash>,
    /// Where the segment ends that is being written, and the size of its checkpoint.
    pub(super) planned: Option<(u64, u64)>,
    pub(super) segments: u64,
    pub(super) bytes: u64,
    pub(super) archived_ms: Option<i64>,
    pub(super) failures: u32,
    pub(super) due_ms: u64,
    pub(super) problem: Option<ArchiveProblem>,
}

impl Log {
    /// How far it is.
    pub(in super::super) fn archive_state(&self) -> worker::Result<ArchiveState> {
        let progress = self.archive_progress()?.unwrap_or_default();
        let has_failed = progress.failures > 0;
        let checkpoint = match progress.position {
            0 => None,
            position => Some(self.signed_from(position)?),
        };
        Ok(ArchiveState {
            is_configured: Place::is_bound(&self.env),
            is_required: progress.required,
            size: self.size()?,
            position: progress.position,
            segments: progress.segments,
            bytes: progress.bytes,
            archived_ms: progress.archived_ms,
            waiting_since_ms: self.waiting_since_ms(progress.position)?,
            checkpoint,
            failures: progress.failures,
            due_ms: has_failed.then_some(progress.due_ms),
            problem: progress.problem,
        })
    }

    /// Below which index entries may be pruned.
    pub(in super::super) fn archived_before(&self) -> worker::Result<u64> {
        Ok(match self.archive_progress()? {
            Some(progress) if progress.required => progress.position,
            Some(_) => lango_audit_log::tree::MAXIMUM_SIZE,
            // Nobody has looked yet whether it is to be archived.
            None if !self.is_platform() && Place::is_bound(&self.env) => 0,
            None => lango_audit_log::tree::MAXIMUM_SIZE,
        })
    }

    pub(super) fn archive_progress(&self) -> worker::Result<Option<Progress>> {
        let query = "SELECT required, position, joint, planned, planned_size, segments, bytes, \
                     archived_ms, failures, due_ms, problem_code, problem FROM archive WHERE only = 1";
        let row = first(&self.sql, query, vec![])?;
        row.map(|mut row| {
            let progress = Progress {
                required: row.number()? == 1,
                position: row.number()?,
                joint: row.hashes()?.pop(),
                planned: optional_pair(&mut row)?,
                segments: row.number()?,
                bytes: row.number()?,
                archived_ms: row.optional_number()?.and_then(|ms| i64::try_from(ms).ok()),
                failures: u32::try_from(row.number()?).unwrap_or(u32::MAX),
                due_ms: row.number()?,
                problem: None,
            };
            let problem = row.text()?.zip(row.text()?);
            Ok(Progress {
                problem: problem.map(|(code, detail)| ArchiveProblem { code, detail }),
                ..progress
            })
        })
        .transpose()
    }

    pub(super) fn set_required(&self, required: bool) -> worker::Result<()> {
        self.write(
            "INSERT INTO archive (only, required, position, segments, bytes, failures, due_ms) \
             VALUES (1, ?1, 0, 0, 0, 0, 0) \
             ON CONFLICT (only) DO UPDATE SET required = excluded.required",
            vec![i64::from(required).into()],
        )
        .map(drop)
    }

    pub(super) fn set_planned(&self, plan: &Plan) -> worker::Result<()> {
        let text = "UPDATE archive SET planned = ?1, planned_size = ?2 WHERE only = 1";
        let values = vec![integer(plan.name.end())?, integer(plan.size)?];
        self.write(text, values).map(drop)
    }

    /// The segment that was planned is there. If the log was erased meanwhile, there is no
    /// row that is waiting for it.
    pub(super) fn set_archived(&self, made: &Made, now_ms: u64) -> worker::Result<()> {
        let Plan { name, size } = made.plan;
        atomically(&self.storage, || {
            let moved = self.write(
                "UPDATE archive SET position = ?2, joint = ?3, planned = NULL, \
                 planned_size = NULL, segments = segments + 1, bytes = bytes + ?4, archived_ms = ?5, \
                 failures = 0, due_ms = 0, problem_code = NULL, problem = NULL \
                 WHERE only = 1 AND position = ?1 AND planned = ?2",
                vec![
                    integer(name.first())?,
                    integer(name.end())?,
                    blob_of(&[made.after]),
                    integer(made.segment.text.len() as u64)?,
                    integer(now_ms)?,
                ],
            )?;
            if moved == 0 {
                return Ok(());
            }
            self.write(
                "INSERT OR REPLACE INTO archived (first, end, size, sha256) \
                 VALUES (?1, ?2, ?3, ?4)",
                vec![
                    integer(name.first())?,
                    integer(name.end())?,
                    integer(size)?,
                    made.sha256.as_str().into(),
                ],
            )?;
            let old = "DELETE FROM archived WHERE first < (SELECT min(first) FROM \
                       (SELECT first FROM archived ORDER BY first DESC LIMIT ?1))";
            self.write(old, vec![integer(REMEMBERED.into())?]).map(drop)
        })
    }

    /// It goes on by itself, later and later.
    pub(super) fn set_failed(&self, problem: &ArchiveProblem, now_ms: u64) -> worker::Result<u64> {
        let failures = self.archive_progress()?.map_or(0, |it| it.failures);
        let failures = failures.saturating_add(1);
        let wait_ms = retry_after_ms(failures);
        self.write(
            "UPDATE archive SET failures = ?1, due_ms = ?2, problem_code = ?3, problem = ?4 \
             WHERE only = 1",
            vec![
                integer(failures.into())?,
                integer(now_ms + wait_ms)?,
                problem.code.as_str().into(),
                problem.detail.as_str().into(),
            ],
        )?;
        Ok(wait_ms)
    }

    /// The newest segments, oldest first, with their digests.
    pub(super) fn remembered(&self) -> worker::Result<Vec<(Plan, String)>> {
        let query = "SELECT first, end, size, sha256 FROM archived ORDER BY first";
        rows(&self.sql, query, vec![])?
            .map(|row| {
                let mut row = row?;
                let plan = Plan::of(row.number()?, row.number()?, row.number()?)?;
                Ok((plan, row.text()?.unwrap_or_default()))
            })
            .collect()
    }

    /// The time of the entry that waits first.
    fn waiting_since_ms(&self, position: u64) -> worker::Result<Option<i64>> {
        let query = "SELECT oldest_ms FROM batches WHERE first >= ?1 ORDER BY first LIMIT 1";
        let values: Vec<SqlStorageValue> = vec![integer(position)?];
        let row = first(&self.sql, query, values)?;
        row.map(|mut row| row.signed()).transpose()
    }
}

fn optional_pair(row: &mut Row) -> worker::Result<Option<(u64, u64)>> {
    let (one, other) = (row.optional_number()?, row.optional_number()?);
    Ok(one.zip(other))
}
