//! The ledger's rows: the journal, and how far the log is. Every function is
//! synchronous: what one turn writes commits together. What they mean is decided by
//! [`lango_admission::Journal`], which is kept in memory.

use std::cell::RefCell;

use lango_admission::{Head, Journal, Open, Taken, Turn};
use lango_audit_log::{Batch, Outcome};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use super::earlier_ledger;
use crate::sql::{counted, integer};

/// How many records a batch has, about.
const BATCH_LIMIT: usize = 500;
/// A row has 2 MB at most.
const ROW_LIMIT: usize = 1_000_000;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS journal (
      number INTEGER NOT NULL PRIMARY KEY,
      turn   TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS journal_head (
      only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      head TEXT NOT NULL
    ) STRICT;
";

/// The ledger of one key.
pub(super) struct Ledger {
    sql: SqlStorage,
    journal: RefCell<Journal>,
}

#[derive(Deserialize)]
struct Row {
    number: u64,
    turn: String,
}

#[derive(Deserialize)]
struct HeadRow {
    head: String,
}

impl Ledger {
    /// The ledger as it is stored, and what had been taken of the limits when it was
    /// written last: a restart hands out no new burst.
    pub(super) fn open(sql: SqlStorage, key_id: &str) -> worker::Result<(Self, Taken)> {
        sql.exec(SCHEMA, None)?;
        earlier_ledger::carry_over(&sql, key_id)?;
        let ledger = Self {
            sql,
            journal: RefCell::default(),
        };
        let taken = ledger.load()?;
        Ok((ledger, taken))
    }

    fn load(&self) -> worker::Result<Taken> {
        let heads: Vec<HeadRow> = self
            .sql
            .exec("SELECT head FROM journal_head", None)?
            .to_array()?;
        let head: Head = match heads.first() {
            Some(row) => serde_json::from_str(&row.head)?,
            None => Head::default(),
        };
        let rows = self.rows(0, (1 << 53) - 1)?;
        let (journal, taken) = Journal::load(head, rows);
        *self.journal.borrow_mut() = journal;
        Ok(taken)
    }

    /// Makes the tables anew: the key's data were deleted.
    pub(super) fn reset(&self) -> worker::Result<()> {
        self.sql.exec(SCHEMA, None)?;
        self.load().map(drop)
    }

    /// The intent of a call that has not ended.
    pub(super) fn open_call(&self, call_id: &str) -> Option<Open> {
        self.journal.borrow().open(call_id).cloned()
    }

    /// How many calls have not ended.
    pub(super) fn open_calls(&self) -> usize {
        self.journal.borrow().open_calls()
    }

    /// Those that nobody has settled in time, with their outcomes.
    pub(super) fn overdue(&self, now_ms: u64) -> Vec<(Open, Outcome)> {
        self.journal.borrow().overdue(now_ms)
    }

    /// One row, whatever the turn has decided.
    pub(super) fn write(&self, turn: &Turn) -> worker::Result<()> {
        if turn.is_empty() {
            return Ok(());
        }
        let text = serde_json::to_string(turn)?;
        if text.len() > ROW_LIMIT
            && let Some((earlier, later)) = turn.clone().halves()
        {
            self.write(&earlier)?;
            return self.write(&later);
        }
        let mut journal = self.journal.borrow_mut();
        let number = journal.next();
        counted(self.sql.exec(
            "INSERT INTO journal (number, turn) VALUES (?1, ?2)",
            vec![integer(number)?, text.into()],
        )?);
        journal.apply(number, turn);
        Ok(())
    }

    /// The batch that was not acknowledged yet, or else the next one.
    pub(super) fn outbox(&self, key_id: &str, taken: &Taken) -> worker::Result<Option<Batch>> {
        let mut journal = self.journal.borrow_mut();
        let was_cut = journal.is_on_its_way();
        let Some(head) = journal.cut(BATCH_LIMIT, taken) else {
            return Ok(None);
        };
        if !was_cut {
            self.write_head(head)?;
        }
        let (first, last) = journal.on_its_way();
        let rows = self.rows(first, last)?;
        let turns = rows.into_iter().map(|(_, turn)| turn);
        Ok(Some(journal.batch(key_id, turns)))
    }

    /// The log has it: the rows may go.
    pub(super) fn acknowledged(&self, taken: &Taken) -> worker::Result<()> {
        let mut journal = self.journal.borrow_mut();
        self.write_head(journal.acknowledged(taken))?;
        counted(self.sql.exec(
            "DELETE FROM journal WHERE number < ?1",
            vec![integer(journal.first())?],
        )?);
        Ok(())
    }

    fn write_head(&self, head: &Head) -> worker::Result<()> {
        counted(self.sql.exec(
            "INSERT INTO journal_head (only, head) VALUES (1, ?1) \
             ON CONFLICT (only) DO UPDATE SET head = excluded.head",
            vec![serde_json::to_string(head)?.into()],
        )?);
        Ok(())
    }

    fn rows(&self, first: u64, last: u64) -> worker::Result<Vec<(u64, Turn)>> {
        let values: Vec<SqlStorageValue> = vec![integer(first)?, integer(last)?];
        let rows: Vec<Row> = self
            .sql
            .exec(
                "SELECT number, turn FROM journal WHERE number BETWEEN ?1 AND ?2 ORDER BY number",
                values,
            )?
            .to_array()?;
        rows.into_iter()
            .map(|row| Ok((row.number, serde_json::from_str(&row.turn)?)))
            .collect()
    }
}
