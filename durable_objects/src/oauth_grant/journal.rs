//! The rows of one grant. Every function is synchronous: what one event writes
//! commits together.

use lango_audit_log::{Batch, Intent, Outcome, Record, Subject};
use lango_identity::TokenDigest;
use lango_oauth::{Grant, GrantEvent};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS state (
      only     INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      state    TEXT NOT NULL,
      to_end   INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS assertions (
      id         TEXT NOT NULL PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (
      number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
      record TEXT NOT NULL
    ) STRICT;
";

/// The stored grant and what the log has yet to be told of it.
pub(super) struct Journal {
    sql: SqlStorage,
}

/// Who an event is of, and the country that they came from.
pub(super) struct By<'a> {
    pub(super) principal: &'a str,
    pub(super) country: Option<String>,
}

#[derive(Deserialize)]
struct StateRow {
    state: String,
}

#[derive(Deserialize)]
struct Flag {
    to_end: u32,
}

#[derive(Deserialize)]
struct AssertionRow {
    expires_at: i64,
}

#[derive(Deserialize)]
struct EventRow {
    number: u64,
    record: String,
}

impl Journal {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    pub(super) fn load(&self) -> worker::Result<Option<Grant>> {
        let rows: Vec<StateRow> = self.query("SELECT state FROM state WHERE only = 1")?;
        rows.first()
            .map(|row| serde_json::from_str(&row.state).map_err(Into::into))
            .transpose()
    }

    pub(super) fn save(&self, grant: &Grant) -> worker::Result<()> {
        self.sql.exec(
            "INSERT INTO state (only, state) VALUES (1, ?1) \
             ON CONFLICT (only) DO UPDATE SET state = excluded.state",
            vec![serde_json::to_string(grant)?.into()],
        )?;
        Ok(())
    }

    /// Whether the store has yet to be told that the grant has ended.
    pub(super) fn is_to_end(&self) -> worker::Result<bool> {
        let rows: Vec<Flag> = self.query("SELECT to_end FROM state WHERE only = 1")?;
        Ok(rows.first().is_some_and(|row| row.to_end == 1))
    }

    pub(super) fn set_to_end(&self, to_end: bool) -> worker::Result<()> {
        let flag = SqlStorageValue::Integer(to_end.into());
        self.sql
            .exec("UPDATE state SET to_end = ?1 WHERE only = 1", vec![flag])?;
        Ok(())
    }

    /// Remembers an assertion until it ends; `false` when it is known.
    pub(super) fn take_assertion(
        &self,
        id: TokenDigest,
        expires_at: i64,
        now: i64,
    ) -> worker::Result<bool> {
        self.forget_assertions(now)?;
        let id = String::from(id);
        let known: Vec<AssertionRow> = self
            .sql
            .exec(
                "SELECT expires_at FROM assertions WHERE id = ?1",
                vec![id.as_str().into()],
            )?
            .to_array()?;
        if !known.is_empty() {
            return Ok(false);
        }
        self.sql.exec(
            "INSERT INTO assertions (id, expires_at) VALUES (?1, ?2)",
            vec![id.into(), SqlStorageValue::try_from_i64(expires_at)?],
        )?;
        Ok(true)
    }

    /// Forgets assertions that have ended, and says when the last one does.
    pub(super) fn forget_assertions(&self, now: i64) -> worker::Result<Option<i64>> {
        self.sql.exec(
            "DELETE FROM assertions WHERE expires_at <= ?1",
            vec![SqlStorageValue::try_from_i64(now)?],
        )?;
        let rows: Vec<AssertionRow> =
            self.query("SELECT expires_at FROM assertions ORDER BY expires_at DESC LIMIT 1")?;
        Ok(rows.first().map(|row| row.expires_at))
    }

    /// Notes an event for the tenant's log.
    pub(super) fn note(
        &self,
        grant_id: &str,
        by: By<'_>,
        event: GrantEvent,
        now_ms: i64,
    ) -> worker::Result<()> {
        let record = Record {
            key_id: grant_id.to_owned(),
            at_ms: now_ms,
            intent: Intent {
                call_id: format!("call_{}_{now_ms}", grant_id.trim_start_matches("k_")),
                principal: by.principal.to_owned(),
                actor: Some(lango_audit_log::Actor::Employee),
                country: by.country,
                subject: Subject::Action {
                    action: event.action().to_owned(),
                    target: Some(grant_id.to_owned()),
                },
            },
            outcome: Outcome::succeeded(0),
        };
        self.sql.exec(
            "INSERT INTO events (record) VALUES (?1)",
            vec![serde_json::to_string(&record)?.into()],
        )?;
        Ok(())
    }

    /// The oldest event that the log has not taken, as a batch of its own: its
    /// number stays with it until it is acknowledged.
    pub(super) fn next_batch(&self, grant_id: &str) -> worker::Result<Option<Batch>> {
        let rows: Vec<EventRow> =
            self.query("SELECT number, record FROM events ORDER BY number LIMIT 1")?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Batch {
            // The grant's gate is another sender, with numbers of its own.
            source: format!("oauth/{grant_id}"),
            number: row.number,
            records: vec![serde_json::from_str(&row.record)?],
            counts: None,
        }))
    }

    pub(super) fn acknowledged(&self, number: u64) -> worker::Result<()> {
        let number = i64::try_from(number)
            .map_err(|_| worker::Error::RustError("a number is out of range".to_owned()))?;
        self.sql.exec(
            "DELETE FROM events WHERE number = ?1",
            vec![SqlStorageValue::try_from_i64(number)?],
        )?;
        Ok(())
    }

    fn query<T: serde::de::DeserializeOwned>(&self, sql: &str) -> worker::Result<Vec<T>> {
        self.sql.exec(sql, None)?.to_array()
    }
}
