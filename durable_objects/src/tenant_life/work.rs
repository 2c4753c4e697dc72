//! What is yet to be told, as rows. Every function is synchronous: what one event
//! writes commits together.

use lango_identity::KeyId;
use lango_store::TenantObjects;
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS told (
      what TEXT NOT NULL,
      id   TEXT NOT NULL,
      PRIMARY KEY (what, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS changed (
      only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS erased (
      only      INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      in_store  INTEGER NOT NULL
    ) STRICT;
";

/// What an object is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// A gate: to read the store again.
    Forget,
    /// A gate: to delete everything.
    EraseGate,
    /// A grant: to delete everything.
    EraseGrant,
}

/// One object that is to be told.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Told {
    pub(super) what: What,
    pub(super) id: KeyId,
}

#[derive(Deserialize)]
struct Changed {
    only: u32,
}

#[derive(Deserialize)]
struct Erased {
    in_store: u32,
}

/// The rows of one tenant's object.
pub(super) struct Work {
    sql: SqlStorage,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::EraseGate => "erase_gate",
            Self::EraseGrant => "erase_grant",
        }
    }
}

impl Work {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    /// Something has changed: whom to tell is to be read from the store.
    pub(super) fn set_changed(&self) -> worker::Result<()> {
        self.sql
            .exec("INSERT OR IGNORE INTO changed (only) VALUES (1)", None)
            .map(drop)
    }

    pub(super) fn is_changed(&self) -> worker::Result<bool> {
        let rows: Vec<Changed> = self
            .sql
            .exec("SELECT only FROM changed", None)?
            .to_array()?;
        Ok(rows.first().is_some_and(|row| row.only == 1))
    }

    /// Every gate in force is to read the store again.
    pub(super) fn add_changed(&self, objects: &TenantObjects) -> worker::Result<()> {
        objects
            .gates()
            .try_for_each(|id| self.add(What::Forget, id))?;
        self.sql.exec("DELETE FROM changed", None).map(drop)
    }

    /// Everything is to go. It is a row before the store's rows go, which are the only
    /// place where the objects' names stand.
    pub(super) fn add_erasure(&self, objects: &TenantObjects) -> worker::Result<()> {
        objects
            .gates()
            .try_for_each(|id| self.add(What::EraseGate, id))?;
        objects
            .grants
            .iter()
            .try_for_each(|id| self.add(What::EraseGrant, id))?;
        self.sql.exec(
            "INSERT OR IGNORE INTO erased (only, in_store) VALUES (1, 0)",
            None,
        )?;
        Ok(())
    }

    /// The tenant was reopened before its rows went.
    pub(super) fn drop_erasure(&self) -> worker::Result<()> {
        self.sql
            .exec("DELETE FROM told WHERE what <> 'forget'", None)?;
        self.sql.exec("DELETE FROM erased", None).map(drop)
    }

    pub(super) fn set_erased_in_store(&self) -> worker::Result<()> {
        self.sql
            .exec("UPDATE erased SET in_store = 1 WHERE only = 1", None)
            .map(drop)
    }

    /// Whether an erasure is under way, and whether the store's rows are gone.
    pub(super) fn erasure(&self) -> worker::Result<Option<bool>> {
        let rows: Vec<Erased> = self
            .sql
            .exec("SELECT in_store FROM erased WHERE only = 1", None)?
            .to_array()?;
        Ok(rows.first().map(|row| row.in_store == 1))
    }

    /// Some of those that are to be told; erasing waits until the store's rows are gone.
    pub(super) fn next(&self, count: u32) -> worker::Result<Vec<Told>> {
        let may_erase = self.erasure()? == Some(true);
        self.sql
            .exec(
                "SELECT what, id FROM told WHERE what = 'forget' OR ?1 = 1 LIMIT ?2",
                vec![
                    SqlStorageValue::Integer(may_erase.into()),
                    SqlStorageValue::Integer(count.into()),
                ],
            )?
            .to_array()
    }

    pub(super) fn done(&self, told: &Told) -> worker::Result<()> {
        self.sql
            .exec(
                "DELETE FROM told WHERE what = ?1 AND id = ?2",
                vec![told.what.name().into(), told.id.as_str().into()],
            )
            .map(drop)
    }

    fn add(&self, what: What, id: &KeyId) -> worker::Result<()> {
        self.sql
            .exec(
                "INSERT OR IGNORE INTO told (what, id) VALUES (?1, ?2)",
                vec![what.name().into(), id.as_str().into()],
            )
            .map(drop)
    }
}
