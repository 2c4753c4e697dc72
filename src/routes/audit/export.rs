//! `GET /admin/v1/audit/export`: the log with the proofs that verify it, or for
//! spreadsheets. It is read page by page, so that its size costs no memory, and can be
//! gone on with where it broke off: oldest first, from `first` on.
//!
//! What is selected is searched for in windows of the log, from its beginning on. A
//! search gives a page of the newest; a window that has more than a page is made smaller
//! until it has not, so that a page is all of its window.

use futures_util::stream;
use lango_audit_log::{
    Layer, LoggedEntry, Query, TreeHash, csv,
    export::{End, Header, Line, ProvenEntry},
    tree::RangeHashes,
};
use lango_durable_objects::{AuditLogClient, CheckpointAt};
use serde_json::{Value, json};
use worker::Response;

use super::{
    asked::{self, Format},
    log, unavailable,
};
use crate::{denial::Denial, gateway::Done, problem, routes::call::Call};

/// How many entries are read at once.
const ENTRIES: u32 = 500;
/// The largest window of a search.
const WIDEST: u64 = 1 << 20;
/// Says which checkpoint an export is held against, so that CSV can be gone on with too.
const SIZE_FIELD: &str = "Lango-Tree-Size";

pub(in crate::routes) async fn export(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let asked = asked::export(call.query_pairs());
    call.act("audit.export", None, async |permitted| {
        let asked = asked?;
        asked::require_export(permitted.plan(), &asked.query)?;
        let log = log(&gateway.env, permitted.scope())?;
        let checkpoint = at(&log, asked.size).await?;
        if asked.first > checkpoint.size {
            return Err(super::invalid(&"`first` lies behind the checkpoint"));
        }
        let told = told(&asked, &checkpoint);
        let (size, format) = (checkpoint.size, asked.format);
        let export = Export {
            log,
            checkpoint,
            format,
            query: asked.query,
            first: asked.first,
            written: 0,
            window: u64::from(ENTRIES) * 16,
            place: Place::Head,
        };
        let lines = stream::try_unfold(export, Export::next);
        let response = match format {
            Format::Ndjson => problem::json_lines(lines),
            Format::Csv => problem::lines("text/csv; charset=utf-8; header=present", lines),
        };
        let response = response.and_then(|response| {
            response.headers().set(SIZE_FIELD, &size.to_string())?;
            Ok(response)
        });
        let response = response.map_err(|error| Denial::internal(error.to_string()))?;
        Ok(Done::created(response, &told))
    })
    .await
}

/// The checkpoint of a size; the newest without one.
pub(super) async fn at(log: &AuditLogClient, size: Option<u64>) -> Result<CheckpointAt, Denial> {
    let found = log.checkpoint(size).await.map_err(unavailable)?;
    found.ok_or_else(|| {
        let detail = match size {
            Some(size) => format!("No checkpoint was signed when the log had {size} entries."),
            None => "The log has no entry yet.".to_owned(),
        };
        Denial::new(Layer::Release, "no_checkpoint", 404, detail)
    })
}

/// What the log says of an export. The text of a search may be somebody's.
fn told(asked: &asked::Asked, checkpoint: &CheckpointAt) -> Value {
    let mut filter = asked.query.filter();
    if let Some(members) = filter.as_mut().and_then(Value::as_object_mut) {
        members.remove("text");
    }
    json!({
        "format": match asked.format { Format::Ndjson => "ndjson", Format::Csv => "csv" },
        "first": asked.first, "tree_size": checkpoint.size, "filter": filter,
    })
}

/// An export on its way.
struct Export {
    log: AuditLogClient,
    checkpoint: CheckpointAt,
    format: Format,
    query: Query,
    first: u64,
    written: u64,
    /// How many entries the next search goes over.
    window: u64,
    place: Place,
}

/// What comes next.
enum Place {
    Head,
    /// Entries from an index on.
    From(u64),
    End,
    Over,
}

