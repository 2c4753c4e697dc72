//! The `AuditLog` object: one tenant's records, or the platform's, append-only.
//!
//! **Atomicity.** A batch's records and the sender's highest number are written
//! by synchronous statements with no `await` between them, so they commit
//! together, and the acknowledgement is held until they are durable (output
//! gate). A batch that is repeated because its acknowledgement was lost is
//! recognised by its number. What the platform begins is a row before it happens;
//! its end takes the row and appends the record in one go, so it is logged once.
//!
//! **Tables.** `entries(position, record)`: triggers refuse UPDATE and DELETE.
//! `sources(source, taken)`: the highest batch number taken from each key.
//! `residency_days(day, connection, connector, finding, calls)`: see [`super::residency`].
//! `begun(call_id, at_ms, key_id, intent)`: see [`super::begun`].
//! `repeats(key_sha256, request_sha256, at_ms, answer)`: see [`crate::repeats`].
//!
//! **Messages.** `POST /append`: `Batch` → `()`. `POST /entries`: `EntriesFrom` →
//! `[Entry]`, newest first. `POST /entries-above`: the same, oldest first. `POST
//! /begin`: `Begun` → `Option<Earlier>`. `POST /settle`: `Ended` → `()`. `POST /log`:
//! `Record` → `()`. `POST /residency`: a day → `[TallyLine]`. `POST /erase`: `()` →
//! `()`, when the tenant is erased. The alarm logs as unknown what never ended.

use lango_admission::{Earlier, SETTLE_AFTER_MS};
use lango_audit_log::{Batch, Entry, Outcome, Record};
use serde::Deserialize;
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, SqlStorage, State, durable_object,
};

use super::{
    begun,
    client::{
        Begun, Ended, EntriesFrom, PATH_APPEND, PATH_BEGIN, PATH_ENTRIES, PATH_ENTRIES_ABOVE,
        PATH_ERASE, PATH_LOG, PATH_RESIDENCY, PATH_SETTLE,
    },
    residency,
};
use crate::{
    exchange::{answer, question},
    repeats::Repeats,
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
#[durable_object(alarm)]
pub struct AuditLog {
    state: State,
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
        let created = create(&sql).map_err(|error| error.to_string());
        Self {
            state,
            sql,
            created,
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        self.created.clone().map_err(worker::Error::RustError)?;
        match request.path().as_str() {
            PATH_APPEND => answer(&self.append(&question(&mut request).await?)?),
            PATH_ENTRIES => answer(&self.entries(&question(&mut request).await?)?),
            PATH_ENTRIES_ABOVE => answer(&self.entries_above(&question(&mut request).await?)?),
            PATH_RESIDENCY => answer(&residency::since(&self.sql, question(&mut request).await?)?),
            PATH_BEGIN => answer(&self.begin(&question(&mut request).await?).await?),
            PATH_LOG => answer(&self.write(&question(&mut request).await?)?),
            PATH_SETTLE => answer(&self.settle(question(&mut request).await?)?),
            PATH_ERASE => answer(&self.erase().await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        let now_ms = Date::now().as_millis();
        for call_id in begun::overdue(&self.sql, now_ms)? {
            self.settle(Ended {
                call_id,
                outcome: Outcome::unknown(0),
                answered: None,
            })?;
        }
        if begun::is_any(&self.sql)? {
            self.wake().await?;
        }
        Response::empty()
    }
}

fn create(sql: &SqlStorage) -> worker::Result<()> {
    sql.exec(SCHEMA, None)?;
    sql.exec(begun::SCHEMA, None)?;
    sql.exec(residency::SCHEMA, None).map(drop)
}

impl AuditLog {
    fn append(&self, batch: &Batch) -> worker::Result<()> {
        if !batch.is_new(self.taken(&batch.source)?) {
            return Ok(());
        }
        for record in &batch.records {
            self.write(record)?;
        }
        residency::count(&self.sql, &batch.records)?;
        self.sql.exec(
            "INSERT INTO sources (source, taken) VALUES (?1, ?2) \
             ON CONFLICT (source) DO UPDATE SET taken = excluded.taken",
            vec![batch.source.as_str().into(), integer(batch.number)?],
        )?;
        Ok(())
    }

    fn write(&self, record: &Record) -> worker::Result<()> {
        self.sql.exec(
            "INSERT INTO entries (record) VALUES (?1)",
            vec![serde_json::to_string(record)?.into()],
        )?;
        Ok(())
    }

    /// What was begun before under the same idempotency key is not begun again.
    async fn begin(&self, begun: &Begun) -> worker::Result<Option<Earlier>> {
        if let Some(once) = &begun.once {
            let now_ms = Date::now().as_millis();
            let repeats = self.repeats()?;
            let earlier = repeats.earlier(&once.key_sha256, now_ms)?;
            if earlier.is_some() {
                return Ok(earlier);
            }
            repeats.begun(once, now_ms)?;
        }
        begun::write(&self.sql, begun)?;
        self.wake().await?;
        Ok(None)
    }

    fn settle(&self, ended: Ended) -> worker::Result<()> {
        if let Some(answered) = &ended.answered {
            self.repeats()?.answered(answered)?;
        }
        match begun::take(&self.sql, &ended.call_id, ended.outcome)? {
            Some(record) => self.write(&record),
            None => Ok(()),
        }
    }

    /// What is left is an empty log, as of a tenant that never was.
    async fn erase(&self) -> worker::Result<()> {
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await?;
        create(&self.sql)
    }

    /// The platform's alone: a tenant's log has no such table.
    fn repeats(&self) -> worker::Result<Repeats> {
        Repeats::open(self.state.storage().sql())
    }

    async fn wake(&self) -> worker::Result<()> {
        let delay = std::time::Duration::from_millis(SETTLE_AFTER_MS);
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
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

    fn entries(&self, below: &EntriesFrom) -> worker::Result<Vec<Entry>> {
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

    fn entries_above(&self, above: &EntriesFrom) -> worker::Result<Vec<Entry>> {
        let rows: Vec<EntryRow> = self
            .sql
            .exec(
                "SELECT position, record FROM entries WHERE position > ?1 \
                 ORDER BY position LIMIT ?2",
                vec![integer(above.position)?, integer(u64::from(above.count))?],
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
