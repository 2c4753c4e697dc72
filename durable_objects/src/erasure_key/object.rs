//! The `ErasureKey` object: one random key of a tenant, and its end.
//!
//! **Atomicity.** A key is written between two `await`s by synchronous code, so two who
//! ask for one at once are given the same, and the reply is held until it is durable
//! (output gate): nothing is sealed under a key that a crash could take. Destroying
//! overwrites the key in its row, deletes the whole database, so that no free page or
//! journal of it keeps the key, and then writes down the generation. After a crash in
//! between the key is gone and the next generation is counted anew, which opens nothing:
//! the number only says why something does not open.
//!
//! **Tables.** `erasure_key(only, generation, key)`: `key` is NULL after it was destroyed.
//!
//! **Messages.** `POST /get`: `()` → the key or null. `POST /get_or_create`: `()` → the
//! key. `POST /destroy`: `()` → its generation or null. `POST /erase`: `()` → `()`, when
//! the tenant is erased.

use std::num::NonZeroU32;

use lango_vault::{ERASURE_KEY_RANDOM_LENGTH, ErasureKeyText};
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};
use zeroize::Zeroizing;

use super::client::{PATH_DESTROY, PATH_ERASE, PATH_GET, PATH_GET_OR_CREATE};
use crate::exchange::answer;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS erasure_key (
      only       INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      generation INTEGER NOT NULL,
      key        TEXT
    ) STRICT;
";

/// See the module's documentation.
#[durable_object]
pub struct ErasureKey {
    state: State,
}

#[derive(Deserialize)]
struct Row {
    generation: u32,
    key: Option<ErasureKeyText>,
}

impl DurableObject for ErasureKey {
    fn new(state: State, _: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_GET => answer(&self.row()?.and_then(|row| row.key)),
            PATH_GET_OR_CREATE => answer(&self.get_or_create()?),
            PATH_DESTROY => answer(&self.destroy().await?),
            PATH_ERASE => answer(&self.wipe().await?),
            _ => Response::error("no such message", 404),
        }
    }
}

impl ErasureKey {
    fn get_or_create(&self) -> worker::Result<ErasureKeyText> {
        let row = self.row()?;
        let before = row.as_ref().map_or(0, |row| row.generation);
        if let Some(key) = row.and_then(|row| row.key) {
            return Ok(key);
        }
        let generation = before
            .checked_add(1)
            .and_then(NonZeroU32::new)
            .ok_or_else(|| worker::Error::RustError("no generation is left".to_owned()))?;
        let mut random = Zeroizing::new([0; ERASURE_KEY_RANDOM_LENGTH]);
        getrandom::fill(random.as_mut_slice())
            .map_err(|_| worker::Error::RustError("there are no random bytes".to_owned()))?;
        let key = lango_vault::ErasureKey::of_random(generation, &random).text();
        self.store(generation.get(), Some(&key))?;
        Ok(key)
    }

    async fn destroy(&self) -> worker::Result<Option<u32>> {
        let Some(Row {
            generation,
            key: Some(_),
        }) = self.row()?
        else {
            return Ok(None);
        };
        self.wipe().await?;
        self.store(generation, None)?;
        Ok(Some(generation))
    }

    async fn wipe(&self) -> worker::Result<()> {
        self.sql()?.exec(
            "UPDATE erasure_key SET key = replace(hex(zeroblob(length(key))), '00', '0')",
            None,
        )?;
        self.state.storage().delete_all().await
    }

    fn row(&self) -> worker::Result<Option<Row>> {
        let rows = "SELECT generation, key FROM erasure_key WHERE only = 1";
        Ok(self.sql()?.exec(rows, None)?.to_array()?.pop())
    }

    fn store(&self, generation: u32, key: Option<&ErasureKeyText>) -> worker::Result<()> {
        let generation = i64::from(generation);
        self.sql()?
            .exec(
                "INSERT INTO erasure_key (only, generation, key) VALUES (1, ?1, ?2) \
                 ON CONFLICT (only) DO UPDATE SET generation = excluded.generation, \
                 key = excluded.key",
                vec![
                    worker::SqlStorageValue::try_from_i64(generation)?,
                    key.map(ErasureKeyText::expose).into(),
                ],
            )
            .map(drop)
    }

    /// The database with its table, which goes with everything else.
    fn sql(&self) -> worker::Result<SqlStorage> {
        let sql = self.state.storage().sql();
        sql.exec(SCHEMA, None)?;
        Ok(sql)
    }
}
