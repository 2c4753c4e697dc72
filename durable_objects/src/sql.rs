//! The two databases behind the SQL port: D1 on Cloudflare, the
//! [`ConfigStore`](crate::ConfigStore) object on plain workerd.

use lango_store::{Rows, Sql, SqlError, Statement, Value};
use worker::{D1Database, Env, SqlStorageValue, wasm_bindgen::JsValue};

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

/// An unsigned number as a row has it.
pub(crate) fn integer(number: u64) -> worker::Result<SqlStorageValue> {
    let number = i64::try_from(number)
        .map_err(|_| worker::Error::RustError("a number is out of range".to_owned()))?;
    SqlStorageValue::try_from_i64(number)
}
