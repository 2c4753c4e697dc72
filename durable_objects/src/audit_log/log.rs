//! What the parts of an `AuditLog` object share: its database, its keys, and the end of
//! its tree in memory.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use lango_audit_log::{CheckpointKeys, Counts, TreeHash, origin};
use worker::{Env, SqlStorage, SqlStorageValue, State, Storage, console_error};

use super::{
    archive, begun, client::PLATFORM, commit::Arrival, head::Head, residency, rows, schema,
};
use crate::repeats::Repeats;

/// The gateway's secret with the seeds of the keys.
const KEYS: &str = "LANGO_CHECKPOINT_KEYS";

/// One log.
pub(super) struct Log {
    /// The tenant's identifier, or `platform`.
    pub(super) name: String,
    pub(super) env: Env,
    pub(super) storage: Storage,
    pub(super) sql: SqlStorage,
    pub(super) repeats: Repeats,
    keys: Result<CheckpointKeys, String>,
    /// The end of the tree; `None` until it is read, and after a commit that failed.
    head: RefCell<Option<Head>>,
    /// The roots of all complete runs, once a proof has asked for them.
    pub(super) roots: RefCell<Option<Rc<Vec<TreeHash>>>>,
    /// What the gates have received; `None` until it is added up.
    pub(super) received: Cell<Option<Counts>>,
    /// What waits for the commit under way.
    pub(super) waiting: RefCell<Vec<Waiting>>,
    /// Whether a commit is under way.
    pub(super) committing: Cell<bool>,
    /// When the alarm goes off, as far as this instance knows.
    pub(super) alarm_ms: Cell<Option<u64>>,
    /// When whoever watches the log was last told that it grows.
    pub(super) told_ms: Cell<u64>,
    /// When a stream last read it, as far as this instance knows.
    pub(super) followed_ms: Cell<u64>,
    /// What this instance knows of the archive.
    pub(super) archive: archive::Known,
    /// Rows written since the object was started, and commits.
    pub(super) rows_written: Cell<u64>,
    pub(super) commits: Cell<u64>,
}

/// Somebody who is told when theirs is durable.
pub(super) struct Waiting {
    pub(super) arrival: Arrival,
    pub(super) told: tokio::sync::oneshot::Sender<Result<(), String>>,
}

impl Log {
    pub(super) fn open(state: &State, env: &Env) -> worker::Result<Rc<Self>> {
        let storage = state.storage();
        let sql = storage.sql();
        create(&sql)?;
        let keys = keys(env);
        if let Err(problem) = &keys {
            console_error!("audit logs cannot be appended to: {problem}");
        }
        Ok(Rc::new(Self {
            name: state.id().name().unwrap_or_default(),
            env: env.clone(),
            repeats: Repeats::open(storage.sql())?,
            storage,
            sql,
            keys,
            head: RefCell::new(None),
            roots: RefCell::new(None),
            received: Cell::new(None),
            waiting: RefCell::default(),
            committing: Cell::new(false),
            alarm_ms: Cell::new(None),
            told_ms: Cell::new(0),
            followed_ms: Cell::new(0),
            archive: archive::Known::default(),
            rows_written: Cell::new(0),
            commits: Cell::new(0),
        }))
    }

    pub(super) fn is_platform(&self) -> bool {
        self.name == PLATFORM
    }

    /// The log's name in its checkpoints.
    pub(super) fn origin(&self) -> String {
        origin(&self.name)
    }

    pub(super) fn keys(&self) -> worker::Result<&CheckpointKeys> {
        self.keys
            .as_ref()
            .map_err(|problem| worker::Error::RustError(problem.clone()))
    }

    /// Takes the head out, to be changed and given back. What is not given back, because
    /// something failed, is read from the database again.
    pub(super) fn take_head(&self) -> worker::Result<Head> {
        match self.head.take() {
            Some(head) => Ok(head),
            None => Head::load(&self.sql),
        }
    }

    pub(super) fn give_head(&self, head: Head) {
        self.head.replace(Some(head));
    }

    /// How many entries there are. A log whose end is broken can be read all the same: how
    /// else would anybody see what is wrong?
    pub(super) fn size(&self) -> worker::Result<u64> {
        if let Some(head) = self.head.borrow().as_ref() {
            return Ok(head.size());
        }
        let query = "SELECT first + count FROM batches ORDER BY first DESC LIMIT 1";
        let row = rows::first(&self.sql, query, vec![])?;
        row.map_or(Ok(0), |mut row| row.number())
    }

    /// A statement that writes: its rows are counted.
    pub(super) fn write(&self, text: &str, values: Vec<SqlStorageValue>) -> worker::Result<u64> {
        let cursor = self.sql.exec(text, values)?;
        let rows = cursor.rows_written() as u64;
        self.rows_written.set(self.rows_written.get() + rows);
        Ok(rows)
    }

    /// What is left is an empty log, as of a tenant that never was.
    pub(super) async fn erase(&self) -> worker::Result<()> {
        self.storage.delete_alarm().await?;
        self.storage.delete_all().await?;
        self.head.replace(None);
        self.roots.replace(None);
        self.received.set(None);
        self.alarm_ms.set(None);
        Repeats::open(self.storage.sql())?;
        create(&self.sql)
    }
}

fn create(sql: &SqlStorage) -> worker::Result<()> {
    schema::create(sql)?;
    sql.exec(begun::SCHEMA, None)?;
    sql.exec(residency::SCHEMA, None).map(drop)
}

fn keys(env: &Env) -> Result<CheckpointKeys, String> {
    let secret = env
        .secret(KEYS)
        .map_err(|_| format!("there is no {KEYS}"))?;
    CheckpointKeys::parse(&secret.to_string()).map_err(|error| format!("{KEYS}: {error}"))
}