impl Export {
    /// Some lines, and the rest.
    async fn next(mut self) -> worker::Result<Option<(Vec<u8>, Self)>> {
        let (lines, place) = match self.place {
            Place::Head => (self.head().await?, Place::From(self.first)),
            Place::From(index) if self.query.is_filtered() => self.selected(index).await?,
            Place::From(index) => self.from(index).await?,
            Place::End => (self.end(), Place::Over),
            Place::Over => return Ok(None),
        };
        self.place = place;
        Ok(Some((lines.into_bytes(), self)))
    }

    async fn head(&self) -> worker::Result<String> {
        let (first, size) = (self.first, self.checkpoint.size);
        if self.format == Format::Csv {
            return Ok(if first == 0 {
                csv::header()
            } else {
                String::new()
            });
        }
        let range = if self.query.is_filtered() {
            RangeHashes::default()
        } else {
            self.log.range(first, size, size).await.map_err(failed)?
        };
        let note = self.checkpoint.note.clone();
        let header = Header::new(note, first, size, range, self.query.filter()).map_err(failed)?;
        Ok(Line::Header(header).text())
    }

    async fn from(&mut self, index: u64) -> worker::Result<(String, Place)> {
        let size = self.checkpoint.size;
        let mut entries = self.log.above(index, ENTRIES).await.map_err(failed)?;
        entries.retain(|entry| entry.index < size);
        let place = match entries.last() {
            Some(last) if last.index + 1 < size => Place::From(last.index + 1),
            _ => Place::End,
        };
        let proofs = entries.iter().map(|_| None).collect();
        Ok((self.lines(entries, proofs)?, place))
    }

    /// What is selected in the next window that has no more than a page of it.
    async fn selected(&mut self, index: u64) -> worker::Result<(String, Place)> {
        let size = self.checkpoint.size;
        let end = index.saturating_add(self.window).min(size);
        let Some(entries) = self.within(index, end).await? else {
            self.window = (self.window / 8).max(u64::from(ENTRIES));
            return Ok((String::new(), Place::From(index)));
        };
        if entries.len() < ENTRIES as usize / 8 {
            self.window = (self.window * 4).min(WIDEST);
        }
        let proofs = self.proofs(&entries).await?;
        let place = if end < size {
            Place::From(end)
        } else {
            Place::End
        };
        Ok((self.lines(entries, proofs)?, place))
    }

    /// What is selected in a window, oldest first; `None` for more than a page.
    async fn within(&self, first: u64, end: u64) -> worker::Result<Option<Vec<LoggedEntry>>> {
        let (mut entries, mut before) = (Vec::new(), Some(end));
        while let Some(end) = before.filter(|end| *end > first) {
            let query = Query {
                first: Some(first),
                before: Some(end),
                limit: ENTRIES + 1,
                ..self.query.clone()
            };
            let found = self.log.search(&query).await.map_err(failed)?;
            entries.extend(found.entries);
            if entries.len() > ENTRIES as usize {
                return Ok(None);
            }
            before = found.next;
        }
        entries.reverse();
        Ok(Some(entries))
    }

    async fn proofs(&self, entries: &[LoggedEntry]) -> worker::Result<Vec<Option<Vec<TreeHash>>>> {
        if self.format == Format::Csv || entries.is_empty() {
            return Ok(vec![None; entries.len()]);
        }
        let indexes: Vec<_> = entries.iter().map(|entry| entry.index).collect();
        let size = self.checkpoint.size;
        let proofs = self.log.inclusions(&indexes, size).await.map_err(failed)?;
        Ok(proofs.into_iter().map(Some).collect())
    }

    fn lines(
        &mut self,
        entries: Vec<LoggedEntry>,
        proofs: Vec<Option<Vec<TreeHash>>>,
    ) -> worker::Result<String> {
        self.written += entries.len() as u64;
        let lines = entries.into_iter().zip(proofs);
        lines
            .map(|(entry, proof)| match self.format {
                Format::Ndjson => Ok(Line::Entry(ProvenEntry::new(entry, proof)).text()),
                Format::Csv => csv::row(&entry).map_err(failed),
            })
            .collect()
    }

    fn end(&self) -> String {
        match self.format {
            Format::Ndjson => Line::End(End {
                entries: self.written,
            })
            .text(),
            Format::Csv => String::new(),
        }
    }
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}
