//! The rows of one connection's owner. Every function is synchronous: what one event
//! writes commits together.

use lango_delegation::{Credential, Pending};
use lango_vault::{SealedField, WrappedDataKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use worker::{SqlStorage, SqlStorageValue};

/// Numbers of a holder go on after it was forgotten: what was on its way for the one
/// before does not meet its successor.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS credentials (
      number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
      holder TEXT NOT NULL UNIQUE,
      since_ms INTEGER NOT NULL,
      state  TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS pending (
      holder        TEXT NOT NULL PRIMARY KEY,
      expires_at_ms INTEGER NOT NULL,
      state         TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS data_keys (
      version INTEGER NOT NULL PRIMARY KEY,
      wrapped TEXT NOT NULL,
      seals   INTEGER NOT NULL DEFAULT 0
    ) STRICT;
";

/// What a sealed text is: it is bound to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Access,
    Refresh,
    Verifier,
}

/// A token, or a verifier, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SealedToken {
    pub(super) kind: Kind,
    pub(super) data_key_version: u32,
    pub(super) sealed: SealedField,
}

/// A stored credential with its number.
pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) holder: String,
    pub(super) since_ms: i64,
    pub(super) credential: Credential<SealedToken>,
}

/// The stored tokens of one connection.
pub(super) struct Journal {
    sql: SqlStorage,
}

#[derive(Deserialize)]
struct CredentialRow {
    number: i64,
    holder: String,
    since_ms: i64,
    state: String,
}

#[derive(Deserialize)]
struct StateRow {
    state: String,
}

#[derive(Deserialize)]
struct KeyRow {
    wrapped: String,
}

#[derive(Deserialize)]
struct Count {
    seals: u32,
}

impl Journal {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    pub(super) fn load(&self, holder: &str) -> worker::Result<Option<Stored>> {
        let rows: Vec<CredentialRow> = self.query(
            "SELECT number, holder, since_ms, state FROM credentials WHERE holder = ?1",
            vec![holder.into()],
        )?;
        rows.into_iter().next().map(Stored::read).transpose()
    }

    pub(super) fn all(&self) -> worker::Result<Vec<Stored>> {
        let rows: Vec<CredentialRow> = self.query(
            "SELECT number, holder, since_ms, state FROM credentials ORDER BY holder",
            vec![],
        )?;
        rows.into_iter().map(Stored::read).collect()
    }

    /// A credential that takes the place of whatever the holder had.
    pub(super) fn begin(
        &self,
        holder: &str,
        since_ms: i64,
        credential: &Credential<SealedToken>,
    ) -> worker::Result<()> {
        self.forget(holder)?;
        self.sql.exec(
            "INSERT INTO credentials (holder, since_ms, state) VALUES (?1, ?2, ?3)",
            vec![
                holder.into(),
                SqlStorageValue::try_from_i64(since_ms)?,
                serde_json::to_string(credential)?.into(),
            ],
        )?;
        Ok(())
    }

    pub(super) fn save(&self, stored: &Stored) -> worker::Result<()> {
        self.sql.exec(
            "UPDATE credentials SET state = ?2 WHERE number = ?1",
            vec![
                SqlStorageValue::try_from_i64(stored.number)?,
                serde_json::to_string(&stored.credential)?.into(),
            ],
        )?;
        Ok(())
    }

    /// Says whether there was one.
    pub(super) fn forget(&self, holder: &str) -> worker::Result<bool> {
        let was = self.load(holder)?.is_some();
        self.sql.exec(
            "DELETE FROM credentials WHERE holder = ?1",
            vec![holder.into()],
        )?;
        self.sql
            .exec("DELETE FROM pending WHERE holder = ?1", vec![holder.into()])?;
        Ok(was)
    }

    /// A newer attempt takes the place of an older one.
    pub(super) fn await_answer(
        &self,
        holder: &str,
        pending: &Pending<SealedToken>,
        now_ms: i64,
    ) -> worker::Result<()> {
        self.sql.exec(
            "DELETE FROM pending WHERE expires_at_ms <= ?1",
            vec![SqlStorageValue::try_from_i64(now_ms)?],
        )?;
        self.sql.exec(
            "INSERT INTO pending (holder, expires_at_ms, state) VALUES (?1, ?2, ?3) \
             ON CONFLICT (holder) DO UPDATE \
             SET expires_at_ms = excluded.expires_at_ms, state = excluded.state",
            vec![
                holder.into(),
                SqlStorageValue::try_from_i64(pending.expires_at_ms)?,
                serde_json::to_string(pending)?.into(),
            ],
        )?;
        Ok(())
    }

