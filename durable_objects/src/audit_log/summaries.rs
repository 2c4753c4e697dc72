//! Summaries are of what entries say in full. Once personal values are gone, those of
//! their runs are made anew, so that nobody can ask them for a value that was erased.

use lango_audit_log::tree::RUN;

use super::{head::summary_of, log::Log, rows::rows};
use crate::sql::integer;

/// How many are made anew in one event.
const MOST_AT_ONCE: u64 = 100;

/// Deletes what opens the commitments that are about a person, and says how many rows went.
/// The summaries of their runs hold nothing from here on: a search looks into those runs
/// until the alarm has made them anew.
pub(super) fn erase_person(log: &Log, person: &str) -> worker::Result<u64> {
    crate::sql::atomically(&log.storage, || {
        log.write(
            "UPDATE runs SET summary = x'' WHERE summary IS NOT NULL AND number IN \
             (SELECT first / CAST(?2 AS INTEGER) FROM openings WHERE person = ?1)",
            vec![person.into(), integer(RUN)?],
        )?;
        log.write(
            "DELETE FROM openings WHERE person = ?1",
            vec![person.into()],
        )
    })
}

/// Empties the summaries of runs whose personal values are gone.
pub(super) fn make_anew(log: &Log, first: u64, last: u64, horizon_ms: i64) -> worker::Result<()> {
    log.write(
        "UPDATE runs SET summary = x'' WHERE number >= ?1 AND number <= ?2 \
         AND oldest_ms < ?3 AND summary IS NOT NULL",
        vec![integer(first)?, integer(last)?, horizon_ms.into()],
    )?;
    Ok(())
}

impl Log {
    /// Makes some anew that hold nothing. Says whether more are left.
    pub(super) fn summarize(&self) -> worker::Result<bool> {
        let query = "SELECT number FROM runs WHERE length(summary) = 0 LIMIT ?1";
        let empty = rows(&self.sql, query, vec![integer(MOST_AT_ONCE)?])?
            .map(|row| row?.number())
            .collect::<worker::Result<Vec<_>>>()?;
        for number in &empty {
            let summary = summary_of(&self.sql, *number)?;
            self.write(
                "UPDATE runs SET summary = ?2 WHERE number = ?1",
                vec![integer(*number)?, summary.into()],
            )?;
        }
        Ok(empty.len() as u64 == MOST_AT_ONCE)
    }
}
