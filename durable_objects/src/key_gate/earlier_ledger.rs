//! The ledger of data folders of before, which had a row for each call: what is left in
//! it goes into the journal once, at the first start.

use std::collections::BTreeSet;

use lango_admission::{Gcra, Head, Open, Taken, Turn};
use lango_audit_log::Outcome;
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use crate::sql::integer;

#[derive(Deserialize)]
struct Table {
    found: u32,
}

#[derive(Deserialize)]
struct Row {
    call_id: String,
    at_ms: u64,
    intent: String,
    outcome: Option<String>,
    calls_due_us: String,
}

#[derive(Deserialize)]
struct OutboxRow {
    number: u64,
    call_ids: String,
    calls_due_us: String,
}

/// The batch that was on its way becomes the first row, everything else the second.
pub(super) fn carry_over(sql: &SqlStorage, key_id: &str) -> worker::Result<()> {
    let tables = "SELECT count(*) AS found FROM sqlite_master WHERE type = 'table' \
                  AND name IN ('ledger', 'outbox')";
    let tables: Vec<Table> = sql.exec(tables, None)?.to_array()?;
    if tables.first().is_none_or(|table| table.found < 2) {
        return Ok(());
    }
    let rows: Vec<Row> = sql
        .exec(
            "SELECT call_id, at_ms, intent, outcome, calls_due_us FROM ledger ORDER BY at_ms",
            None,
        )?
        .to_array()?;
    let outbox: Vec<OutboxRow> = sql
        .exec("SELECT number, call_ids, calls_due_us FROM outbox", None)?
        .to_array()?;
    let (mut head, mut on_its_way) = (Head::default(), BTreeSet::<String>::new());
    let mut due = Vec::new();
    for row in outbox {
        head.number = row.number;
        on_its_way = serde_json::from_str(&row.call_ids)?;
        due.push(row.calls_due_us);
    }
    let mut turns = [Turn::default(), Turn::default()];
    for row in rows {
        let turn = &mut turns[usize::from(!on_its_way.contains(&row.call_id))];
        row.into_turn(turn, key_id, &mut due)?;
    }
    let due = due.iter().filter_map(|due| due.parse().ok()).max();
    head.limits = Taken {
        calls: Gcra::from_due_us(due.unwrap_or(0)),
        ..Taken::default()
    };
    head.cut = u64::from(!on_its_way.is_empty());
    let [first, second] = turns;
    for (number, turn) in [(1, first), (2, second)] {
        insert(sql, number, &turn)?;
    }
    sql.exec(
        "INSERT OR REPLACE INTO journal_head (only, head) VALUES (1, ?1)",
        vec![serde_json::to_string(&head)?.into()],
    )?;
    sql.exec("DROP TABLE ledger; DROP TABLE outbox;", None)?;
    Ok(())
}

impl Row {
    fn into_turn(self, turn: &mut Turn, key_id: &str, due: &mut Vec<String>) -> worker::Result<()> {
        let open = Open {
            at_ms: self.at_ms,
            intent: serde_json::from_str(&self.intent)?,
        };
        match self.outcome {
            Some(outcome) => {
                let outcome: Outcome = serde_json::from_str(&outcome)?;
                turn.ended.push(open.settle(key_id, outcome));
            }
            None => turn.begun.push(open),
        }
        due.push(self.calls_due_us);
        Ok(())
    }
}

fn insert(sql: &SqlStorage, number: u64, turn: &Turn) -> worker::Result<()> {
    if turn.is_empty() {
        return Ok(());
    }
    let values: Vec<SqlStorageValue> = vec![integer(number)?, serde_json::to_string(turn)?.into()];
    sql.exec("INSERT INTO journal (number, turn) VALUES (?1, ?2)", values)?;
    Ok(())
}
