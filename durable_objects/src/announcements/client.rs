//! The client of a tenant's [`Announcements`](super::Announcements) object.

use lango_connector_kit::Changed;
use lango_identity::TenantScope;
use lango_mcp_state::Listener;
use serde::{Deserialize, Serialize};
use worker::{Env, Response};

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "ANNOUNCEMENTS";

pub(super) const PATH_LISTEN: &str = "/listen";
pub(super) const PATH_ANNOUNCE: &str = "/announce";
pub(super) const PATH_WATCH: &str = "/watch";
pub(super) const PATH_ERASE: &str = "/erase";
pub(super) const PATH_CLOSE: &str = "/close";

/// A session watches a resource, or does no more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watch {
    /// The session.
    pub session: String,
    /// The resource.
    pub uri: String,
    /// Whether it is watched from now on.
    pub watched: bool,
    /// When the session's identifier ends, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// One tenant's listeners. The object is named after the tenant of a scope, so
/// no caller can name another's.
pub struct AnnouncementsClient(Peer);

impl AnnouncementsClient {
    /// The listeners of the scope's tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "Announcements", scope.tenant().as_str()).map(Self)
    }

    /// An event stream of what the listener wants to hear.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn listen(&self, listener: &Listener) -> Result<Response, Unreachable> {
        self.0.send(PATH_LISTEN, listener).await
    }

    /// Tells everyone who wants to hear it.
    ///
    /// # Errors
    /// [`Unreachable`]: nobody was told.
    pub async fn announce(&self, changes: &[Changed]) -> Result<(), Unreachable> {
        self.0.ask(PATH_ANNOUNCE, &changes).await
    }

    /// Remembers which resources a session watches; `false` when it watches as
    /// many as it may.
    ///
    /// # Errors
    /// [`Unreachable`]: nothing is remembered.
    pub async fn watch(&self, watch: &Watch) -> Result<bool, Unreachable> {
        self.0.ask(PATH_WATCH, watch).await
    }

    /// Closes the streams of a key: it has been revoked.
    ///
    /// # Errors
    /// [`Unreachable`]: they end at their own time.
    pub async fn close(&self, key_id: &str) -> Result<(), Unreachable> {
        self.0.ask(PATH_CLOSE, &key_id).await
    }

    /// Ends every stream and forgets what was watched: the tenant may not act, or is
    /// erased.
    ///
    /// # Errors
    /// [`Unreachable`]: streams end at their own time.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
