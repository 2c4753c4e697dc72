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

use js_sys::{Function, Reflect};
use lango_store::{MIGRATIONS, Rows, SqlError, Statement};
use worker::{
    DurableObject, Env, Request, Response, State, durable_object,
    wasm_bindgen::{JsCast, JsValue, closure::ScopedClosure},
};

use super::client::PATH_BATCH;
use crate::{
    exchange::{answer, question},
    sql::bound,
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

/// `storage.transactionSync`, which the `worker` crate does not wrap: an error
/// leaves the callback as an exception and rolls back.
fn transaction(state: &State, work: impl FnOnce(&State) -> Outcome) -> Outcome {
    let (mut work, mut outcome) = (Some(work), None);
    let mut callback = || -> Result<JsValue, JsValue> {
        let result = work.take().map_or_else(
            || {
                Err(SqlError::from_message(
                    "the transaction ran twice".to_owned(),
                ))
            },
            |work| work(state),
        );
        let thrown = result
            .as_ref()
            .err()
            .map(|error| JsValue::from_str(&error.message));
        outcome = Some(result);
        thrown.map_or(Ok(JsValue::UNDEFINED), Err)
    };
    let called = transaction_sync(state, &mut callback);
    match (outcome, called) {
        (Some(Err(error)), _) => Err(error),
        (Some(Ok(rows)), Ok(())) => Ok(rows),
        // The commit failed, or the callback was never reached.
        (_, called) => Err(SqlError::from_message(called.err().unwrap_or_default())),
    }
}

fn transaction_sync(
    state: &State,
    callback: &mut impl FnMut() -> Result<JsValue, JsValue>,
) -> Result<(), String> {
    let storage = state.storage();
    let storage: &JsValue = storage.as_raw().as_ref();
    let closure =
        ScopedClosure::<dyn FnMut() -> Result<JsValue, JsValue>>::borrow_mut_assert_unwind_safe(
            callback,
        );
    Reflect::get(storage, &JsValue::from_str("transactionSync"))
        .and_then(JsCast::dyn_into::<Function>)
        .and_then(|function| function.call1(storage, closure.as_js_value()))
        .map(drop)
        .map_err(|error| format!("the transaction failed: {error:?}"))
}
