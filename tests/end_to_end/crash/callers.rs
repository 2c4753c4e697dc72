//! Calls without end, and which of them were answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use lango_audit_log::Status;
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinHandle};

use super::{CALLERS, auditor::Auditor};
use crate::support::{http, tool_call};

/// Whoever calls with one key.
#[derive(Clone)]
pub(super) struct Caller {
    url: String,
    token: String,
}

/// Calls by the digest of their arguments, and whether the answer waited for the outcome to
/// be durable.
pub(super) type Answered = BTreeMap<String, bool>;

/// Every call that was answered.
#[derive(Default)]
pub(super) struct Answers(Answered);

impl Caller {
    pub(super) fn new(url: &str, token: &str) -> Self {
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }
}

/// Calls with a key that may only read and with one that may write, until nobody answers
/// any more.
pub(super) struct Load {
    tasks: Vec<JoinHandle<Answered>>,
    first: Arc<Notify>,
}

impl Load {
    pub(super) fn begin(callers: &[Caller; 2], round: u64) -> Self {
        let first = Arc::new(Notify::new());
        let tasks = (0..2 * CALLERS).map(|number| {
            let may_write = number % 2 == 1;
            let caller = callers[usize::from(may_write)].clone();
            let name = format!("{round} {number}");
            tokio::spawn(call_until_killed(caller, name, may_write, first.clone()))
        });
        Self {
            tasks: tasks.collect(),
            first,
        }
    }

    /// Waits for the first answer.
    pub(super) async fn is_answered(&self) {
        let limit = Duration::from_secs(60);
        let first = tokio::time::timeout(limit, self.first.notified()).await;
        first.expect("a call is answered within a minute");
    }

    /// What was answered, after a kill.
    pub(super) async fn end(self) -> Answered {
        let mut answered = Answered::new();
        for task in self.tasks {
            answered.extend(task.await.unwrap());
        }
        answered
    }
}

/// One call after the other, each with arguments of its own.
async fn call_until_killed(
    caller: Caller,
    name: String,
    may_write: bool,
    first: Arc<Notify>,
) -> Answered {
    let (client, mut answered) = (http(), Answered::new());
    for number in 0.. {
        let arguments = json!({ "text": format!("{name} {number}") });
        let body = tool_call("crm_echo", arguments.clone());
        let request = client.post(&caller.url).bearer_auth(&caller.token);
        let Ok(response) = request.json(&body).send().await else {
            break;
        };
        let Ok(answer) = response.json::<Value>().await else {
            break;
        };
        if answer["result"].is_object() && answer["result"]["isError"] != true {
            let digest = lango_audit_log::arguments_digest(&arguments);
            answered.insert(digest, may_write);
            first.notify_one();
        }
    }
    answered
}

impl Answers {
    pub(super) fn add(&mut self, more: Answered) {
        self.0.extend(more);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Each is in a gate, as that was found after the kill, or in the log; what was answered
    /// when its outcome was durable has that outcome.
    pub(super) fn assert_each_is_recorded(
        &self,
        auditor: &Auditor,
        in_gates: &BTreeSet<String>,
        round: u64,
    ) {
        for (digest, outcome_is_durable) in &self.0 {
            match auditor.status_of(digest) {
                None => assert!(in_gates.contains(digest), "after kill {round}: {digest}"),
                Some(Status::Succeeded) => {}
                Some(Status::Unknown) if !outcome_is_durable => {}
                Some(other) => panic!("after kill {round}: {digest} {other:?}"),
            }
        }
    }

    /// Whether the log has each of them, and nothing has become of them but what may.
    pub(super) fn are_settled(&self, auditor: &Auditor) -> bool {
        let settled = self
            .0
            .keys()
            .all(|digest| auditor.status_of(digest).is_some());
        if settled {
            self.assert_each_is_recorded(auditor, &BTreeSet::new(), u64::MAX);
        }
        settled
    }
}
