//! What is to happen once: a row for each idempotency key, until it may be forgotten.
//! A part of the objects that begin calls and actions.

use lango_admission::{Answered, Earlier, Once, REMEMBERED_MS};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use crate::sql::{counted, integer};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS repeats (
      key_sha256     TEXT NOT NULL PRIMARY KEY,
      request_sha256 TEXT NOT NULL,
      at_ms          INTEGER NOT NULL,
      answer         TEXT
    ) STRICT, WITHOUT ROWID;
";

/// The idempotency keys that one object has seen.
pub(crate) struct Repeats {
    sql: SqlStorage,
}

#[derive(Deserialize)]
struct Row {
    request_sha256: String,
    at_ms: u64,
    answer: Option<String>,
}

impl Repeats {
    pub(crate) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    /// What is remembered of a key; what is too old is forgotten first.
    pub(crate) fn earlier(&self, key_sha256: &str, now_ms: u64) -> worker::Result<Option<Earlier>> {
        counted(self.sql.exec(
            "DELETE FROM repeats WHERE at_ms < ?1",
            vec![integer(now_ms.saturating_sub(REMEMBERED_MS))?],
        )?);
        let rows: Vec<Row> = self
            .sql
            .exec(
                "SELECT request_sha256, at_ms, answer FROM repeats WHERE key_sha256 = ?1",
                vec![key_sha256.into()],
            )?
            .to_array()?;
        Ok(rows.into_iter().next().map(|row| Earlier {
            request_sha256: row.request_sha256,
            at_ms: row.at_ms,
            answer: row.answer,
        }))
    }

    pub(crate) fn begun(&self, once: &Once, now_ms: u64) -> worker::Result<()> {
        counted(self.sql.exec(
            "INSERT INTO repeats (key_sha256, request_sha256, at_ms) VALUES (?1, ?2, ?3)",
            vec![
                once.key_sha256.as_str().into(),
                once.request_sha256.as_str().into(),
                integer(now_ms)?,
            ],
        )?);
        Ok(())
    }

    pub(crate) fn answered(&self, answered: &Answered) -> worker::Result<()> {
        let key = || SqlStorageValue::from(answered.key_sha256.as_str());
        counted(match &answered.answer {
            Some(answer) => self.sql.exec(
                "UPDATE repeats SET answer = ?2 WHERE key_sha256 = ?1 AND answer IS NULL",
                vec![key(), answer.as_str().into()],
            )?,
            None => self.sql.exec(
                "DELETE FROM repeats WHERE key_sha256 = ?1 AND answer IS NULL",
                vec![key()],
            )?,
        });
        Ok(())
    }
}
