//! The client of a session's [`McpSession`](super::McpSession) object.

use std::collections::BTreeMap;

use lango_connector_kit::InputRequest;
use lango_identity::KeyGateName;
use lango_mcp_state::EventId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use worker::{Env, Response};

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "MCP_SESSION";

pub(super) const PATH_OPEN: &str = "/open";
pub(super) const PATH_APPEND: &str = "/append";
pub(super) const PATH_DETACH: &str = "/detach";
pub(super) const PATH_ASK: &str = "/ask";
pub(super) const PATH_ANSWER: &str = "/answer";
pub(super) const PATH_CANCEL: &str = "/cancel";
pub(super) const PATH_UNTIL_CANCELLED: &str = "/until-cancelled";
pub(super) const PATH_RESUME: &str = "/resume";
pub(super) const PATH_END: &str = "/end";

/// A stream that answers one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenStream {
    /// Its name: letters and digits.
    pub stream: String,
    /// The identifier of the request, as JSON.
    pub request_id: Value,
    /// Whether the first event only tells its identifier (2025-11-25).
    pub primed: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Append {
    pub(super) stream: String,
    pub(super) message: Value,
    pub(super) is_last: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Ask {
    pub(super) stream: String,
    pub(super) requests: BTreeMap<String, InputRequest>,
}

/// A client's answer to a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// The question's identifier.
    pub id: String,
    /// The result, or the client's error.
    pub result: Result<Value, Value>,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskFailure {
    /// The client answered with an error.
    Refused,
    /// The client did not answer in time, or has cancelled the call.
    Unanswered,
}

/// One session of one key. The object's name begins with that of the key's gate,
/// so no other key can reach it.
pub struct McpSessionClient(Peer);

impl McpSessionClient {
    /// The session of that name.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn named(env: &Env, key: &KeyGateName, session: &str) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "McpSession", &format!("{key}/{session}")).map(Self)
    }

    /// Opens the stream of a request: an event stream.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn open(&self, open: &OpenStream) -> Result<Response, Unreachable> {
        self.0.send(PATH_OPEN, open).await
    }

    /// Puts a message on a stream; the last one ends it.
    ///
    /// # Errors
    /// [`Unreachable`]: it is not there.
    pub async fn append(
        &self,
        stream: &str,
        message: Value,
        is_last: bool,
    ) -> Result<(), Unreachable> {
        let append = Append {
            stream: stream.to_owned(),
            message,
            is_last,
        };
        self.0.ask(PATH_APPEND, &append).await
    }

    /// Closes the connection of a stream that goes on: the client comes back.
    ///
    /// # Errors
    /// [`Unreachable`]: it stays open.
    pub async fn detach(&self, stream: &str) -> Result<(), Unreachable> {
        self.0.ask(PATH_DETACH, &stream).await
    }

    /// Asks the client on a stream and waits for its answers.
    ///
    /// # Errors
    /// [`Unreachable`]; and inside, why there are no answers.
    pub async fn ask(
        &self,
        stream: &str,
        requests: BTreeMap<String, InputRequest>,
    ) -> Result<Result<Map<String, Value>, AskFailure>, Unreachable> {
        let ask = Ask {
            stream: stream.to_owned(),
            requests,
        };
        self.0.ask(PATH_ASK, &ask).await
    }

    /// Delivers a client's answer; `false` when nothing of that name was asked.
    ///
    /// # Errors
    /// [`Unreachable`]: it is not delivered.
    pub async fn answer(&self, answer: &Answer) -> Result<bool, Unreachable> {
        self.0.ask(PATH_ANSWER, answer).await
    }

    /// The client does not want the answer to a request any more.
    ///
    /// # Errors
    /// [`Unreachable`]: the call goes on.
    pub async fn cancel(&self, request_id: &Value) -> Result<(), Unreachable> {
        self.0.ask(PATH_CANCEL, request_id).await
    }

    /// Waits until a stream's request is cancelled or the stream has ended; says
    /// whether it was cancelled.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn until_cancelled(&self, stream: &str) -> Result<bool, Unreachable> {
        self.0.ask(PATH_UNTIL_CANCELLED, &stream).await
    }

    /// What came on a stream after an event, and what comes: an event stream.
    /// Status 404 when there is no such stream.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn resume(&self, last: &EventId) -> Result<Response, Unreachable> {
        self.0
            .send(PATH_RESUME, &(&last.stream, last.sequence))
            .await
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// [`Unreachable`]: it is forgotten at its own time.
    pub async fn end(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_END, &()).await
    }
}
