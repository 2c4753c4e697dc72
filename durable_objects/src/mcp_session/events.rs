//! The rows of a session's streams.

use lango_mcp_state::EventId;
use serde::Deserialize;
use serde_json::Value;
use worker::SqlStorage;

use crate::sql::integer;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS streams (
      stream        TEXT NOT NULL PRIMARY KEY,
      request_id    TEXT NOT NULL,
      opened_at_ms  INTEGER NOT NULL,
      next_sequence INTEGER NOT NULL DEFAULT 0,
      state         TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ended', 'cancelled'))
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (
      stream   TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      data     TEXT NOT NULL,
      PRIMARY KEY (stream, sequence)
    ) STRICT, WITHOUT ROWID;
";

/// The streams of one session and what came on them.
pub(super) struct Events {
    sql: SqlStorage,
}

/// How a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StreamState {
    Open,
    Ended,
    Cancelled,
}

#[derive(Deserialize)]
struct StreamRow {
    state: StreamState,
}

#[derive(Deserialize)]
struct Sequence {
    sequence: u64,
}

#[derive(Deserialize)]
pub(super) struct Event {
    pub(super) sequence: u64,
    pub(super) data: String,
}

#[derive(Deserialize)]
struct Name {
    stream: String,
}

impl Events {
    /// The tables stand from the first stream on.
    pub(super) fn create(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    pub(super) fn open(&self, stream: &str, request_id: &Value, now_ms: u64) -> worker::Result<()> {
        self.sql.exec(
            "INSERT INTO streams (stream, request_id, opened_at_ms) VALUES (?1, ?2, ?3)",
            vec![
                stream.into(),
                request_id.to_string().into(),
                integer(now_ms)?,
            ],
        )?;
        Ok(())
    }

    /// The next identifier on the stream; with a message, it can be replayed.
    pub(super) fn append(&self, stream: &str, data: Option<&str>) -> worker::Result<EventId> {
        let rows: Vec<Sequence> = self
            .sql
            .exec(
                "UPDATE streams SET next_sequence = next_sequence + 1 WHERE stream = ?1 \
                 RETURNING next_sequence - 1 AS sequence",
                vec![stream.into()],
            )?
            .to_array()?;
        let sequence = rows
            .first()
            .map(|row| row.sequence)
            .ok_or_else(|| worker::Error::RustError("there is no such stream".to_owned()))?;
        if let Some(data) = data {
            self.sql.exec(
                "INSERT INTO events (stream, sequence, data) VALUES (?1, ?2, ?3)",
                vec![stream.into(), integer(sequence)?, data.into()],
            )?;
        }
        Ok(EventId {
            stream: stream.to_owned(),
            sequence,
        })
    }

    pub(super) fn state(&self, stream: &str) -> worker::Result<Option<StreamState>> {
        let rows: Vec<StreamRow> = self
            .sql
            .exec(
                "SELECT state FROM streams WHERE stream = ?1",
                vec![stream.into()],
            )?
            .to_array()?;
        Ok(rows.first().map(|row| row.state))
    }

    pub(super) fn end(&self, stream: &str) -> worker::Result<()> {
        self.sql.exec(
            "UPDATE streams SET state = 'ended' WHERE stream = ?1 AND state = 'open'",
            vec![stream.into()],
        )?;
        Ok(())
    }

    /// The open streams of that request, now cancelled.
    pub(super) fn cancel(&self, request_id: &Value) -> worker::Result<Vec<String>> {
        let rows: Vec<Name> = self
            .sql
            .exec(
                "UPDATE streams SET state = 'cancelled' WHERE request_id = ?1 AND state = 'open' \
                 RETURNING stream",
                vec![request_id.to_string().into()],
            )?
            .to_array()?;
        Ok(rows.into_iter().map(|row| row.stream).collect())
    }

    pub(super) fn after(&self, stream: &str, sequence: u64) -> worker::Result<Vec<Event>> {
        self.sql
            .exec(
                "SELECT sequence, data FROM events WHERE stream = ?1 AND sequence > ?2 \
                 ORDER BY sequence",
                vec![stream.into(), integer(sequence)?],
            )?
            .to_array()
    }

    /// Forgets what is older; says whether anything is left.
    pub(super) fn forget_before(&self, opened_at_ms: u64) -> worker::Result<bool> {
        let before = || integer(opened_at_ms);
        self.sql.exec(
            "DELETE FROM events WHERE stream IN \
             (SELECT stream FROM streams WHERE opened_at_ms < ?1)",
            vec![before()?],
        )?;
        self.sql.exec(
            "DELETE FROM streams WHERE opened_at_ms < ?1",
            vec![before()?],
        )?;
        let rows: Vec<Name> = self
            .sql
            .exec("SELECT stream FROM streams LIMIT 1", None)?
            .to_array()?;
        Ok(!rows.is_empty())
    }
}
