//! What was begun on the platform and has not ended. Every function is synchronous:
//! what one event writes commits together.

use lango_admission::SETTLE_AFTER_MS;
use lango_audit_log::{Intent, Outcome, Record};
use serde::Deserialize;
use worker::SqlStorage;

use super::client::Begun;
use crate::sql::integer;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS begun (
      call_id TEXT NOT NULL PRIMARY KEY,
      at_ms   INTEGER NOT NULL,
      key_id  TEXT NOT NULL,
      intent  TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
";

#[derive(Deserialize)]
struct Row {
    at_ms: i64,
    key_id: String,
    intent: String,
}

#[derive(Deserialize)]
struct Id {
    call_id: String,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

pub(super) fn write(sql: &SqlStorage, begun: &Begun) -> worker::Result<()> {
    sql.exec(
        "INSERT OR IGNORE INTO begun (call_id, at_ms, key_id, intent) VALUES (?1, ?2, ?3, ?4)",
        vec![
            begun.intent.call_id.as_str().into(),
            integer(u64::try_from(begun.at_ms).unwrap_or(0))?,
            begun.key_id.as_str().into(),
            serde_json::to_string(&begun.intent)?.into(),
        ],
    )?;
    Ok(())
}

/// Takes what has ended; `None` when it is not there, because it ended before.
pub(super) fn take(
    sql: &SqlStorage,
    call_id: &str,
    outcome: Outcome,
) -> worker::Result<Option<Record>> {
    let rows: Vec<Row> = sql
        .exec(
            "DELETE FROM begun WHERE call_id = ?1 RETURNING at_ms, key_id, intent",
            vec![call_id.into()],
        )?
        .to_array()?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let intent: Intent = serde_json::from_str(&row.intent)?;
    Ok(Some(Record {
        key_id: row.key_id,
        at_ms: row.at_ms,
        intent,
        outcome,
    }))
}

/// Those whose end was never told.
pub(super) fn overdue(sql: &SqlStorage, now_ms: u64) -> worker::Result<Vec<String>> {
    let rows: Vec<Id> = sql
        .exec(
            "SELECT call_id FROM begun WHERE at_ms <= ?1 ORDER BY at_ms",
            vec![integer(now_ms.saturating_sub(SETTLE_AFTER_MS))?],
        )?
        .to_array()?;
    Ok(rows.into_iter().map(|row| row.call_id).collect())
}

pub(super) fn is_any(sql: &SqlStorage) -> worker::Result<bool> {
    let rows: Vec<Count> = sql
        .exec("SELECT count(*) AS count FROM begun", None)?
        .to_array()?;
    Ok(rows.first().is_some_and(|row| row.count > 0))
}
