//! The client of a tenant's [`AuditLog`](super::AuditLog) object.

use lango_audit_log::{Batch, Cursor, Entry, Limit, Page};
use lango_identity::TenantScope;
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "AUDIT_LOG";

pub(super) const PATH_APPEND: &str = "/append";
pub(super) const PATH_ENTRIES: &str = "/entries";

/// Which entries: those below a position, newest first.
#[derive(Serialize, Deserialize)]
pub(super) struct EntriesBelow {
    pub(super) position: u64,
    pub(super) count: u32,
}

/// One tenant's log. The object is named after the tenant of a scope, so no
/// caller can name another's.
pub struct AuditLogClient(Peer);

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
        let below = EntriesBelow {
            position: before.position(),
            count: limit.fetch(),
        };
        let entries: Vec<Entry> = self.0.ask(PATH_ENTRIES, &below).await?;
        Ok(Page::cut(entries, limit))
    }
}
