//! What came from each sender: up to which batch, and what became of the calls that its
//! gate received. A row for each, written with the batch; every function is synchronous.

use lango_audit_log::{Batch, Counts};
use serde::Deserialize;

use super::log::Log;
use crate::sql::integer;

/// What was taken from one sender.
#[derive(Default)]
pub(super) struct Source {
    /// The highest number of a batch.
    pub(super) taken: u64,
    counts: Counts,
}

#[derive(Deserialize)]
struct Row {
    taken: u64,
    counts: Option<String>,
}

#[derive(Deserialize)]
struct CountsRow {
    counts: String,
}

pub(super) fn of(log: &Log, source: &str) -> worker::Result<Source> {
    let query = "SELECT taken, counts FROM sources WHERE source = ?1";
    let rows: Vec<Row> = log.sql.exec(query, vec![source.into()])?.to_array()?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(Source::default());
    };
    let counts = row
        .counts
        .as_deref()
        .map(serde_json::from_str)
        .transpose()?;
    Ok(Source {
        taken: row.taken,
        counts: counts.unwrap_or_default(),
    })
}

/// Takes a batch. Says what its gate received that was not counted before.
pub(super) fn take(log: &Log, before: &Source, batch: &Batch) -> worker::Result<Counts> {
    let more = batch.counts.unwrap_or_default();
    let counts = before.counts.and(more);
    let counts = (!counts.is_empty()).then(|| serde_json::to_string(&counts));
    log.write(
        "INSERT INTO sources (source, taken, counts) VALUES (?1, ?2, ?3) \
         ON CONFLICT (source) DO UPDATE SET taken = excluded.taken, counts = excluded.counts",
        vec![
            batch.source.as_str().into(),
            integer(batch.number)?,
            counts.transpose()?.into(),
        ],
    )?;
    Ok(more)
}

/// What the gates of all senders have received. Added up once, then kept in memory.
pub(super) fn received(log: &Log) -> worker::Result<Counts> {
    if let Some(received) = log.received.get() {
        return Ok(received);
    }
    let query = "SELECT counts FROM sources WHERE counts IS NOT NULL";
    let mut received = Counts::default();
    for row in log.sql.exec(query, None)?.next::<CountsRow>() {
        received = received.and(serde_json::from_str(&row?.counts)?);
    }
    log.received.set(Some(received));
    Ok(received)
}
