//! One commit: what arrived becomes leaves, rows and one checkpoint, or nothing of it
//! does. Synchronous: nothing else happens in the object meanwhile.

use std::collections::BTreeMap;

use lango_audit_log::{
    Batch, Checkpoint, Counts, Opening, Outcome, Record, Salt, Sealed, TreeHash, seal, tree::RUN,
};

use super::{
    begun,
    client::Ended,
    head::{CompleteRun, Head},
    log::Log,
    residency,
    rows::blob_of,
    sources,
};
use crate::sql::{atomically, integer};

/// A row of SQLite has 2 MB at most.
const MOST_BYTES_OF_LEAVES: usize = 1_000_000;
const MOST_BYTES_OF_OPENINGS: usize = 500_000;

/// What is to be appended.
pub(super) enum Arrival {
    /// A key's finished records, to be taken once.
    Batch(Batch),
    /// Something that has happened on the platform.
    Record(Record),
    /// The end of something that was begun on the platform.
    Ended(Ended),
}

/// Leaves of one row.
#[derive(Default)]
struct Leaves {
    texts: String,
    hashes: Vec<TreeHash>,
    times: Option<(i64, i64)>,
    openings: BTreeMap<Option<String>, Vec<(u64, Opening)>>,
}

/// Appends, and gives what is new in the log now.
///
/// # Errors
/// Nothing was written, and nothing was taken.
pub(super) fn commit(log: &Log, arrivals: &[Arrival]) -> worker::Result<Vec<Record>> {
    log.keys()?;
    let mut roots = Vec::new();
    // Known again once this holds.
    let received = log.received.take();
    let (head, records, more) = atomically(&log.storage, || {
        let (mut records, mut more) = (Vec::new(), Counts::default());
        for arrival in arrivals {
            more = more.and(arrival.take(log, &mut records)?);
        }
        let mut head = log.take_head()?;
        if !records.is_empty() {
            roots = append(log, &mut head, &records)?;
            residency::count(log, &records)?;
        }
        Ok((head, records, more))
    })?;
    if let Some(known) = log.roots.borrow_mut().as_mut() {
        std::rc::Rc::make_mut(known).extend(roots);
    }
    log.give_head(head);
    log.received
        .set(received.map(|received| received.and(more)));
    log.commits.set(log.commits.get() + 1);
    Ok(records)
}

impl Arrival {
    /// What of it is to be appended: nothing when that has happened before. Says what the
    /// gate of a batch has received.
    fn take(&self, log: &Log, records: &mut Vec<Record>) -> worker::Result<Counts> {
        let mut received = Counts::default();
        match self {
            Self::Batch(batch) => {
                let before = sources::of(log, &batch.source)?;
                if batch.is_new(before.taken) {
                    received = sources::take(log, &before, batch)?;
                    records.extend_from_slice(&batch.records);
                }
            }
            Self::Record(record) => records.push(record.clone()),
            Self::Ended(ended) => {
                if let Some(answered) = &ended.answered {
                    log.repeats.answered(answered)?;
                }
                let outcome: Outcome = ended.outcome.clone();
                records.extend(begun::take(&log.sql, &ended.call_id, outcome)?);
            }
        }
        Ok(received)
    }
}

/// Writes the rows; the last one bears the checkpoint. Gives the roots of the runs that
/// were completed.
fn append(log: &Log, head: &mut Head, records: &[Record]) -> worker::Result<Vec<TreeHash>> {
    let mut roots = Vec::new();
    let mut leaves = Leaves::default();
    for record in records {
        let index = head.size();
        if leaves.is_full() || index.is_multiple_of(RUN) {
            core::mem::take(&mut leaves).write(log, index, None)?;
        }
        let sealed = sealed(record)?;
        let run = head.push(sealed.hash, record)?;
        leaves.add(
            index,
            record.at_ms,
            sealed.hash,
            &sealed.leaf,
            sealed.openings,
        );
        if let Some(run) = run {
            write_run(log, &run)?;
            roots.push(run.root);
        }
    }
    let note = log.keys()?.sign(&Checkpoint {
        origin: log.origin(),
        size: head.size(),
        root: head.root(),
    });
    let note = note.map_err(failed)?;
    leaves.write(log, head.size(), Some((head, &note)))?;
    head.checkpoint = Some(note);
    Ok(roots)
}

