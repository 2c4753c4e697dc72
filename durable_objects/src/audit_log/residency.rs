//! How many calls ran where, by day: what a report reads instead of every entry. It is
//! counted with the entries it counts, in one commit. Every function is synchronous.

use lango_audit_log::{Record, TallyLine, tally};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use super::log::Log;
use crate::sql::integer;

/// Days that no report asks for are dropped.
const KEPT_DAYS: i64 = 366;
/// A report reads no more lines. There is one per connection, day and kind of evidence.
const MOST_LINES: u64 = 20_000;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS residency_days (
      day        INTEGER NOT NULL,
      connection TEXT NOT NULL,
      connector  TEXT NOT NULL,
      finding    TEXT NOT NULL,
      calls      INTEGER NOT NULL,
      PRIMARY KEY (day, connection, connector, finding)
    ) STRICT, WITHOUT ROWID;
";

#[derive(Deserialize)]
struct Row {
    day: i64,
    connection: String,
    connector: String,
    finding: String,
    calls: u64,
}

/// Counts the records of a commit.
pub(super) fn count(log: &Log, records: &[Record]) -> worker::Result<()> {
    let lines = tally(records);
    let Some(newest) = lines.iter().map(|line| line.day).max() else {
        return Ok(());
    };
    for line in &lines {
        log.write(
            "INSERT INTO residency_days (day, connection, connector, finding, calls) \
             VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (day, connection, connector, finding) \
             DO UPDATE SET calls = calls + excluded.calls",
            vec![
                signed(line.day)?,
                line.connection.as_str().into(),
                line.connector.as_str().into(),
                serde_json::to_string(&line.finding)?.into(),
                integer(line.calls)?,
            ],
        )?;
    }
    log.write(
        "DELETE FROM residency_days WHERE day < ?1",
        vec![signed(newest - KEPT_DAYS)?],
    )?;
    Ok(())
}

/// The lines from a day on.
pub(super) fn since(sql: &SqlStorage, day: i64) -> worker::Result<Vec<TallyLine>> {
    let rows: Vec<Row> = sql
        .exec(
            "SELECT day, connection, connector, finding, calls FROM residency_days \
             WHERE day >= ?1 ORDER BY day DESC LIMIT ?2",
            vec![signed(day)?, integer(MOST_LINES)?],
        )?
        .to_array()?;
    rows.into_iter().map(Row::read).collect()
}

fn signed(number: i64) -> worker::Result<SqlStorageValue> {
    SqlStorageValue::try_from_i64(number)
}

impl Row {
    fn read(self) -> worker::Result<TallyLine> {
        Ok(TallyLine {
            day: self.day,
            connector: self.connector,
            connection: self.connection,
            finding: serde_json::from_str(&self.finding)?,
            calls: self.calls,
        })
    }
}
