//! Approvals that are used up: a row for each, written with the intent of the call
//! that used it. So it lets one call through, also when the store still says that it is
//! granted; and whoever makes that call again is told how it ended, for a day. What the
//! rows mean is pure: [`lango_admission::ApprovedCalls`].

use std::cell::{Ref, RefCell};

use lango_admission::{ApprovedCall, ApprovedCalls, ArgumentFacts, GuardState, Made};
use lango_audit_log::Outcome;
use serde::Deserialize;
use worker::SqlStorage;

use super::client::ApprovedAnswer;
use crate::sql::{counted, integer};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS approved_calls (
      approval_id TEXT NOT NULL PRIMARY KEY,
      call_id     TEXT NOT NULL,
      call        TEXT NOT NULL,
      answer      TEXT,
      kept_until  INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";
/// Of data folders of before: which call had used an approval, and nothing of the call.
const CARRY_OVER: &str = "
    INSERT OR IGNORE INTO approved_calls (approval_id, call_id, call, kept_until)
      SELECT approval_id, call_id, json_object('approval_id', approval_id, 'call_id', call_id,
             'expires_at_ms', expires_at), expires_at FROM used_approvals;
    DROP TABLE used_approvals;
";
/// A row has 2 MB at most.
const LONGEST_ANSWER: usize = 1_500_000;

/// The calls of one key that were made under approvals.
pub(super) struct UsedApprovals {
    sql: SqlStorage,
    calls: RefCell<ApprovedCalls>,
}

#[derive(Deserialize)]
struct Row {
    call: String,
}

#[derive(Deserialize)]
struct AnswerRow {
    answer: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    found: u32,
}

impl UsedApprovals {
    pub(super) fn open(sql: SqlStorage, now_ms: u64) -> worker::Result<Self> {
        let approvals = Self {
            sql,
            calls: RefCell::default(),
        };
        approvals.reset(now_ms)?;
        Ok(approvals)
    }

    /// Reads the rows; makes the table first where there is none.
    pub(super) fn reset(&self, now_ms: u64) -> worker::Result<()> {
        self.sql.exec(SCHEMA, None)?;
        let of_before = "SELECT count(*) AS found FROM sqlite_master \
                         WHERE type = 'table' AND name = 'used_approvals'";
        let of_before: Vec<Found> = self.sql.exec(of_before, None)?.to_array()?;
        if of_before.first().is_some_and(|table| table.found > 0) {
            self.sql.exec(CARRY_OVER, None)?;
        }
        let rows: Vec<Row> = self
            .sql
            .exec("SELECT call FROM approved_calls", None)?
            .to_array()?;
        let calls: Vec<ApprovedCall> = rows
            .iter()
            .map(|row| serde_json::from_str(&row.call))
            .collect::<Result<_, _>>()?;
        *self.calls.borrow_mut() = ApprovedCalls::load(calls, now_ms);
        Ok(())
    }

    /// For a decision.
    pub(super) fn calls(&self) -> Ref<'_, ApprovedCalls> {
        self.calls.borrow()
    }

    /// Uses up the approval of exactly this call, where there is one.
    pub(super) fn take(
        &self,
        state: &GuardState,
        facts: &ArgumentFacts,
        connection_id: &str,
        call_id: &str,
        now_ms: u64,
    ) -> worker::Result<Option<String>> {
        let mut calls = self.calls.borrow_mut();
        let Some(approval) = calls.usable(state, facts, connection_id, now_ms) else {
            return Ok(None);
        };
        let call = ApprovedCall::begun(approval, call_id, now_ms);
        self.write(&call)?;
        let approval_id = call.approval_id.clone();
        calls.begin(call);
        Ok(Some(approval_id))
    }

    /// The same call, where it was made before under an approval.
    pub(super) fn made(
        &self,
        facts: &ArgumentFacts,
        connection_id: &str,
        now_ms: u64,
    ) -> Option<Made> {
        self.calls.borrow().latest(facts, connection_id, now_ms)
    }

    /// A call has ended: one row, of a call under an approval.
    pub(super) fn ended(&self, call_id: &str, outcome: &Outcome) -> worker::Result<()> {
        match self.calls.borrow_mut().ended(call_id, outcome) {
            Some(call) => self.write(call),
            None => Ok(()),
        }
    }

    /// Keeps an answer. One that is too long for a row is not kept.
    pub(super) fn keep(&self, answered: &ApprovedAnswer) -> worker::Result<()> {
        if answered.answer.len() > LONGEST_ANSWER {
            return Ok(());
        }
        counted(self.sql.exec(
            "UPDATE approved_calls SET answer = ?3 \
             WHERE approval_id = ?1 AND call_id = ?2 AND answer IS NULL",
            vec![
                answered.approval_id.as_str().into(),
                answered.call_id.as_str().into(),
                answered.answer.as_str().into(),
            ],
        )?);
        Ok(())
    }

    /// The answer that is kept of the call under an approval.
    pub(super) fn kept(&self, approval_id: &str, now_ms: u64) -> worker::Result<Option<String>> {
        let rows: Vec<AnswerRow> = self
            .sql
            .exec(
                "SELECT answer FROM approved_calls WHERE approval_id = ?1 AND kept_until > ?2",
                vec![approval_id.into(), integer(now_ms)?],
            )?
            .to_array()?;
        Ok(rows.into_iter().next().and_then(|row| row.answer))
    }

    pub(super) fn prune(&self, now_ms: u64) -> worker::Result<()> {
        if self.calls.borrow_mut().prune(now_ms) {
            counted(self.sql.exec(
                "DELETE FROM approved_calls WHERE kept_until <= ?1",
                vec![integer(now_ms)?],
            )?);
        }
        Ok(())
    }

    fn write(&self, call: &ApprovedCall) -> worker::Result<()> {
        counted(self.sql.exec(
            "INSERT INTO approved_calls (approval_id, call_id, call, kept_until) \
             VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (approval_id) DO UPDATE SET call = excluded.call",
            vec![
                call.approval_id.as_str().into(),
                call.call_id.as_str().into(),
                serde_json::to_string(call)?.into(),
                integer(call.kept_until_ms())?,
            ],
        )?);
        Ok(())
    }
}
