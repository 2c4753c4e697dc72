//! The `ConfigStore` object: one SQLite database behind the SQL port.
//!
//! **Atomicity.** A batch runs inside `transactionSync`: no other event is
//! delivered meanwhile, and a statement that fails rolls back those before it.
//! The reply is held until the commit is durable (output gate).
//!
//! **Tables.** Those of `d1_migrations/`, and `d1_migrations(name)`, which
//! remembers what has been applied. Each migration commits with its name.
//!
//! **Messages.** `POST /batch`: `[Statement]` → `Result<[Rows], SqlError>`.

use lango_store::{MIGRATIONS, Rows, SqlError, Statement};
use worker::{DurableObject, Env, Request, Response, State, durable_object, wasm_bindgen::JsValue};

use super::client::PATH_BATCH;
use crate::{
    exchange::{answer, question},
    sql::{atomically, bound},
};

/// See the module's documentation.
#[durable_object(fetch)]
pub struct ConfigStore {
    state: State,
    migrated: Result<(), SqlError>,
}

impl DurableObject for ConfigStore {
    fn new(state: State, _env: Env) -> Self {
        let migrated = migrate(&state);
        Self { state, migrated }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        if request.path() != PATH_BATCH {
            return Response::error("no such message", 404);
        }
        let statements: Vec<Statement> = question(&mut request).await?;
        let result = match &self.migrated {
            Ok(()) => transaction(&self.state, move |state| {
                statements
                    .iter()
                    .map(|statement| run(state, statement))
                    .collect()
            }),
            Err(error) => Err(error.clone()),
        };
        answer(&result)
    }
}

fn migrate(state: &State) -> Result<(), SqlError> {
    let create = "CREATE TABLE IF NOT EXISTS d1_migrations (name TEXT NOT NULL PRIMARY KEY)";
    exec(state, create, Vec::new())?;
    for migration in MIGRATIONS {
        transaction(state, |state| {
            let name = vec![JsValue::from_str(migration.name)];
            let applied = exec(
                state,
                "SELECT 1 FROM d1_migrations WHERE name = ?1",
                name.clone(),
            )?;
            if applied.0.is_empty() {
                exec(state, migration.sql, Vec::new())?;
                exec(state, "INSERT INTO d1_migrations (name) VALUES (?1)", name)?;
            }
            Ok(Vec::new())
        })?;
    }
    Ok(())
}

fn run(state: &State, statement: &Statement) -> Result<Rows, SqlError> {
    exec(
        state,
        &statement.text,
        statement.values.iter().map(bound).collect(),
    )
}

fn exec(state: &State, text: &str, values: Vec<JsValue>) -> Result<Rows, SqlError> {
    let failed = |error: worker::Error| SqlError::from_message(error.to_string());
    let cursor = state
        .storage()
        .sql()
        .exec_raw(text, values)
        .map_err(failed)?;
    cursor.to_array().map(Rows).map_err(failed)
}

type Outcome = Result<Vec<Rows>, SqlError>;

/// An error rolls back, and is given as the database said it.
fn transaction(state: &State, work: impl FnOnce(&State) -> Outcome) -> Outcome {
    let mut refused = None;
    let done = atomically(&state.storage(), || {
        work(state).map_err(|error| {
            let message = error.message.clone();
            refused = Some(error);
            worker::Error::RustError(message)
        })
    });
    done.map_err(|error| refused.unwrap_or_else(|| SqlError::from_message(error.to_string())))
}