    pub(super) fn pending(&self, holder: &str) -> worker::Result<Option<Pending<SealedToken>>> {
        let rows: Vec<StateRow> = self.query(
            "SELECT state FROM pending WHERE holder = ?1",
            vec![holder.into()],
        )?;
        rows.first()
            .map(|row| serde_json::from_str(&row.state).map_err(Into::into))
            .transpose()
    }

    /// Whatever comes of it: it is used once.
    pub(super) fn answered(&self, holder: &str) -> worker::Result<()> {
        self.sql
            .exec("DELETE FROM pending WHERE holder = ?1", vec![holder.into()])?;
        Ok(())
    }

    pub(super) fn data_keys(&self) -> worker::Result<Vec<WrappedDataKey>> {
        let rows: Vec<KeyRow> =
            self.query("SELECT wrapped FROM data_keys ORDER BY version", vec![])?;
        rows.iter()
            .map(|row| serde_json::from_str(&row.wrapped).map_err(Into::into))
            .collect()
    }

    /// A data key as it is wrapped now; how often it has sealed stays.
    pub(super) fn keep(&self, data_key: &WrappedDataKey) -> worker::Result<()> {
        self.sql.exec(
            "INSERT INTO data_keys (version, wrapped) VALUES (?1, ?2) \
             ON CONFLICT (version) DO UPDATE SET wrapped = excluded.wrapped",
            vec![
                SqlStorageValue::Integer(data_key.version.into()),
                serde_json::to_string(data_key)?.into(),
            ],
        )?;
        Ok(())
    }

    /// Counts one more message under a data key, and says how many there are.
    pub(super) fn count_seal(&self, version: u32) -> worker::Result<u32> {
        let rows: Vec<Count> = self.query(
            "UPDATE data_keys SET seals = seals + 1 WHERE version = ?1 RETURNING seals",
            vec![SqlStorageValue::Integer(version.into())],
        )?;
        Ok(rows.first().map_or(u32::MAX, |row| row.seals))
    }

    /// How many messages a data key has sealed here.
    pub(super) fn seals(&self, version: u32) -> worker::Result<u32> {
        let rows: Vec<Count> = self.query(
            "SELECT seals FROM data_keys WHERE version = ?1",
            vec![SqlStorageValue::Integer(version.into())],
        )?;
        Ok(rows.first().map_or(0, |row| row.seals))
    }

    /// Whether a consent that may still come has its verifier sealed under a data key.
    pub(super) fn is_awaited_under(&self, version: u32, now_ms: i64) -> worker::Result<bool> {
        let rows: Vec<StateRow> = self.query(
            "SELECT state FROM pending \
             WHERE state ->> '$.verifier.data_key_version' = ?1 AND expires_at_ms > ?2 LIMIT 1",
            vec![
                SqlStorageValue::Integer(version.into()),
                SqlStorageValue::try_from_i64(now_ms)?,
            ],
        )?;
        Ok(!rows.is_empty())
    }

    pub(super) fn drop_data_key(&self, version: u32) -> worker::Result<()> {
        self.sql.exec(
            "DELETE FROM data_keys WHERE version = ?1",
            vec![SqlStorageValue::Integer(version.into())],
        )?;
        Ok(())
    }

    /// Nothing of it opens any more: nothing of it is kept.
    pub(super) fn clear(&self) -> worker::Result<()> {
        for table in ["credentials", "pending", "data_keys"] {
            self.sql.exec(&format!("DELETE FROM {table}"), None)?;
        }
        Ok(())
    }

    fn query<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> worker::Result<Vec<T>> {
        self.sql.exec(sql, values)?.to_array()
    }
}

impl Stored {
    fn read(row: CredentialRow) -> worker::Result<Self> {
        Ok(Self {
            number: row.number,
            holder: row.holder,
            since_ms: row.since_ms,
            credential: serde_json::from_str(&row.state)?,
        })
    }
}
