//! Entries as they are stored: rows of leaves, and openings beside them.

use std::collections::BTreeMap;

use lango_audit_log::{LoggedEntry, Opening, TreeHash, tree::RUN};
use worker::SqlStorage;

use super::rows::{Row, rows};
use crate::sql::integer;

/// A row of a commit. It lies within one run.
pub(super) struct Stored {
    pub(super) first: u64,
    hashes: Vec<TreeHash>,
    leaves: Option<String>,
}

impl Stored {
    fn read(mut row: Row) -> worker::Result<Self> {
        Ok(Self {
            first: row.number()?,
            hashes: row.hashes()?,
            leaves: row.text()?,
        })
    }

    /// Its entries in order, without openings.
    pub(super) fn leaves(&self) -> impl Iterator<Item = (u64, TreeHash, Option<&str>)> {
        let mut leaves = self.leaves.as_deref().map(str::lines);
        let hashes = (self.first..).zip(&self.hashes);
        hashes.map(move |(index, hash)| (index, *hash, leaves.as_mut().and_then(Iterator::next)))
    }
}

/// The rows that have entries from an index on and below another, in order.
pub(super) fn stored(
    sql: &SqlStorage,
    from: u64,
    end: u64,
) -> worker::Result<impl Iterator<Item = worker::Result<Stored>>> {
    let query = "SELECT first, hashes, leaves FROM batches \
                 WHERE first >= ?1 AND first < ?2 AND first + count > ?3 ORDER BY first";
    let values = vec![integer(from - from % RUN)?, integer(end)?, integer(from)?];
    Ok(rows(sql, query, values)?.map(|row| Stored::read(row?)))
}

/// The entries from an index on and below another, in order. What was removed from the
/// database is not among them.
pub(super) fn between(sql: &SqlStorage, from: u64, end: u64) -> worker::Result<Vec<LoggedEntry>> {
    let mut entries = Vec::new();
    for row in stored(sql, from, end)? {
        let row = row?;
        let mut openings = openings_of(sql, row.first)?;
        let wanted = row
            .leaves()
            .filter(|(index, ..)| (from..end).contains(index));
        entries.extend(wanted.map(|(index, hash, leaf)| LoggedEntry {
            index,
            leaf: leaf.map(str::to_owned),
            hash,
            openings: openings.remove(&index).unwrap_or_default(),
        }));
    }
    Ok(entries)
}

/// The openings of a row's entries, by their indexes.
pub(super) fn openings_of(
    sql: &SqlStorage,
    first: u64,
) -> worker::Result<BTreeMap<u64, Vec<Opening>>> {
    let mut openings = BTreeMap::<u64, Vec<Opening>>::new();
    let query = "SELECT texts FROM openings WHERE first = ?1";
    for row in rows(sql, query, vec![integer(first)?])? {
        let texts = row?.text()?.unwrap_or_default();
        let texts: Vec<(u64, Opening)> = serde_json::from_str(&texts)?;
        for (index, opening) in texts {
            openings.entry(index).or_default().push(opening);
        }
    }
    for texts in openings.values_mut() {
        texts.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    }
    Ok(openings)
}

/// The hashes of so many entries.
pub(super) fn hashes(sql: &SqlStorage, first: u64, count: u64) -> worker::Result<Vec<TreeHash>> {
    let query = "SELECT first, hashes, NULL FROM batches \
                 WHERE first >= ?1 AND first < ?2 ORDER BY first";
    let values = vec![integer(first - first % RUN)?, integer(first + count)?];
    let mut found = Vec::new();
    for row in rows(sql, query, values)? {
        let row = Stored::read(row?)?;
        let within = row
            .leaves()
            .filter(|(index, ..)| (first..first + count).contains(index));
        found.extend(within.map(|(_, hash, _)| hash));
    }
    Ok(found)
}
