//! The rows of one guard. Every function is synchronous: what one message writes
//! commits together. A guard that was only asked has no tables: nothing is stored for
//! a name that somebody made up.

use lango_audit_log::{Batch, Intent, Layer, Outcome, Record, Subject};
use lango_sign_in::{Attempts, CodeGuard};
use serde::{Deserialize, Serialize};
use worker::{SqlStorage, SqlStorageValue};

use super::client::Noted;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS state (
      only     INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      state    TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS events (
      number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
      record TEXT NOT NULL
    ) STRICT;
";

/// What a guard remembers. The JSON is stored: new members need a default.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Guarded {
    pub(super) attempts: Attempts,
    pub(super) codes: CodeGuard,
}

/// The stored state and what the log has yet to be told.
pub(super) struct Journal {
    sql: SqlStorage,
}

#[derive(Deserialize)]
struct StateRow {
    state: String,
}

#[derive(Deserialize)]
struct EventRow {
    number: u64,
    record: String,
}

impl Journal {
    pub(super) fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    pub(super) fn load(&self) -> worker::Result<Guarded> {
        if !self.is_open()? {
            return Ok(Guarded::default());
        }
        let rows: Vec<StateRow> = self.query("SELECT state FROM state WHERE only = 1")?;
        rows.first().map_or_else(
            || Ok(Guarded::default()),
            |row| serde_json::from_str(&row.state).map_err(Into::into),
        )
    }

    pub(super) fn save(&self, guarded: &Guarded) -> worker::Result<()> {
        self.open()?;
        self.sql.exec(
            "INSERT INTO state (only, state) VALUES (1, ?1) \
             ON CONFLICT (only) DO UPDATE SET state = excluded.state",
            vec![serde_json::to_string(guarded)?.into()],
        )?;
        Ok(())
    }

    /// Keeps an event for the log.
    pub(super) fn note(&self, noted: &Noted, call_id: String, now_ms: i64) -> worker::Result<()> {
        self.open()?;
        let outcome = match &noted.refused {
            None => Outcome::succeeded(0),
            Some(code) => Outcome::denied(Layer::Identity, code, 0),
        };
        let record = Record {
            key_id: noted.session.clone().unwrap_or_default(),
            at_ms: now_ms,
            intent: Intent {
                call_id,
                principal: noted.principal.clone(),
                actor: Some(noted.actor),
                country: noted.country.clone(),
                subject: Subject::Action {
                    action: noted.action.clone(),
                    target: noted.target.clone().or_else(|| noted.session.clone()),
                },
            },
            outcome,
        };
        self.sql.exec(
            "INSERT INTO events (record) VALUES (?1)",
            vec![serde_json::to_string(&record)?.into()],
        )?;
        Ok(())
    }

    /// The oldest event that the log has not taken, as a batch of its own: its number
    /// stays with it until it is acknowledged.
    pub(super) fn next_batch(&self, guard: &str) -> worker::Result<Option<Batch>> {
        if !self.is_open()? {
            return Ok(None);
        }
        let rows: Vec<EventRow> = self.query(
            "SELECT number, record FROM events WHERE record <> '' ORDER BY number LIMIT 1",
        )?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Batch {
            source: format!("sign-in/{guard}"),
            number: row.number,
            records: vec![serde_json::from_str(&row.record)?],
            counts: None,
        }))
    }

    /// The last number that the log has taken stays, without its record: a later one
    /// must be higher.
    pub(super) fn acknowledged(&self, number: u64) -> worker::Result<()> {
        let number = || crate::sql::integer(number);
        self.sql
            .exec("DELETE FROM events WHERE number < ?1", vec![number()?])?;
        self.sql.exec(
            "UPDATE events SET record = '' WHERE number = ?1",
            vec![number()?],
        )?;
        Ok(())
    }

    /// Forgets the state. Numbers of batches go on: the log knows the last one.
    pub(super) fn forget_state(&self) -> worker::Result<()> {
        if self.is_open()? {
            self.sql.exec("DELETE FROM state", None)?;
        }
        Ok(())
    }

    /// Whether the log was ever told anything: then the last number must stay.
    pub(super) fn has_told(&self) -> worker::Result<bool> {
        if !self.is_open()? {
            return Ok(false);
        }
        let rows: Vec<Count> = self.query("SELECT count(*) AS count FROM events")?;
        Ok(rows.first().is_some_and(|row| row.count > 0))
    }

    fn open(&self) -> worker::Result<()> {
        self.sql.exec(SCHEMA, None).map(drop)
    }

    fn is_open(&self) -> worker::Result<bool> {
        let tables = "SELECT count(*) AS count FROM sqlite_master WHERE name = 'state'";
        let rows: Vec<Count> = self.query(tables)?;
        Ok(rows.first().is_some_and(|row| row.count > 0))
    }

    fn query<T: serde::de::DeserializeOwned>(&self, sql: &str) -> worker::Result<Vec<T>> {
        self.sql.exec(sql, None::<Vec<SqlStorageValue>>)?.to_array()
    }
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}
