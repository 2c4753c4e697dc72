//! The `PlainGate` object: what the gate would do without sharing commits.
//!
//! **Atomicity.** One statement. The answer is held until its row is durable (output
//! gate).
//!
//! **Tables.** `calls(call_id, intent)`.
//!
//! **Messages.** Any `Ask` of a call → nothing.

use lango_admission::{Ask, Gcra, Limited, Limits, Purpose, Quota};
use worker::{Date, DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

use crate::failed;

/// See the module's documentation.
#[durable_object(fetch)]
pub struct PlainGate {
    sql: SqlStorage,
    state: State,
}

impl DurableObject for PlainGate {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        Self { sql, state }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let ask: Ask = serde_json::from_str(&request.text().await?)?;
        let Purpose::Recorded(intent) = &ask.purpose else {
            return Response::error("only calls", 400);
        };
        let quota = Quota::new(60_000_000, 1_000_000).map_err(failed)?;
        let mut limits = Limits {
            queue: 100,
            key: Limited::new(quota, Gcra::default()),
            tools: std::collections::BTreeMap::new(),
            tenant: None,
        };
        let paced = limits.take(None, Date::now().as_millis());
        self.sql.exec(
            "CREATE TABLE IF NOT EXISTS calls (call_id TEXT PRIMARY KEY, intent TEXT) WITHOUT ROWID",
            None,
        )?;
        self.sql.exec(
            "INSERT INTO calls (call_id, intent) VALUES (?1, ?2)",
            vec![
                intent.call_id.as_str().into(),
                serde_json::to_string(intent)?.into(),
            ],
        )?;
        // Each commits before the next begins: nobody's row rides along.
        self.state.storage().sync().await?;
        Response::from_json(&paced)
    }
}
