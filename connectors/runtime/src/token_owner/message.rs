//! What the owner is asked. The connector asks its own object, in the same Worker: what
//! is in the clear here has been opened there a moment before, and leaves neither.

use lango_delegation::{Application, Digest, Lost, PendingError, Standing};
use lango_vault::{ErasureKeyText, WrappedDataKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(super) const PATH_TOKEN: &str = "/token";
pub(super) const PATH_BEGIN: &str = "/begin";
pub(super) const PATH_COMPLETE: &str = "/complete";
pub(super) const PATH_HOLDERS: &str = "/holders";
pub(super) const PATH_FORGET: &str = "/forget";
pub(super) const PATH_RESEAL: &str = "/reseal";
pub(super) const PATH_ERASE: &str = "/erase";

/// What opens and seals for one connection, as a request of the gateway brings it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyMaterial {
    /// The connector's kind.
    pub(crate) connector: String,
    /// The tenant that the connection belongs to.
    pub(crate) tenant: String,
    /// The connection.
    pub(crate) connection: String,
    /// The tenant's data key for this connector, wrapped.
    pub(crate) data_key: WrappedDataKey,
    /// The tenant's erasure key, which most data keys are wrapped under.
    #[serde(default)]
    pub(crate) erasure_key: Option<ErasureKeyText>,
}

/// A client at an authorization server, with its secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) application: Application,
    pub(crate) secret: Zeroizing<String>,
}

/// Asks for an access token.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenAsk {
    pub(super) keys: KeyMaterial,
    pub(super) client: Client,
    /// Whose.
    pub(super) holder: String,
    /// What the system did not take.
    pub(super) refused: Option<Digest>,
}

/// The answer to it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenAnswer {
    /// A token that is good until then.
    Token {
        token: Zeroizing<String>,
        digest: Digest,
        until_ms: i64,
    },
    /// Not before then; and what the server said, if it said no.
    Wait {
        until_ms: i64,
        refused: Option<String>,
    },
    /// The holder has never connected.
    NotConnected,
    /// The holder has to connect again.
    Lost(Lost),
    /// The tokens cannot be opened, or sealed.
    Sealed(String),
}

/// Begins a consent.
#[derive(Serialize, Deserialize)]
pub(crate) struct Begin {
    pub(crate) keys: KeyMaterial,
    pub(crate) application: Application,
    pub(crate) holder: String,
    pub(crate) state: String,
    pub(crate) redirect_uri: String,
}

/// Completes it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Complete {
    pub(crate) keys: KeyMaterial,
    pub(crate) client: Client,
    pub(crate) holder: String,
    pub(crate) state: String,
    /// Absent when the server said no: then nothing waits any more.
    pub(crate) code: Option<Zeroizing<String>>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Completed {
    /// The holder is connected.
    Connected,
    /// Nothing waits for this answer.
    NotPending(PendingError),
    /// There was no code.
    Declined,
    /// The server did not take the code, in words.
    Refused(String),
    /// The server did not answer: a code is good once, so it begins anew.
    NoAnswer,
    /// The tokens could not be sealed.
    Sealed(String),
}

/// One holder.
#[derive(Serialize, Deserialize)]
pub(crate) struct HolderRow {
    pub(crate) holder: String,
    pub(crate) since_ms: i64,
    pub(crate) standing: Standing,
}

/// Seals everything anew, from one data key to the next.
#[derive(Serialize, Deserialize)]
pub(crate) struct Reseal {
    pub(crate) old: KeyMaterial,
    pub(crate) new: KeyMaterial,
}

/// How far that went.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Resealed {
    /// So many tokens are under the new key, and none under the old one.
    Done(u32),
    /// It could not be, in words; everything is as it was.
    Failed(String),
}
