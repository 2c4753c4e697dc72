//! The clients of [`AuditLog`](super::AuditLog) objects: a tenant's, and the
//! platform's.

use lango_admission::{Answered, Earlier, Once};
use lango_audit_log::{Batch, Cursor, Entry, Intent, Limit, Outcome, Page, Record, TallyLine};
use lango_identity::{PlatformScope, TenantScope};
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "AUDIT_LOG";
/// No tenant's: their names begin with `t_`.
const PLATFORM: &str = "platform";

pub(super) const PATH_APPEND: &str = "/append";
pub(super) const PATH_ENTRIES: &str = "/entries";
pub(super) const PATH_ENTRIES_ABOVE: &str = "/entries-above";
pub(super) const PATH_RESIDENCY: &str = "/residency";
pub(super) const PATH_BEGIN: &str = "/begin";
pub(super) const PATH_LOG: &str = "/log";
pub(super) const PATH_SETTLE: &str = "/settle";
pub(super) const PATH_ERASE: &str = "/erase";

/// Which entries: those below a position, newest first; or above one, oldest first.
#[derive(Serialize, Deserialize)]
pub(super) struct EntriesFrom {
    pub(super) position: u64,
    pub(super) count: u32,
}

/// Something that is about to happen on the platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// The session or key that it is done with.
    pub key_id: String,
    /// What it is.
    pub intent: Intent,
    /// Now, in milliseconds since 1970.
    pub at_ms: i64,
    /// For what is to happen once.
    pub once: Option<Once>,
}

/// How something ended that was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub call_id: String,
    /// How.
    pub outcome: Outcome,
    /// For what is to happen once.
    pub answered: Option<Answered>,
}

/// One tenant's log. The object is named after the tenant of a scope, so no
/// caller can name another's.
pub struct AuditLogClient(Peer);

/// The platform's log. Whoever acts writes to it; reading it takes the right to run
/// the platform.
pub struct PlatformLogClient(Peer);

impl AuditLogClient {
    /// The log of the scope's tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "AuditLog", scope.tenant().as_str()).map(Self)
    }

    /// Appends a batch unless it has been taken before.
    ///
    /// # Errors
    /// [`Unreachable`]; the batch may or may not have been taken.
    pub async fn append(&self, batch: &Batch) -> Result<(), Unreachable> {
        self.0.ask(PATH_APPEND, batch).await
    }

    /// A page, newest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn page(&self, before: Cursor, limit: Limit) -> Result<Page, Unreachable> {
        page(&self.0, before, limit).await
    }

    /// Up to so many entries above a position, oldest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn above(&self, position: u64, count: u32) -> Result<Vec<Entry>, Unreachable> {
        let from = EntriesFrom { position, count };
        self.0.ask(PATH_ENTRIES_ABOVE, &from).await
    }

    /// How many calls ran where, from a day on: counted from 1970-01-01, UTC.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn residency_since(&self, day: i64) -> Result<Vec<TallyLine>, Unreachable> {
        self.0.ask(PATH_RESIDENCY, &day).await
    }

    /// Deletes everything: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}

impl PlatformLogClient {
    /// The platform's log.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn bound(env: &Env) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "AuditLog", PLATFORM).map(Self)
    }

    /// Writes down what is about to happen. It is durable with the answer; if its end
    /// is never told, it is logged as unknown. What was begun before under the same
    /// idempotency key is answered instead, and nothing is begun.
    ///
    /// # Errors
    /// [`Unreachable`]: it must not happen.
    pub async fn begin(&self, begun: &Begun) -> Result<Option<Earlier>, Unreachable> {
        self.0.ask(PATH_BEGIN, begun).await
    }

    /// Logs what has happened.
    ///
    /// # Errors
    /// [`Unreachable`]: it is not logged.
    pub async fn log(&self, record: &Record) -> Result<(), Unreachable> {
        self.0.ask(PATH_LOG, record).await
    }

    /// Logs how it ended. Something ends once.
    ///
    /// # Errors
    /// [`Unreachable`]: it is logged as unknown later.
    pub async fn settle(&self, ended: &Ended) -> Result<(), Unreachable> {
        self.0.ask(PATH_SETTLE, ended).await
    }

    /// A page, newest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn page(
        &self,
        _scope: &PlatformScope,
        before: Cursor,
        limit: Limit,
    ) -> Result<Page, Unreachable> {
        page(&self.0, before, limit).await
    }
}

async fn page(log: &Peer, before: Cursor, limit: Limit) -> Result<Page, Unreachable> {
    let below = EntriesFrom {
        position: before.position(),
        count: limit.fetch(),
    };
    let entries: Vec<Entry> = log.ask(PATH_ENTRIES, &below).await?;
    Ok(Page::cut(entries, limit))
}
