//! The limit on all keys of a tenant: one row, written with every answer. Synchronous, so
//! shares are given one after the other, and none is given twice after a restart.

use lango_admission::{Gcra, ShareAsk, Shares};
use serde::Deserialize;
use worker::SqlStorage;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS tenant_rate (
      only  INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      taken TEXT NOT NULL
    ) STRICT;
";

#[derive(Deserialize)]
struct Row {
    taken: String,
}

/// Takes shares for calls of one key, by the tenant's limit and the key's own.
pub(super) fn share(sql: &SqlStorage, ask: ShareAsk, now_ms: u64) -> worker::Result<Shares> {
    sql.exec(SCHEMA, None)?;
    let rows: Vec<Row> = sql
        .exec("SELECT taken FROM tenant_rate WHERE only = 1", None)?
        .to_array()?;
    let taken: Gcra = match rows.first() {
        Some(row) => serde_json::from_str(&row.taken)?,
        None => Gcra::default(),
    };
    let (shares, taken) = ask.answer(taken, now_ms);
    sql.exec(
        "INSERT INTO tenant_rate (only, taken) VALUES (1, ?1) \
         ON CONFLICT (only) DO UPDATE SET taken = excluded.taken",
        vec![serde_json::to_string(&taken)?.into()],
    )?;
    Ok(shares)
}
