//! Tasks: calls whose result is fetched later (the extension
//! `io.modelcontextprotocol/tasks`).

use std::collections::BTreeMap;

use lango_connector_kit::{ClientInput, InputNeeded, InputRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// How long a task is kept after it was created, in milliseconds.
pub const TASK_TTL_MS: u64 = 600_000;

/// How often a client is asked to look, in milliseconds.
pub const POLL_INTERVAL_MS: u64 = 500;

/// The same while a person has to decide: people are slower.
pub const APPROVAL_POLL_INTERVAL_MS: u64 = 5_000;

/// A task that works longer than this has lost whoever worked on it: no call may
/// take that long.
pub const STALLED_AFTER_MS: u64 = 60_000;

/// JSON-RPC's internal error: what a task reports that was lost.
const INTERNAL_ERROR: i64 = -32603;

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// The call is being made.
    Working,
    /// The client is asked something.
    InputRequired,
    /// There is a result; the tool may have failed.
    Completed,
    /// The call could not be made.
    Failed,
    /// The client wants it no more.
    Cancelled,
}

/// A call that becomes a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewTask {
    /// Its identifier.
    pub task_id: String,
    /// The parameters of the call, to make it again once the client has answered.
    pub call: Value,
    /// The answers of a round before it was a task.
    #[serde(default)]
    pub input: Option<ClientInput>,
    /// What it waits for from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<AwaitedApproval>,
}

/// A person's approval that a call waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedApproval {
    /// The approval's identifier.
    pub approval_id: String,
    /// Until when it can be given, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// A task as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    new: NewTask,
    status: TaskStatus,
    created_at_ms: u64,
    updated_at_ms: u64,
    /// Counts the rounds: a report of an earlier one changes nothing.
    round: u64,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
    /// What is still asked, by names that tell the round.
    #[serde(default)]
    asked: BTreeMap<String, InputRequest>,
    /// What has been answered, by the connector's names.
    #[serde(default)]
    answered: Map<String, Value>,
    #[serde(default)]
    connector_state: Option<String>,
    /// Nobody works on it until a person has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    awaits: Option<AwaitedApproval>,
}

/// What came of a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The result of the call.
    Completed(Value),
    /// Why the call could not be made: a JSON-RPC error.
    Failed(Value),
    /// The client is to be asked.
    InputNeeded(InputNeeded),
    /// A person has to approve the call first.
    Held(AwaitedApproval),
}

/// What answers lead to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivered {
    /// Nothing: more is asked, or nothing was.
    Noted,
    /// All that was asked is answered: the call is to be made again.
    Next(Round),
}

/// One making of a task's call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Which one.
    pub number: u64,
    /// The parameters of the call.
    pub call: Value,
    /// What the client has answered.
    pub input: Option<ClientInput>,
}

impl Task {
    /// A task that works, in its first round.
    #[must_use]
    pub fn new(new: NewTask, now_ms: u64) -> Self {
        Self {
            awaits: new.awaits.clone(),
            new,
            status: TaskStatus::Working,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            round: 1,
            result: None,
            error: None,
            asked: BTreeMap::new(),
            answered: Map::new(),
            connector_state: None,
        }
    }

    /// Takes what came of a round. Once a task has ended it stays as it ended.
    pub fn report(&mut self, round: u64, report: Report, now_ms: u64) {
        if !self.is_working_on(round) {
            return;
        }
        self.updated_at_ms = now_ms;
        match report {
            Report::Completed(result) => {
                self.status = TaskStatus::Completed;
                self.result = Some(result);
            }
            Report::Failed(error) => {
                self.status = TaskStatus::Failed;
                self.error = Some(error);
            }
            Report::InputNeeded(needed) => self.ask(needed),
            Report::Held(approval) => self.awaits = Some(approval),
        }
    }

