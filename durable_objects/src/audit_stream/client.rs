//! The client of a tenant's [`AuditStream`](super::AuditStream) object.

use lango_identity::{StreamId, TenantScope};
use lango_siem::Phase;
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "AUDIT_STREAM";

pub(super) const PATH_BEGIN: &str = "/begin";
pub(super) const PATH_WAKE: &str = "/wake";
pub(super) const PATH_GROWN: &str = "/grown";
pub(super) const PATH_RESUME: &str = "/resume";
pub(super) const PATH_FORGET: &str = "/forget";
pub(super) const PATH_STANDINGS: &str = "/standings";
pub(super) const PATH_LETTERS: &str = "/letters";
pub(super) const PATH_ERASE: &str = "/erase";

/// A stream, and an entry of the log.
#[derive(Serialize, Deserialize)]
pub(super) struct From {
    pub(super) stream: StreamId,
    pub(super) from: Option<u64>,
}

/// Dead letters of a stream behind an index.
#[derive(Serialize, Deserialize)]
pub(super) struct LettersAfter {
    pub(super) stream: StreamId,
    pub(super) after: Option<u64>,
    pub(super) count: u32,
}

/// Where a stream stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub stream: String,
    /// The entry that goes next.
    pub position: u64,
    /// What it is doing.
    pub phase: Phase,
    /// When it goes on, in milliseconds since 1970.
    pub due_ms: u64,
    /// How many times in a row it has failed.
    pub failures: u32,
    /// When the receiver took something last.
    pub delivered_ms: Option<u64>,
    /// Whether there was nothing new when it last looked.
    pub is_idle: bool,
    /// How many entries are dead letters.
    pub dead_letters: u64,
    /// How many of these are counted, and no longer listed.
    pub dead_letters_dropped: u64,
}

/// Entries that the receiver did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The first of them.
    pub first: u64,
    /// The one behind the last of them.
    pub end: u64,
    /// Why.
    pub why: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What streams one tenant's log.
pub struct AuditStreamClient(Peer);

impl AuditStreamClient {
    /// Of the scope's own tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "AuditStream", scope.tenant().as_str()).map(Self)
    }

    /// Has a new stream begin at an entry, once the store has it.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub async fn begin(&self, stream: &StreamId, from: u64) -> Result<(), Unreachable> {
        let from = From {
            stream: stream.clone(),
            from: Some(from),
        };
        self.0.ask(PATH_BEGIN, &from).await
    }

    /// Of the tenant whose log asks: objects are named alike.
    pub(crate) fn of_log(env: &Env, log: &str) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "AuditStream", log).map(Self)
    }

    /// The log has something new.
    ///
    /// # Errors
    /// [`Unreachable`]: it is found out later.
    pub(crate) async fn grown(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_GROWN, &()).await
    }

    /// Something has changed: a stream in the store.
    ///
    /// # Errors
    /// [`Unreachable`]: it is found out later.
    pub async fn wake(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_WAKE, &()).await
    }

    /// Has a stream go on at once: from an entry, or from where it stands.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub async fn resume(&self, stream: &StreamId, from: Option<u64>) -> Result<(), Unreachable> {
        let from = From {
            stream: stream.clone(),
            from,
        };
        self.0.ask(PATH_RESUME, &from).await
    }

    /// Forgets a stream and its dead letters.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub async fn forget(&self, stream: &StreamId) -> Result<(), Unreachable> {
        self.0.ask(PATH_FORGET, stream).await
    }

    /// Where the streams stand.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn standings(&self) -> Result<Vec<Standing>, Unreachable> {
        self.0.ask(PATH_STANDINGS, &()).await
    }

    /// So many dead letters of a stream, behind an index.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn letters(
        &self,
        stream: &StreamId,
        after: Option<u64>,
        count: u32,
    ) -> Result<Vec<Letter>, Unreachable> {
        let behind = LettersAfter {
            stream: stream.clone(),
            after,
            count,
        };
        self.0.ask(PATH_LETTERS, &behind).await
    }

    /// Ends all streams: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