fn write_run(log: &Log, run: &CompleteRun) -> worker::Result<()> {
    log.write(
        "INSERT INTO runs (number, oldest_ms, newest_ms, root, summary) VALUES (?1, ?2, ?3, ?4, ?5)",
        vec![
            integer(run.number)?,
            run.oldest_ms.into(),
            run.newest_ms.into(),
            blob_of(&[run.root]),
            run.summary.clone().into(),
        ],
    )?;
    Ok(())
}

impl Leaves {
    fn is_full(&self) -> bool {
        self.texts.len() >= MOST_BYTES_OF_LEAVES
    }

    fn add(&mut self, index: u64, at_ms: i64, hash: TreeHash, leaf: &str, openings: Vec<Opening>) {
        if !self.hashes.is_empty() {
            self.texts.push('\n');
        }
        self.texts.push_str(leaf);
        self.hashes.push(hash);
        let (oldest, newest) = self.times.unwrap_or((at_ms, at_ms));
        self.times = Some((oldest.min(at_ms), newest.max(at_ms)));
        for opening in openings {
            let of_person = self.openings.entry(opening.person.clone()).or_default();
            of_person.push((index, opening));
        }
    }

    /// Writes what ends below an index, with what is signed there.
    fn write(self, log: &Log, end: u64, signed: Option<(&Head, &str)>) -> worker::Result<()> {
        let Some((oldest_ms, newest_ms)) = self.times else {
            return Ok(());
        };
        let count = self.hashes.len() as u64;
        let first = end - count;
        log.write(
            "INSERT INTO batches \
             (first, count, oldest_ms, newest_ms, checkpoint, frontier, hashes, leaves) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            vec![
                integer(first)?,
                integer(count)?,
                oldest_ms.into(),
                newest_ms.into(),
                signed.map(|(_, note)| note).into(),
                signed.map_or(worker::SqlStorageValue::Null, |(head, _)| {
                    blob_of(head.nodes())
                }),
                blob_of(&self.hashes),
                self.texts.into(),
            ],
        )?;
        write_openings(log, first, newest_ms, self.openings)
    }
}

/// Few rows: one for each person and as much of theirs as a row takes.
fn write_openings(
    log: &Log,
    first: u64,
    newest_ms: i64,
    openings: BTreeMap<Option<String>, Vec<(u64, Opening)>>,
) -> worker::Result<()> {
    let mut part = 0_u64;
    for (person, openings) in openings {
        let mut texts = String::new();
        for opening in &openings {
            let text = serde_json::to_string(opening)?;
            if texts.len() + text.len() > MOST_BYTES_OF_OPENINGS && !texts.is_empty() {
                let full = core::mem::take(&mut texts);
                write_part(log, (first, part), person.as_deref(), newest_ms, &full)?;
                part += 1;
            }
            texts.push(if texts.is_empty() { '[' } else { ',' });
            texts.push_str(&text);
        }
        write_part(log, (first, part), person.as_deref(), newest_ms, &texts)?;
        part += 1;
    }
    Ok(())
}

fn write_part(
    log: &Log,
    (first, part): (u64, u64),
    person: Option<&str>,
    newest_ms: i64,
    texts: &str,
) -> worker::Result<()> {
    log.write(
        "INSERT INTO openings (first, part, person, newest_ms, texts) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        vec![
            integer(first)?,
            integer(part)?,
            person.into(),
            newest_ms.into(),
            format!("{texts}]").into(),
        ],
    )?;
    Ok(())
}

/// Each commitment has a salt of its own.
fn sealed(record: &Record) -> worker::Result<Sealed> {
    let mut randomness = Ok(());
    let sealed = seal(record, || {
        let mut salt = [0; 32];
        if let Err(error) = getrandom::fill(&mut salt) {
            randomness = Err(error);
        }
        Salt::new(salt)
    });
    randomness.map_err(failed)?;
    sealed.map_err(failed)
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}
