//! The ledger's rows. Every function is synchronous: what one event writes
//! commits together.

use lango_admission::{Gcra, Open, Settlement};
use lango_audit_log::{Batch, Intent, Outcome, Record};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use crate::sql::integer;

/// How many records a batch may have.
const BATCH_LIMIT: u32 = 500;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS ledger (
      call_id      TEXT NOT NULL PRIMARY KEY,
      at_ms        INTEGER NOT NULL,
      intent       TEXT NOT NULL,
      outcome      TEXT,
      calls_due_us TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS outbox (
      only         INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      number       INTEGER NOT NULL,
      call_ids     TEXT NOT NULL,
      calls_due_us TEXT NOT NULL
    ) STRICT;
    INSERT OR IGNORE INTO outbox (only, number, call_ids, calls_due_us) VALUES (1, 0, '[]', '0');
";

/// The ledger of one key.
pub(super) struct Ledger {
    sql: SqlStorage,
}

/// The batch that is being handed over: unchanged until it is acknowledged.
pub(super) struct Outbox {
    pub(super) batch: Batch,
    call_ids: String,
}

#[derive(Deserialize)]
struct Row {
    at_ms: u64,
    intent: String,
    outcome: Option<String>,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

#[derive(Deserialize)]
struct Due {
    due: Option<String>,
}

#[derive(Deserialize)]
struct OutboxRow {
    number: u64,
    call_ids: String,
}

impl Ledger {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    /// The rate as it stood when the last intent was written: a restart does not
    /// hand out a new burst.
    pub(super) fn calls(&self) -> worker::Result<Gcra> {
        // Texts of one length compare as numbers: they are padded below.
        let rows: Vec<Due> = self.query(
            "SELECT max(due) AS due FROM (SELECT calls_due_us AS due FROM ledger \
             UNION ALL SELECT calls_due_us FROM outbox)",
            vec![],
        )?;
        let due = rows.into_iter().next().and_then(|row| row.due);
        Ok(Gcra::from_due_us(
            due.and_then(|text| text.parse().ok()).unwrap_or(0),
        ))
    }

    pub(super) fn record(
        &self,
        intent: &Intent,
        outcome: Option<&Outcome>,
        now_ms: u64,
        calls: Gcra,
    ) -> worker::Result<()> {
        let outcome = outcome.map(serde_json::to_string).transpose()?;
        self.sql.exec(
            "INSERT INTO ledger (call_id, at_ms, intent, outcome, calls_due_us) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            vec![
                intent.call_id.as_str().into(),
                integer(now_ms)?,
                serde_json::to_string(intent)?.into(),
                outcome.into(),
                due_text(calls).into(),
            ],
        )?;
        Ok(())
    }

    /// The first outcome stays.
    pub(super) fn settle(&self, settlement: &Settlement) -> worker::Result<()> {
        self.sql.exec(
            "UPDATE ledger SET outcome = ?2 WHERE call_id = ?1 AND outcome IS NULL",
            vec![
                settlement.call_id.as_str().into(),
                serde_json::to_string(&settlement.outcome)?.into(),
            ],
        )?;
        Ok(())
    }

    /// Settles as unknown what is overdue.
    pub(super) fn settle_overdue(&self, now_ms: u64) -> worker::Result<()> {
        let rows: Vec<Row> = self.query(
            "SELECT at_ms, intent, outcome FROM ledger WHERE outcome IS NULL",
            vec![],
        )?;
        for row in rows {
            let open = row.open()?;
            if let Some(outcome) = open.overdue(now_ms) {
                self.settle(&Settlement::of(open.intent.call_id, outcome))?;
            }
        }
        Ok(())
    }

    /// Whether any intent still waits for its outcome.
    pub(super) fn has_open(&self) -> worker::Result<bool> {
        let sql = "SELECT count(*) AS count FROM ledger WHERE outcome IS NULL";
        let rows: Vec<Count> = self.query(sql, vec![])?;
        Ok(rows.first().is_some_and(|row| row.count > 0))
    }

    /// The batch that was not acknowledged yet, or else the next one.
    pub(super) fn outbox(&self, key_id: &str, calls: Gcra) -> worker::Result<Option<Outbox>> {
        let rows: Vec<OutboxRow> =
            self.query("SELECT number, call_ids FROM outbox WHERE only = 1", vec![])?;
        let Some(mut row) = rows.into_iter().next() else {
            return Ok(None);
        };
        if row.call_ids == "[]" {
            row.call_ids = self.finished()?;
            if row.call_ids == "[]" {
                return Ok(None);
            }
            row.number += 1;
            self.sql.exec(
                "UPDATE outbox SET number = ?1, call_ids = ?2, calls_due_us = ?3 WHERE only = 1",
                vec![
                    integer(row.number)?,
                    row.call_ids.as_str().into(),
                    due_text(calls).into(),
                ],
            )?;
        }
        let records = self.records(key_id, &row.call_ids)?;
        let batch = Batch {
            source: key_id.to_owned(),
            number: row.number,
            records,
        };
        Ok(Some(Outbox {
            batch,
            call_ids: row.call_ids,
        }))
    }

    /// The log has it: the rows may go.
    pub(super) fn acknowledged(&self, outbox: &Outbox) -> worker::Result<()> {
        self.sql.exec(
            "DELETE FROM ledger WHERE call_id IN (SELECT value FROM json_each(?1))",
            vec![outbox.call_ids.as_str().into()],
        )?;
        self.sql
            .exec("UPDATE outbox SET call_ids = '[]' WHERE only = 1", None)?;
        Ok(())
    }

    fn finished(&self) -> worker::Result<String> {
        #[derive(Deserialize)]
        struct CallId {
            call_id: String,
        }
        let rows: Vec<CallId> = self.query(
            "SELECT call_id FROM ledger WHERE outcome IS NOT NULL ORDER BY at_ms LIMIT ?1",
            vec![SqlStorageValue::Integer(BATCH_LIMIT.into())],
        )?;
        let ids: Vec<_> = rows.into_iter().map(|row| row.call_id).collect();
        Ok(serde_json::to_string(&ids)?)
    }

    fn records(&self, key_id: &str, call_ids: &str) -> worker::Result<Vec<Record>> {
        let rows: Vec<Row> = self.query(
            "SELECT at_ms, intent, outcome FROM ledger \
             WHERE call_id IN (SELECT value FROM json_each(?1)) ORDER BY at_ms",
            vec![call_ids.into()],
        )?;
        rows.into_iter()
            .map(|row| {
                let outcome = match &row.outcome {
                    Some(outcome) => serde_json::from_str(outcome)?,
                    None => Outcome::unknown(0),
                };
                Ok(row.open()?.settle(key_id, outcome))
            })
            .collect()
    }

    fn query<T: serde::de::DeserializeOwned>(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> worker::Result<Vec<T>> {
        self.sql.exec(sql, values)?.to_array()
    }
}

impl Row {
    fn open(&self) -> worker::Result<Open> {
        Ok(Open {
            at_ms: self.at_ms,
            intent: serde_json::from_str(&self.intent)?,
        })
    }
}

/// Microseconds since 1970 pass 2^53 in the year 2255, but wrong clocks are
/// earlier: text, padded so that it compares as a number.
fn due_text(calls: Gcra) -> String {
    format!("{:020}", calls.due_us())
}
