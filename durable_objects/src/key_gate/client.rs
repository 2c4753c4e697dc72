//! The client of a key's [`KeyGate`](super::KeyGate) object.

use lango_admission::{Answer, Answered, Ask, Earlier, SessionNote, Settled, Settlement};
use lango_identity::KeyGateName;
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "KEY_GATE";

pub(super) const PATH_ADMIT: &str = "/admit";
pub(super) const PATH_SETTLE: &str = "/settle";
pub(super) const PATH_FORGET: &str = "/forget";
pub(super) const PATH_ERASE: &str = "/erase";
pub(super) const PATH_NOTE: &str = "/note";
pub(super) const PATH_ANSWERED: &str = "/answered";
pub(super) const PATH_EARLIER: &str = "/earlier";
pub(super) const PATH_KEEP: &str = "/keep";
pub(super) const PATH_KEPT: &str = "/kept";

/// What a call under an approval has answered. The object cannot read it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApprovedAnswer {
    /// The approval.
    pub approval_id: String,
    /// The call.
    pub call_id: String,
    /// The answer, sealed.
    pub answer: String,
}

/// One key's gate.
pub struct KeyGateClient(Peer);

impl KeyGateClient {
    /// The gate of that name.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn named(env: &Env, name: &KeyGateName) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "KeyGate", &name.to_string()).map(Self)
    }

    /// May this key do this now? The intent is durable before the answer is
    /// given. This is the one blocking hop of a call.
    ///
    /// # Errors
    /// [`Unreachable`]: the caller must refuse.
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, Unreachable> {
        self.0.ask(PATH_ADMIT, ask).await
    }

    /// Records an outcome. An intent is settled once; what comes later changes
    /// nothing.
    ///
    /// # Errors
    /// [`Unreachable`]: the intent stays and is settled as unknown later.
    pub async fn settle(&self, settlement: &Settlement) -> Result<Settled, Unreachable> {
        self.0.ask(PATH_SETTLE, settlement).await
    }

    /// Remembers something of a protocol session.
    ///
    /// # Errors
    /// [`Unreachable`]: nothing is remembered.
    pub async fn note(&self, note: &SessionNote) -> Result<(), Unreachable> {
        self.0.ask(PATH_NOTE, note).await
    }

    /// Remembers what a call that is to happen once has answered.
    ///
    /// # Errors
    /// [`Unreachable`]: it stays without an answer, and is not made again.
    pub async fn answered(&self, answered: &Answered) -> Result<(), Unreachable> {
        self.0.ask(PATH_ANSWERED, answered).await
    }

    /// What is remembered of an idempotency key, by its SHA-256.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn earlier(&self, key_sha256: &str) -> Result<Option<Earlier>, Unreachable> {
        self.0.ask(PATH_EARLIER, &key_sha256).await
    }

    /// Keeps what a call under an approval has answered, for whoever makes it again.
    ///
    /// # Errors
    /// [`Unreachable`]: it is not kept, and the call is not made again all the same.
    pub async fn keep(&self, answer: &ApprovedAnswer) -> Result<(), Unreachable> {
        self.0.ask(PATH_KEEP, answer).await
    }

    /// What the call under an approval has answered, sealed; `None` when that is not kept.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn kept(&self, approval_id: &str) -> Result<Option<String>, Unreachable> {
        self.0.ask(PATH_KEPT, &approval_id).await
    }

    /// Drops what the gate remembers of the store: the next decision reads it
    /// again. This is how revocations and changes reach the next call.
    ///
    /// # Errors
    /// [`Unreachable`]: the age of the snapshot bounds the delay.
    pub async fn forget(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_FORGET, &()).await
    }

    /// Deletes everything: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
