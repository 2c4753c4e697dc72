//! What is remembered of a key's protocol sessions: a row for a session that has
//! ended or asked for log messages, until its identifier expires.
//!
//! All rows are held in memory too, so that a decision reads none.

use std::{cell::RefCell, collections::HashMap};

use lango_admission::{SessionNote, SessionNotes};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

/// More notes than this and the oldest are forgotten: a client that opens and
/// ends sessions without end must not fill the object.
const MAXIMUM_SESSIONS: u32 = 1_000;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS sessions (
      session    TEXT NOT NULL PRIMARY KEY,
      notes      TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// The notes of one key's sessions.
pub(super) struct Sessions {
    sql: SqlStorage,
    known: RefCell<HashMap<String, SessionNotes>>,
}

#[derive(Deserialize)]
struct Row {
    session: String,
    notes: String,
}

impl Sessions {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        let sessions = Self {
            sql,
            known: RefCell::default(),
        };
        sessions.load()?;
        Ok(sessions)
    }

    /// What is remembered; nothing of a request without a session.
    pub(super) fn of(&self, session: Option<&str>) -> SessionNotes {
        session
            .and_then(|session| self.known.borrow().get(session).copied())
            .unwrap_or_default()
    }

    pub(super) fn note(&self, note: &SessionNote, now_ms: u64) -> worker::Result<()> {
        let notes = self.of(Some(&note.session)).after(note.change);
        let now_seconds = i64::try_from(now_ms / 1_000).unwrap_or(i64::MAX);
        self.sql.exec(
            "DELETE FROM sessions WHERE expires_at <= ?1 OR session IN \
             (SELECT session FROM sessions ORDER BY expires_at DESC LIMIT -1 OFFSET ?2)",
            vec![
                SqlStorageValue::try_from_i64(now_seconds)?,
                SqlStorageValue::Integer((MAXIMUM_SESSIONS - 1).into()),
            ],
        )?;
        self.sql.exec(
            "INSERT INTO sessions (session, notes, expires_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (session) DO UPDATE SET notes = excluded.notes",
            vec![
                note.session.as_str().into(),
                serde_json::to_string(&notes)?.into(),
                SqlStorageValue::try_from_i64(note.expires_at)?,
            ],
        )?;
        self.load()
    }

    fn load(&self) -> worker::Result<()> {
        let rows: Vec<Row> = self
            .sql
            .exec("SELECT session, notes FROM sessions", None)?
            .to_array()?;
        let known = rows
            .into_iter()
            .map(|row| Ok((row.session, serde_json::from_str(&row.notes)?)))
            .collect::<worker::Result<_>>()?;
        *self.known.borrow_mut() = known;
        Ok(())
    }
}
