//! A pass as a row. Every function is synchronous: what one event writes commits
//! together.

use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use super::client::RotationState;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS pass (
      only     INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      since_ms INTEGER NOT NULL,
      behind   TEXT NOT NULL DEFAULT '',
      asked    INTEGER NOT NULL DEFAULT 1,
      waited   INTEGER NOT NULL DEFAULT 0,
      problem  TEXT
    ) STRICT;
";

/// The row of one tenant's object; there is none while there is nothing to do.
pub(super) struct Pass {
    sql: SqlStorage,
}

/// A pass that is under way.
#[derive(Deserialize)]
pub(super) struct Under {
    since_ms: i64,
    /// The connection that was looked at last.
    pub(super) behind: String,
    /// How often it was asked for: what is asked for while a step runs is not lost.
    pub(super) asked: u32,
    /// How often it had to wait since then.
    pub(super) waited: u32,
    /// What went wrong in this round.
    pub(super) problem: Option<String>,
}

impl Pass {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    pub(super) fn ask(&self, now_ms: i64) -> worker::Result<()> {
        self.sql
            .exec(
                "INSERT INTO pass (only, since_ms) VALUES (1, ?1) \
                 ON CONFLICT (only) DO UPDATE SET asked = asked + 1, waited = 0, \
                 behind = '', problem = NULL",
                vec![SqlStorageValue::try_from_i64(now_ms)?],
            )
            .map(drop)
    }

    pub(super) fn under_way(&self) -> worker::Result<Option<Under>> {
        let rows = "SELECT since_ms, behind, asked, waited, problem FROM pass WHERE only = 1";
        Ok(self.sql.exec(rows, None)?.to_array()?.pop())
    }

    /// Where to go on.
    pub(super) fn set(&self, behind: &str, problem: Option<&str>) -> worker::Result<()> {
        self.sql
            .exec(
                "UPDATE pass SET behind = ?1, problem = ?2 WHERE only = 1",
                vec![behind.into(), problem.into()],
            )
            .map(drop)
    }

    /// It has to wait before it goes on there.
    pub(super) fn wait(&self, behind: &str, problem: Option<&str>) -> worker::Result<()> {
        self.set(behind, problem)?;
        let waited = "UPDATE pass SET waited = waited + 1 WHERE only = 1";
        self.sql.exec(waited, None).map(drop)
    }

    /// There is nothing to do, unless it was asked for again meanwhile.
    pub(super) fn end(&self, under: &Under) -> worker::Result<bool> {
        let ended = self.sql.exec(
            "DELETE FROM pass WHERE asked = ?1 RETURNING only",
            vec![SqlStorageValue::try_from_i64(under.asked.into())?],
        )?;
        let ended: Vec<serde_json::Value> = ended.to_array()?;
        Ok(!ended.is_empty())
    }

    pub(super) fn state(&self) -> worker::Result<RotationState> {
        Ok(self
            .under_way()?
            .map_or_else(RotationState::default, |under| RotationState {
                since_ms: Some(under.since_ms),
                problem: under.problem,
            }))
    }
}
