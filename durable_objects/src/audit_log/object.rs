//! The `AuditLog` object: one tenant's records, append-only.
//!
//! **Atomicity.** A batch's records and the sender's highest number are written
//! by synchronous statements with no `await` between them, so they commit
//! together, and the acknowledgement is held until they are durable (output
//! gate). A batch that is repeated because its acknowledgement was lost is
//! recognised by its number.
//!
//! **Tables.** `entries(position, record)`: triggers refuse UPDATE and DELETE.
//! `sources(source, taken)`: the highest batch number taken from each key.
//!
//! **Messages.** `POST /append`: `Batch` → `()`. `POST /entries`:
//! `EntriesBelow` → `[Entry]`, newest first.

use lango_audit_log::{Batch, Entry, Record};
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

use super::client::{EntriesBelow, PATH_APPEND, PATH_ENTRIES};
use crate::{
    exchange::{answer, question},
    sql::integer,
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS entries (
      position INTEGER NOT NULL PRIMARY KEY,
      record   TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS sources (
      source TEXT NOT NULL PRIMARY KEY,
      taken  INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER IF NOT EXISTS entries_are_not_changed BEFORE UPDATE ON entries
      BEGIN SELECT RAISE(ABORT, 'audit entries are not changed'); END;
    CREATE TRIGGER IF NOT EXISTS entries_are_not_deleted BEFORE DELETE ON entries
      BEGIN SELECT RAISE(ABORT, 'audit entries are not deleted'); END;
";

/// See the module's documentation.
#[durable_object(fetch)]
pub struct AuditLog {
    sql: SqlStorage,
    created: Result<(), String>,
}

#[derive(Deserialize)]
struct Taken {
    taken: u64,
}

#[derive(Deserialize)]
struct EntryRow {
    position: u64,
    record: String,
}

impl DurableObject for AuditLog {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        let created = sql
            .exec(SCHEMA, None)
            .map(drop)
            .map_err(|error| error.to_string());
        Self { sql, created }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        self.created.clone().map_err(worker::Error::RustError)?;
        match request.path().as_str() {
            PATH_APPEND => answer(&self.append(&question(&mut request).await?)?),
            PATH_ENTRIES => answer(&self.entries(&question(&mut request).await?)?),
            _ => Response::error("no such message", 404),
        }
    }
}

impl AuditLog {
    fn append(&self, batch: &Batch) -> worker::Result<()> {
        if !batch.is_new(self.taken(&batch.source)?) {
            return Ok(());
        }
        for record in &batch.records {
            let record = serde_json::to_string(record)?;
            self.sql.exec(
                "INSERT INTO entries (record) VALUES (?1)",
                vec![record.into()],
            )?;
        }
        self.sql.exec(
            "INSERT INTO sources (source, taken) VALUES (?1, ?2) \
             ON CONFLICT (source) DO UPDATE SET taken = excluded.taken",
            vec![batch.source.as_str().into(), integer(batch.number)?],
        )?;
        Ok(())
    }

    fn taken(&self, source: &str) -> worker::Result<u64> {
        let rows: Vec<Taken> = self
            .sql
            .exec(
                "SELECT taken FROM sources WHERE source = ?1",
                vec![source.into()],
            )?
            .to_array()?;
        Ok(rows.first().map_or(0, |row| row.taken))
    }

    fn entries(&self, below: &EntriesBelow) -> worker::Result<Vec<Entry>> {
        let rows: Vec<EntryRow> = self
            .sql
            .exec(
                "SELECT position, record FROM entries WHERE position < ?1 \
                 ORDER BY position DESC LIMIT ?2",
                vec![integer(below.position)?, integer(u64::from(below.count))?],
            )?
            .to_array()?;
        rows.into_iter().map(EntryRow::read).collect()
    }
}

impl EntryRow {
    fn read(self) -> worker::Result<Entry> {
        let record: Record = serde_json::from_str(&self.record)?;
        Ok(Entry {
            position: self.position,
            record,
        })
    }
}