    /// Takes answers; those to what is not asked are left aside.
    pub fn deliver(&mut self, answers: Map<String, Value>, now_ms: u64) -> Delivered {
        if self.status != TaskStatus::InputRequired {
            return Delivered::Noted;
        }
        for (name, answer) in answers {
            if self.asked.remove(&name).is_some() {
                self.updated_at_ms = now_ms;
                let own = name.rsplit_once('.').map_or(name.as_str(), |(own, _)| own);
                self.answered.insert(own.to_owned(), answer);
            }
        }
        if !self.asked.is_empty() {
            return Delivered::Noted;
        }
        self.status = TaskStatus::Working;
        self.round += 1;
        Delivered::Next(self.current_round())
    }

    /// What it waits for, besides its client.
    #[must_use]
    pub fn awaits(&self) -> Option<&AwaitedApproval> {
        self.awaits.as_ref().filter(|_| !self.has_ended())
    }

    /// Goes on with a call whose approval has been decided about: it is to be made again.
    /// `None` when somebody else has gone on already.
    pub fn resume(&mut self, approval_id: &str, now_ms: u64) -> Option<Round> {
        if self.awaits()?.approval_id != approval_id {
            return None;
        }
        self.awaits = None;
        self.round += 1;
        self.updated_at_ms = now_ms;
        Some(self.current_round())
    }

    /// Ends a task that has not ended.
    pub fn cancel(&mut self, now_ms: u64) {
        if matches!(self.status, TaskStatus::Working | TaskStatus::InputRequired) {
            self.status = TaskStatus::Cancelled;
            self.asked.clear();
            self.updated_at_ms = now_ms;
        }
    }

    /// Whether it is in this round still.
    #[must_use]
    pub fn is_working_on(&self, round: u64) -> bool {
        self.status == TaskStatus::Working && self.round == round && self.awaits.is_none()
    }

