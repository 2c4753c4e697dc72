//! The client of a task's [`McpTask`](super::McpTask) object.

use lango_identity::KeyGateName;
use lango_mcp_state::{Delivered, NewTask, Report, Round, Task};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "MCP_TASK";

pub(super) const PATH_CREATE: &str = "/create";
pub(super) const PATH_GET: &str = "/get";
pub(super) const PATH_REPORT: &str = "/report";
pub(super) const PATH_DELIVER: &str = "/deliver";
pub(super) const PATH_RESUME: &str = "/resume";
pub(super) const PATH_CANCEL: &str = "/cancel";
pub(super) const PATH_UNTIL_CANCELLED: &str = "/until-cancelled";

#[derive(Serialize, Deserialize)]
pub(super) struct RoundReport {
    pub(super) round: u64,
    pub(super) report: Report,
}

/// One task of one key. The object's name begins with that of the key's gate, so
/// no other key can reach it.
pub struct McpTaskClient(Peer);

impl McpTaskClient {
    /// The task of that identifier.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn named(env: &Env, key: &KeyGateName, task_id: &str) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "McpTask", &format!("{key}/{task_id}")).map(Self)
    }

    /// Creates the task.
    ///
    /// # Errors
    /// [`Unreachable`]: there is no task.
    pub async fn create(&self, new: &NewTask) -> Result<Task, Unreachable> {
        self.0.ask(PATH_CREATE, new).await
    }

    /// The task; `None` when there is none of that identifier.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn get(&self) -> Result<Option<Task>, Unreachable> {
        self.0.ask(PATH_GET, &()).await
    }

    /// Reports what came of a round.
    ///
    /// # Errors
    /// [`Unreachable`]: the task goes on and stalls.
    pub async fn report(&self, round: u64, report: Report) -> Result<(), Unreachable> {
        self.0
            .ask(PATH_REPORT, &RoundReport { round, report })
            .await
    }

    /// Delivers a client's answers; `None` when there is no such task.
    ///
    /// # Errors
    /// [`Unreachable`]: nothing was delivered.
    pub async fn deliver(
        &self,
        answers: &Map<String, Value>,
    ) -> Result<Option<Delivered>, Unreachable> {
        self.0.ask(PATH_DELIVER, answers).await
    }

    /// Goes on with a held call; `None` when it waits for no such approval.
    ///
    /// # Errors
    /// [`Unreachable`]: it waits on.
    pub async fn resume(&self, approval_id: &str) -> Result<Option<Round>, Unreachable> {
        self.0.ask(PATH_RESUME, &approval_id).await
    }

    /// Cancels the task; `false` when there is none.
    ///
    /// # Errors
    /// [`Unreachable`]: it goes on.
    pub async fn cancel(&self) -> Result<bool, Unreachable> {
        self.0.ask(PATH_CANCEL, &()).await
    }

    /// Waits until the task is cancelled, or has ended otherwise; says whether it
    /// was cancelled.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn until_cancelled(&self) -> Result<bool, Unreachable> {
        self.0.ask(PATH_UNTIL_CANCELLED, &()).await
    }
}
