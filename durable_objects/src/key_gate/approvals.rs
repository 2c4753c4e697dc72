//! Approvals that are used up: a row for each, written with the intent of the call
//! that used it, until the approval would have ended. So it lets one call through,
//! also when the store still says that it is granted.

use std::{cell::RefCell, collections::HashMap};

use lango_admission::{ArgumentFacts, GuardState};
use serde::Deserialize;
use worker::SqlStorage;

use crate::sql::integer;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS used_approvals (
      approval_id TEXT NOT NULL PRIMARY KEY,
      call_id     TEXT NOT NULL,
      expires_at  INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// The approvals that calls of one key have used, with the moments they end.
pub(super) struct UsedApprovals {
    sql: SqlStorage,
    used: RefCell<HashMap<String, u64>>,
}

#[derive(Deserialize)]
struct Row {
    approval_id: String,
    expires_at: u64,
}

impl UsedApprovals {
    pub(super) fn open(sql: SqlStorage, now_ms: u64) -> worker::Result<Self> {
        let approvals = Self {
            sql,
            used: RefCell::default(),
        };
        approvals.reset(now_ms)?;
        Ok(approvals)
    }

    /// Reads the rows; makes the table first where there is none.
    pub(super) fn reset(&self, now_ms: u64) -> worker::Result<()> {
        self.sql.exec(SCHEMA, None)?;
        let rows: Vec<Row> = self
            .sql
            .exec("SELECT approval_id, expires_at FROM used_approvals", None)?
            .to_array()?;
        *self.used.borrow_mut() = rows
            .into_iter()
            .filter(|row| row.expires_at > now_ms)
            .map(|row| (row.approval_id, row.expires_at))
            .collect();
        Ok(())
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
        let mut used = self.used.borrow_mut();
        let granted = state.approvals.iter().find(|approval| {
            !used.contains_key(&approval.approval_id)
                && approval.covers(facts, connection_id, now_ms)
        });
        let Some(approval) = granted else {
            return Ok(None);
        };
        self.sql.exec(
            "INSERT INTO used_approvals (approval_id, call_id, expires_at) VALUES (?1, ?2, ?3)",
            vec![
                approval.approval_id.as_str().into(),
                call_id.into(),
                integer(approval.expires_at_ms)?,
            ],
        )?;
        used.insert(approval.approval_id.clone(), approval.expires_at_ms);
        Ok(Some(approval.approval_id.clone()))
    }

    pub(super) fn prune(&self, now_ms: u64) -> worker::Result<()> {
        let mut used = self.used.borrow_mut();
        let before = used.len();
        used.retain(|_, expires_at_ms| *expires_at_ms > now_ms);
        if used.len() < before {
            self.sql.exec(
                "DELETE FROM used_approvals WHERE expires_at <= ?1",
                vec![integer(now_ms)?],
            )?;
        }
        Ok(())
    }
}
