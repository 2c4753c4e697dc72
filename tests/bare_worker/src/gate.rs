//! The `BareGate` object: one durable row for each call, and nothing else.
//!
//! **Atomicity.** One statement. The answer is held until its row is durable
//! (output gate), as a `KeyGate`'s is.
//!
//! **Tables.** `calls(number, record)`.
//!
//! **Messages.** `POST /record`: any text → the row's number.

use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

/// See the module's documentation.
#[durable_object(fetch)]
pub struct BareGate {
    opened: Result<SqlStorage, String>,
}

#[derive(Deserialize)]
struct Row {
    number: u64,
}

impl DurableObject for BareGate {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        let created = sql.exec(
            "CREATE TABLE IF NOT EXISTS calls (number INTEGER PRIMARY KEY, record TEXT NOT NULL)",
            None,
        );
        Self {
            opened: created.map(|_| sql).map_err(|error| error.to_string()),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let record = request.text().await?;
        let sql = self
            .opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(error.clone()))?;
        let row: Row = sql
            .exec(
                "INSERT INTO calls (record) VALUES (?1) RETURNING number",
                vec![record.into()],
            )?
            .one()?;
        Response::ok(row.number.to_string())
    }
}
