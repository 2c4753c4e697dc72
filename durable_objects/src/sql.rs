//! The two databases behind the SQL port: D1 on Cloudflare, the
//! [`ConfigStore`](crate::ConfigStore) object on plain workerd.

use std::sync::atomic::{AtomicU64, Ordering};

use js_sys::{Function, Reflect};
use lango_store::{Rows, Sql, SqlError, Statement, Value};
use worker::{
    D1Database, Env, SqlCursor, SqlStorageValue, Storage,
    wasm_bindgen::{JsCast, JsValue, closure::ScopedClosure},
};

use crate::{config_store::ConfigStoreClient, exchange::Unreachable};

const D1_BINDING: &str = "DB";

/// Tenant configuration, wherever this deployment keeps it.
pub struct Store(Backend);

enum Backend {
    D1(D1Database),
    Object(ConfigStoreClient),
}

impl Store {
    /// The store that this deployment has bound: D1 where there is one.
    ///
    /// # Errors
    /// [`Unreachable`] when neither is bound.
    pub fn bound(env: &Env) -> Result<Self, Unreachable> {
        match env.d1(D1_BINDING) {
            Ok(database) => Ok(Self(Backend::D1(database))),
            Err(_) => ConfigStoreClient::bound(env).map(Backend::Object).map(Self),
        }
    }
}

impl Sql for Store {
    async fn batch(&self, statements: &[Statement]) -> Result<Vec<Rows>, SqlError> {
        match &self.0 {
            Backend::D1(database) => batch_on_d1(database, statements)
                .await
                .map_err(|error| SqlError::from_message(error.to_string())),
            Backend::Object(client) => client.batch(statements).await,
        }
    }
}

async fn batch_on_d1(database: &D1Database, statements: &[Statement]) -> worker::Result<Vec<Rows>> {
    let prepared = statements
        .iter()
        .map(|statement| {
            let values: Vec<_> = statement.values.iter().map(bound).collect();
            database.prepare(&statement.text).bind(&values)
        })
        .collect::<worker::Result<_>>()?;
    let results = database.batch(prepared).await?;
    results
        .iter()
        .map(|result| result.results().map(Rows))
        .collect()
}

/// Integers cross as doubles: the port keeps them below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn bound(value: &Value) -> JsValue {
    match value {
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
        Value::Null => JsValue::NULL,
    }
}

/// Rows that the objects of this process have written through [`counted`], and alarms.
static ROWS_WRITTEN: AtomicU64 = AtomicU64::new(0);

/// How many rows the gates' calls have cost: for benches, which print their price.
#[must_use]
pub fn rows_written() -> u64 {
    ROWS_WRITTEN.load(Ordering::Relaxed)
}

/// Counts what a statement has written.
pub(crate) fn counted(cursor: SqlCursor) -> SqlCursor {
    let rows = u64::try_from(cursor.rows_written()).unwrap_or(u64::MAX);
    ROWS_WRITTEN.fetch_add(rows, Ordering::Relaxed);
    cursor
}

/// Setting an alarm is charged as a row.
pub(crate) fn counted_alarm() {
    ROWS_WRITTEN.fetch_add(1, Ordering::Relaxed);
}

/// An unsigned number as a row has it.
pub(crate) fn integer(number: u64) -> worker::Result<SqlStorageValue> {
    let number = i64::try_from(number)
        .map_err(|_| worker::Error::RustError("a number is out of range".to_owned()))?;
    SqlStorageValue::try_from_i64(number)
}

/// Runs synchronous statements of an object so that all of them hold, or none: what fails
/// takes back what was done before it.
///
/// # Errors
/// What the work says, or that it cannot be committed.
pub(crate) fn atomically<T>(
    storage: &Storage,
    work: impl FnOnce() -> worker::Result<T>,
) -> worker::Result<T> {
    let (mut work, mut outcome) = (Some(work), None);
    let mut callback = || -> Result<JsValue, JsValue> {
        let result = work
            .take()
            .map_or_else(|| Err("the transaction ran twice".into()), |work| work());
        let thrown = result
            .as_ref()
            .err()
            .map(|error| JsValue::from_str(&error.to_string()));
        outcome = Some(result);
        thrown.map_or(Ok(JsValue::UNDEFINED), Err)
    };
    let called = transaction_sync(storage, &mut callback);
    match (outcome, called) {
        (Some(Err(error)), _) => Err(error),
        (Some(Ok(done)), Ok(())) => Ok(done),
        // The commit failed, or the callback was never reached.
        (_, called) => Err(called.err().unwrap_or_default().into()),
    }
}

fn transaction_sync(
    storage: &Storage,
    callback: &mut impl FnMut() -> Result<JsValue, JsValue>,
) -> Result<(), String> {
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
