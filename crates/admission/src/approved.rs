//! Calls that were made under an approval, and what becomes of one that is made again.
//!
//! An approval is of one call, so the two together are what an idempotency key is
//! elsewhere: who names the approval asks for that call's answer, and who names none asks
//! for another call, which needs an approval of its own. Either way the call is made once.

use std::collections::BTreeMap;

use lango_audit_log::{Layer, Outcome, Status};
use serde::{Deserialize, Serialize};

use crate::{
    guarded::{ArgumentFacts, GrantedApproval, GuardState},
    ledger::SETTLE_AFTER_MS,
    repeat::REMEMBERED_MS,
};

/// A call that was made under an approval. Its JSON is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedCall {
    /// The approval that it has used up.
    pub approval_id: String,
    /// The call.
    pub call_id: String,
    /// The tool, without the prefix of a connection.
    #[serde(default)]
    pub tool: String,
    /// The connection that it went to.
    #[serde(default)]
    pub connection_id: String,
    /// Digest of its arguments.
    #[serde(default)]
    pub arguments_sha256: String,
    /// When it began, in milliseconds since 1970.
    #[serde(default)]
    pub at_ms: u64,
    /// When the approval ends: until then the store may still call it granted.
    pub expires_at_ms: u64,
    /// How it ended; `None` while nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

/// How a call under an approval ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// With an answer, a failure of the system behind among them.
    Answered,
    /// A layer has refused it: nothing was called.
    NotMade,
    /// Nobody can say whether it happened.
    Unknown,
}

/// How it stands with a call that is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// It has not ended.
    InProgress,
    /// It has: its answer is the answer.
    Ended,
    /// Nobody can say whether it happened: it must not be made again by itself.
    Unknown,
}

/// The same call, made before under an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// That approval.
    pub approval: String,
    /// How it stands with the call.
    pub standing: Repeat,
}

/// The calls of one key that were made under approvals, for as long as they are
/// remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovedCalls {
    calls: BTreeMap<String, ApprovedCall>,
}

impl ApprovedCall {
    /// A call that begins under an approval.
    #[must_use]
    pub fn begun(approval: &GrantedApproval, call_id: &str, now_ms: u64) -> Self {
        Self {
            approval_id: approval.approval_id.clone(),
            call_id: call_id.to_owned(),
            tool: approval.tool.clone(),
            connection_id: approval.connection_id.clone(),
            arguments_sha256: approval.arguments_sha256.clone(),
            at_ms: now_ms,
            expires_at_ms: approval.expires_at_ms,
            end: None,
        }
    }

    /// Until when it is remembered, in milliseconds since 1970.
    #[must_use]
    pub fn kept_until_ms(&self) -> u64 {
        let remembered = self.at_ms.saturating_add(REMEMBERED_MS);
        self.expires_at_ms.max(remembered)
    }

    /// How it stands with it; `None` when nothing was called.
    #[must_use]
    pub fn standing(&self, now_ms: u64) -> Option<Repeat> {
        match self.end {
            Some(End::NotMade) => None,
            Some(End::Answered) => Some(Repeat::Ended),
            Some(End::Unknown) => Some(Repeat::Unknown),
            // Its outcome is recorded as unknown then, if a little later.
            None if now_ms.saturating_sub(self.at_ms) >= SETTLE_AFTER_MS => Some(Repeat::Unknown),
            None => Some(Repeat::InProgress),
        }
    }

    fn is_of(&self, facts: &ArgumentFacts, connection_id: &str) -> bool {
        self.tool == facts.tool
            && self.connection_id == connection_id
            && self.arguments_sha256 == facts.sha256
    }

    fn made(&self, now_ms: u64) -> Option<Made> {
        self.standing(now_ms).map(|standing| Made {
            approval: self.approval_id.clone(),
            standing,
        })
    }
}

impl End {
    /// By the outcome that is recorded.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        match (outcome.status, &outcome.denied) {
            (Status::Succeeded | Status::Failed, _) => Self::Answered,
            (Status::Denied, Some(denied)) if denied.layer < Layer::Connection => Self::NotMade,
            // It was sent, or may have been.
            (Status::Denied | Status::Unknown, _) => Self::Unknown,
        }
    }
}

impl ApprovedCalls {
    /// Those that are stored.
    #[must_use]
    pub fn load(calls: impl IntoIterator<Item = ApprovedCall>, now_ms: u64) -> Self {
        let calls = calls
            .into_iter()
            .filter(|call| call.kept_until_ms() > now_ms)
            .map(|call| (call.approval_id.clone(), call));
        Self {
            calls: calls.collect(),
        }
    }

    /// How it stands with the call that used the approval which this call names; `None`
    /// when there is none, or nothing was called.
    #[must_use]
    pub fn repeated(
        &self,
        facts: &ArgumentFacts,
        connection_id: &str,
        now_ms: u64,
    ) -> Option<Repeat> {
        let named = self.calls.get(facts.approval.as_deref()?)?;
        let is_remembered = named.kept_until_ms() > now_ms && named.is_of(facts, connection_id);
        is_remembered.then(|| named.standing(now_ms)).flatten()
    }

    /// The approval that a call uses up when it is made now: the one that it names before
    /// any other.
    #[must_use]
    pub fn usable<'a>(
        &self,
        state: &'a GuardState,
        facts: &ArgumentFacts,
        connection_id: &str,
        now_ms: u64,
    ) -> Option<&'a GrantedApproval> {
        let granted = || {
            state.approvals.iter().filter(|approval| {
                !self.calls.contains_key(&approval.approval_id)
                    && approval.covers(facts, connection_id, now_ms)
            })
        };
        let named = granted().find(|it| Some(&it.approval_id) == facts.approval.as_ref());
        named.or_else(|| granted().next())
    }

    /// The same call, as it was made last: for whoever asks for it without an approval.
    #[must_use]
    pub fn latest(&self, facts: &ArgumentFacts, connection_id: &str, now_ms: u64) -> Option<Made> {
        self.calls
            .values()
            .filter(|call| call.is_of(facts, connection_id) && call.kept_until_ms() > now_ms)
            .filter(|call| call.standing(now_ms).is_some())
            .max_by_key(|call| call.at_ms)
            .and_then(|call| call.made(now_ms))
    }

    /// A call begins. It is to be written.
    pub fn begin(&mut self, call: ApprovedCall) {
        self.calls.insert(call.approval_id.clone(), call);
    }

    /// A call has ended. What is to be written anew, if it was made under an approval:
    /// the first end stays.
    pub fn ended(&mut self, call_id: &str, outcome: &Outcome) -> Option<&ApprovedCall> {
        let call = self
            .calls
            .values_mut()
            .find(|call| call.call_id == call_id && call.end.is_none())?;
        call.end = Some(End::of(outcome));
        Some(call)
    }

    /// Forgets what is too old; whether there was any.
    pub fn prune(&mut self, now_ms: u64) -> bool {
        let before = self.calls.len();
        self.calls.retain(|_, call| call.kept_until_ms() > now_ms);
        self.calls.len() < before
    }
}

#[cfg(test)]
#[path = "approved_tests.rs"]
mod tests;
