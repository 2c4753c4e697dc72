//! Logs of before there was a tree: `entries(position, record)`. Their records are carried
//! into the tree, in order and before anything else is appended, some in each event; then
//! the table goes.

use lango_audit_log::Record;

use super::{
    commit::{Arrival, commit},
    log::Log,
    rows::{first, rows},
};
use crate::sql::integer;

const MOST_AT_ONCE: u64 = 1_000;

impl Log {
    /// Carries some over. Says whether more are left.
    ///
    /// # Errors
    /// None of these was carried over.
    pub(super) fn carry_over(&self) -> worker::Result<bool> {
        if !self.has_entries_of_before()? {
            return Ok(false);
        }
        let query = "SELECT record FROM entries WHERE position > ?1 ORDER BY position LIMIT ?2";
        // They were numbered from one, without a gap.
        let values = vec![integer(self.size()?)?, integer(MOST_AT_ONCE)?];
        let mut records = Vec::new();
        for row in rows(&self.sql, query, values)? {
            let text = row?.text()?.unwrap_or_default();
            let record: Record = serde_json::from_str(&text)?;
            records.push(Arrival::Record(record));
        }
        if records.is_empty() {
            self.sql.exec("DROP TABLE entries", None)?;
            return Ok(false);
        }
        commit(self, &records)?;
        Ok(true)
    }

    /// Whether nothing may be appended yet.
    pub(super) fn has_entries_of_before(&self) -> worker::Result<bool> {
        let query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'entries'";
        Ok(first(&self.sql, query, vec![])?.is_some())
    }
}
