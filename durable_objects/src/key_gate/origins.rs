//! Where values came from: a row for each turn whose settled calls said or brought any.
//!
//! The rows are read once, when the object starts; every decision is made in memory.
//! What a call says is vouched for from its admission on and written with its row; a
//! crash in between loses no more than that, and a value may then be asked about
//! once more than needed.

use std::cell::{Cell, RefCell};

use lango_admission::{GuardState, Seen};
use lango_provenance::{ArgumentPrint, Memory, Origin, Row, Trace};
use serde::Deserialize;
use worker::SqlStorage;

use crate::sql::{counted, integer};

/// The longest that any policy remembers.
const LONGEST_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// A row has 2 MB at most.
const ROW_LIMIT: usize = 1_000_000;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS origins (
      call_id TEXT NOT NULL PRIMARY KEY,
      at_ms   INTEGER NOT NULL,
      seen    TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// The memory of one key.
pub(super) struct Origins {
    sql: SqlStorage,
    memory: RefCell<Memory>,
    /// Rows before this are deleted.
    pruned_ms: Cell<Option<u64>>,
}

#[derive(Deserialize)]
struct Stored {
    seen: String,
}

/// One call's, as rows were written before, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rows {
    Several(Vec<Row>),
    One(Box<Row>),
}

impl Rows {
    fn into_vec(self) -> Vec<Row> {
        match self {
            Self::Several(rows) => rows,
            Self::One(row) => vec![*row],
        }
    }
}

impl Origins {
    pub(super) fn open(sql: SqlStorage, now_ms: u64) -> worker::Result<Self> {
        let origins = Self {
            sql,
            memory: RefCell::default(),
            pruned_ms: Cell::new(None),
        };
        origins.reset(now_ms)?;
        Ok(origins)
    }

    /// Reads the rows; makes the table first where there is none.
    pub(super) fn reset(&self, now_ms: u64) -> worker::Result<()> {
        self.sql.exec(SCHEMA, None)?;
        let rows: Vec<Stored> = self
            .sql
            .exec("SELECT seen FROM origins", None)?
            .to_array()?;
        let rows = rows
            .iter()
            .map(|row| Ok(serde_json::from_str::<Rows>(&row.seen)?))
            .collect::<worker::Result<Vec<_>>>()?;
        let rows: Vec<_> = rows.into_iter().flat_map(Rows::into_vec).collect();
        *self.memory.borrow_mut() = Memory::load(rows, LONGEST_MS, now_ms);
        self.pruned_ms.set(None);
        Ok(())
    }

    pub(super) fn admit(
        &self,
        call_id: &str,
        prints: &[ArgumentPrint],
        state: &GuardState,
        now_ms: u64,
    ) -> Vec<Trace> {
        let mut memory = self.memory.borrow_mut();
        memory.expire(state.policy.provenance.remember_ms(), now_ms);
        memory.admit(
            call_id,
            prints,
            |print| state.trusted.contains(&print),
            now_ms,
        )
    }

    /// The latest suspicious result, if it is recent.
    pub(super) fn tainted(&self, state: &GuardState, now_ms: u64) -> Option<Origin> {
        let window_ms = state.policy.provenance.after_suspicious_ms();
        self.memory
            .borrow()
            .tainted_since(now_ms.saturating_sub(window_ms))
            .cloned()
    }

    /// What is to be written of a call that has ended.
    pub(super) fn settle(&self, seen: Seen) -> Option<Row> {
        self.memory.borrow_mut().settle(seen.origin, seen.prints)
    }

    /// One row for all of them, named after the first. It stays as long as the youngest.
    pub(super) fn write(&self, rows: &[Row]) -> worker::Result<()> {
        let youngest_ms = rows.iter().map(|row| row.origin.at_ms).max();
        let (Some(first), Some(youngest_ms)) = (rows.first(), youngest_ms) else {
            return Ok(());
        };
        let text = serde_json::to_string(rows)?;
        if text.len() > ROW_LIMIT && rows.len() > 1 {
            let (earlier, later) = rows.split_at(rows.len() / 2);
            self.write(earlier)?;
            return self.write(later);
        }
        counted(self.sql.exec(
            "INSERT OR IGNORE INTO origins (call_id, at_ms, seen) VALUES (?1, ?2, ?3)",
            vec![
                first.origin.call_id.as_str().into(),
                integer(youngest_ms)?,
                text.into(),
            ],
        )?);
        Ok(())
    }

    /// Deletes the rows that the memory has dropped.
    pub(super) fn prune(&self) -> worker::Result<()> {
        let oldest_ms = self.memory.borrow().oldest_ms();
        if oldest_ms == self.pruned_ms.get() {
            return Ok(());
        }
        self.sql.exec(
            "DELETE FROM origins WHERE at_ms < ?1",
            // With nothing remembered, nothing is to stay.
            vec![integer(oldest_ms.unwrap_or((1 << 53) - 1))?],
        )?;
        self.pruned_ms.set(oldest_ms);
        Ok(())
    }
}