    /// Whether nothing more can happen to it.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.status, TaskStatus::Working | TaskStatus::InputRequired)
    }

    /// Whether the client wanted it no more.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.status == TaskStatus::Cancelled
    }

    /// When it may be deleted, in milliseconds since 1970.
    #[must_use]
    pub fn ends_at_ms(&self) -> u64 {
        self.created_at_ms.saturating_add(self.ttl_ms())
    }

    /// How long it is kept. One that waits for a person outlives the approval, so that
    /// what came of it can be fetched.
    #[must_use]
    pub fn ttl_ms(&self) -> u64 {
        let waits = self.awaits.as_ref().or(self.new.awaits.as_ref());
        let until = waits.map_or(self.created_at_ms, |approval| approval.expires_at_ms);
        until
            .saturating_sub(self.created_at_ms)
            .saturating_add(TASK_TTL_MS)
    }

    /// What has to be made now.
    #[must_use]
    pub fn current_round(&self) -> Round {
        let later = self.connector_state.is_some() || !self.answered.is_empty();
        Round {
            number: self.round,
            call: self.new.call.clone(),
            input: if later {
                Some(ClientInput {
                    responses: self.answered.clone(),
                    state: self.connector_state.clone(),
                })
            } else {
                self.new.input.clone()
            },
        }
    }

    /// The members that every message about the task has. `time` writes a moment
    /// as RFC 3339.
    #[must_use]
    pub fn envelope(&self, time: impl Fn(u64) -> String) -> Map<String, Value> {
        let members = json!({
            "taskId": self.new.task_id,
            "status": self.status,
            "createdAt": time(self.created_at_ms),
            "lastUpdatedAt": time(self.updated_at_ms),
            "ttlMs": self.ttl_ms(),
            "pollIntervalMs": POLL_INTERVAL_MS,
        });
        let mut members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        if let Some(approval) = self.awaits() {
            let message = format!(
                "A person of the business has to approve this call first (approval {}).",
                approval.approval_id
            );
            members.insert("statusMessage".to_owned(), message.into());
            members.insert(
                "pollIntervalMs".to_owned(),
                APPROVAL_POLL_INTERVAL_MS.into(),
            );
        }
        members
    }

    /// The answer to `tasks/get`. `now_ms` tells whether it has stalled.
    #[must_use]
    pub fn detailed(&self, now_ms: u64, time: impl Fn(u64) -> String) -> Map<String, Value> {
        let mut members = self.envelope(time);
        match self.status {
            TaskStatus::Working if self.has_stalled(now_ms) => {
                members.insert("status".to_owned(), json!(TaskStatus::Failed));
                let message = "The call was lost. Whether it took effect is not known.";
                let error = json!({ "code": INTERNAL_ERROR, "message": message });
                members.insert("error".to_owned(), error);
            }
            TaskStatus::InputRequired => {
                members.insert("inputRequests".to_owned(), json!(self.asked));
            }
            TaskStatus::Completed => {
                members.insert("result".to_owned(), json!(self.result));
            }
            TaskStatus::Failed => {
                members.insert("error".to_owned(), json!(self.error));
            }
            TaskStatus::Working | TaskStatus::Cancelled => {}
        }
        members
    }

    fn has_stalled(&self, now_ms: u64) -> bool {
        self.awaits.is_none() && now_ms.saturating_sub(self.updated_at_ms) > STALLED_AFTER_MS
    }

    /// Names tell the round, so that a late answer to an earlier question is not
    /// taken for one to this.
    fn ask(&mut self, needed: InputNeeded) {
        self.status = TaskStatus::InputRequired;
        self.connector_state = needed.state;
        self.asked = needed
            .requests
            .into_iter()
            .map(|(name, request)| (format!("{name}.{}", self.round), request))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task() -> Task {
        let new = NewTask {
            task_id: "task_1".into(),
            call: json!({"name": "t"}),
            input: None,
            awaits: None,
        };
        Task::new(new, 1_000)
    }

    fn time(ms: u64) -> String {
        ms.to_string()
    }

    fn needed(names: &[&str]) -> Report {
        let request = InputRequest {
            method: "elicitation/create".into(),
            params: json!({}),
        };
        Report::InputNeeded(InputNeeded {
            requests: names
                .iter()
                .map(|name| ((*name).to_owned(), request.clone()))
                .collect(),
            state: Some("mine".into()),
        })
    }

    fn answer(name: &str) -> Map<String, Value> {
        Map::from_iter([(name.to_owned(), json!({"action": "accept"}))])
    }

    #[test]
    fn a_task_ends_once() {
        let mut task = task();
        task.report(1, Report::Completed(json!({"content": []})), 2_000);
        task.report(1, Report::Failed(json!({})), 3_000);
        task.cancel(3_000);
        let shown = task.detailed(4_000, time);
        assert_eq!(shown["status"], "completed");
        assert_eq!(shown["lastUpdatedAt"], "2000");
        assert_eq!(shown["result"], json!({"content": []}));
        assert!(!shown.contains_key("error"));
    }

    #[test]
    fn questions_are_answered_one_by_one() {
        let mut task = task();
        task.report(1, needed(&["a", "b"]), 2_000);
        assert_eq!(
            task.deliver(answer("a"), 3_000),
            Delivered::Noted,
            "not its name"
        );
        assert_eq!(task.deliver(answer("a.1"), 3_000), Delivered::Noted);
        let shown = task.detailed(3_000, time);
        assert_eq!(shown["status"], "input_required");
        let asked: Vec<_> = shown["inputRequests"].as_object().unwrap().keys().collect();
        assert_eq!(asked, ["b.1"]);
        let Delivered::Next(round) = task.deliver(answer("b.1"), 4_000) else {
            panic!("not answered");
        };
        let input = round.input.unwrap();
        assert_eq!(round.number, 2);
        assert_eq!(input.state.as_deref(), Some("mine"));
        assert_eq!(input.responses.len(), 2);
        task.report(1, Report::Failed(json!({})), 5_000);
        assert!(
            task.is_working_on(2),
            "an earlier round's report changes nothing"
        );
    }

    fn held(approval_id: &str) -> AwaitedApproval {
        AwaitedApproval {
            approval_id: approval_id.into(),
            expires_at_ms: 3_600_000,
        }
    }

    #[test]
    fn a_held_call_waits_and_goes_on_once() {
        let new = NewTask {
            awaits: Some(held("h_1")),
            ..task().new
        };
        let mut task = Task::new(new, 1_000);
        let shown = task.detailed(1_002 + STALLED_AFTER_MS, time);
        assert_eq!(shown["status"], "working", "nobody has lost it");
        assert!(shown["statusMessage"].as_str().unwrap().contains("h_1"));
        assert_eq!(shown["ttlMs"], 3_599_000 + TASK_TTL_MS);
        task.report(1, Report::Completed(json!(1)), 2_000);
        assert!(!task.has_ended(), "nobody works on it");
        assert_eq!(task.resume("h_2", 2_000), None);
        let round = task.resume("h_1", 2_000).unwrap();
        assert_eq!((round.number, round.input), (2, None));
        assert_eq!(task.resume("h_1", 2_000), None, "once");
        // The approval had expired: it is held again.
        task.report(2, Report::Held(held("h_2")), 3_000);
        assert_eq!(task.resume("h_2", 4_000).unwrap().number, 3);
        task.report(3, Report::Completed(json!(1)), 5_000);
        assert_eq!(task.awaits(), None);
        assert!(!task.detailed(6_000, time).contains_key("statusMessage"));
    }

    #[test]
    fn a_cancelled_task_asks_and_reports_nothing() {
        let mut task = task();
        task.report(1, needed(&["a"]), 2_000);
        task.cancel(3_000);
        assert_eq!(task.deliver(answer("a.1"), 4_000), Delivered::Noted);
        let shown = task.detailed(4_000, time);
        assert_eq!(shown["status"], "cancelled");
        assert!(!shown.contains_key("inputRequests") && !shown.contains_key("result"));
    }

    #[test]
    fn a_lost_call_is_failed_and_not_before_it_can_be() {
        let task = task();
        assert_eq!(
            task.detailed(1_000 + STALLED_AFTER_MS, time)["status"],
            "working"
        );
        let shown = task.detailed(1_001 + STALLED_AFTER_MS, time);
        assert_eq!(shown["status"], "failed");
        assert_eq!(shown["error"]["code"], INTERNAL_ERROR);
    }

    #[test]
    fn the_stored_form_reads_back() {
        let mut task = task();
        task.report(1, needed(&["a"]), 2_000);
        let stored = serde_json::to_string(&task).unwrap();
        assert_eq!(serde_json::from_str::<Task>(&stored).unwrap(), task);
        let pinned = json!({
            "new": {"task_id": "task_1", "call": {"name": "t"}, "input": null},
            "status": "input_required", "created_at_ms": 1_000, "updated_at_ms": 2_000,
            "round": 1, "result": null, "error": null,
            "asked": {"a.1": {"method": "elicitation/create", "params": {}}},
            "answered": {}, "connector_state": "mine",
        });
        assert_eq!(serde_json::from_str::<Value>(&stored).unwrap(), pinned);
    }

    proptest! {
        /// Whatever happens in whatever order, what has ended stays ended.
        #[test]
        fn an_end_is_an_end(steps in proptest::collection::vec((0u8..8, 0u64..4), 0..30)) {
            let mut task = task();
            let mut end = None;
            for (step, round) in steps {
                match step {
                    0 => task.report(round, Report::Completed(json!(1)), 1),
                    1 => task.report(round, Report::Failed(json!(2)), 1),
                    2 => task.report(round, needed(&["a"]), 1),
                    3 => task.cancel(1),
                    4 => task.report(round, Report::Held(held("h_1")), 1),
                    5 => { let _ = task.resume("h_1", 1); }
                    _ => { let _ = task.deliver(answer(&format!("a.{round}")), 1); }
                }
                let ended = matches!(
                    task.status,
                    TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled
                );
                if let Some(end) = &end {
                    prop_assert_eq!(end, &task);
                } else if ended {
                    end = Some(task.clone());
                }
            }
        }
    }
}
