//! What a key's object writes for its calls: one row for all that were decided together.
//!
//! Intents and outcomes are lines of a *journal*. A row of it commits as a whole, so
//! whatever one turn has decided is there after a crash, or nothing of it. Outcomes of the
//! rows after `taken` up to `cut` are the batch on its way to the log: it is cut before it
//! is sent and stays as it is until the log has acknowledged it.
//!
//! Rows go from the front: the first of them stays as long as it has an intent that is
//! open or an outcome that the log has not taken. So an outcome is never there without
//! its intent having been there, and no settled intent looks open after a restart.

use std::collections::BTreeMap;

use lango_audit_log::{Batch, Counts, Outcome, Record};
use serde::{Deserialize, Serialize};

use crate::{gcra::Gcra, ledger::Open};

/// What has been taken of the limits on a key's calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Of the key's own limit.
    pub calls: Gcra,
    /// Of those on its calls of one tool.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, Gcra>,
}

/// One row of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Calls that were admitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub begun: Vec<Open>,
    /// Calls that have ended, refusals among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Record>,
    /// What became of the calls that were received.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub counts: Counts,
    /// What has been taken of the limits.
    pub taken: Taken,
}

/// How far the log is: one row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the batch that was cut last.
    pub number: u64,
    /// The last row whose outcomes the log has.
    pub taken: u64,
    /// The last row whose outcomes are in the batch that was cut last.
    pub cut: u64,
    /// What had been taken of the limits when this was written.
    pub limits: Taken,
}

/// What is remembered of the rows: the open intents, and how far the log is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    head: Head,
    last: u64,
    first: u64,
    open: BTreeMap<String, (u64, Open)>,
    ended: BTreeMap<u64, usize>,
}

impl Turn {
    /// Whether it has nothing that must be kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.ended.is_empty() && self.counts.is_empty()
    }

    /// The same in two rows, for what is too long for one; `None` when it cannot be parted.
    #[must_use]
    pub fn halves(mut self) -> Option<(Self, Self)> {
        let (begun, ended) = (self.begun.len() / 2, self.ended.len() / 2);
        if self.begun.len() + self.ended.len() < 2 {
            return None;
        }
        let later = Self {
            // One of each kind: the calls in one row, the outcomes in the other.
            begun: self
                .begun
                .split_off(if begun + ended == 0 { 1 } else { begun }),
            ended: self.ended.split_off(ended),
            counts: std::mem::take(&mut self.counts),
            taken: self.taken.clone(),
        };
        Some((self, later))
    }
}

impl Journal {
    /// Goes through what is stored: the rows in their order, each with its number.
    #[must_use]
    pub fn load(head: Head, rows: impl IntoIterator<Item = (u64, Turn)>) -> (Self, Taken) {
        let mut limits = head.limits.clone();
        let mut journal = Self {
            last: head.cut.max(head.taken),
            first: head.taken + 1,
            head,
            ..Self::default()
        };
        let mut is_first = true;
        for (number, turn) in rows {
            if std::mem::take(&mut is_first) {
                journal.first = number;
            }
            limits = limits.after(&turn.taken);
            journal.apply(number, &turn);
        }
        (journal, limits)
    }

    /// The number of the next row.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.last + 1
    }

    /// A row was written, or read.
    pub fn apply(&mut self, number: u64, turn: &Turn) {
        self.last = number;
        for record in &turn.ended {
            self.open.remove(&record.intent.call_id);
        }
        for open in &turn.begun {
            let call_id = open.intent.call_id.clone();
            self.open.insert(call_id, (number, open.clone()));
        }
        if number > self.head.taken && !turn.ended.is_empty() {
            self.ended.insert(number, turn.ended.len());
        }
    }

    /// The intent of a call that has not ended.
    #[must_use]
    pub fn open(&self, call_id: &str) -> Option<&Open> {
        self.open.get(call_id).map(|(_, open)| open)
    }

    /// The outcomes of those that nobody has settled in time.
    #[must_use]
    pub fn overdue(&self, now_ms: u64) -> Vec<(Open, Outcome)> {
        self.open
            .values()
            .filter_map(|(_, open)| Some((open.clone(), open.overdue(now_ms)?)))
            .collect()
    }

    /// How many calls have not ended.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.open.len()
    }

    /// Whether a batch was cut that the log has not acknowledged.
    #[must_use]
    pub fn is_on_its_way(&self) -> bool {
        self.head.cut > self.head.taken
    }

    /// How far the log is, with a batch on its way if there is anything to tell: it is to
    /// be written before the batch is sent. Rows are added until there are `limit` records.
    pub fn cut(&mut self, limit: usize, limits: &Taken) -> Option<&Head> {
        if !self.is_on_its_way() {
            let mut records = 0;
            let cut = self
                .ended
                .iter()
                .find(|(_, ended)| {
                    records += **ended;
                    records >= limit
                })
                .or_else(|| self.ended.last_key_value())
                .map(|(number, _)| *number)?;
            self.head = Head {
                number: self.head.number + 1,
                cut,
                taken: self.head.taken,
                limits: limits.clone(),
            };
        }
        Some(&self.head)
    }

    /// The log has the batch that was cut. The head is to be written, and with it the
    /// rows before [`Self::first`] deleted.
    pub fn acknowledged(&mut self, limits: &Taken) -> &Head {
        self.head.taken = self.head.cut;
        self.head.limits = limits.clone();
        self.ended = self.ended.split_off(&(self.head.taken + 1));
        let oldest_open = self.open.values().map(|(number, _)| *number).min();
        let after_taken = self.head.taken + 1;
        self.first = oldest_open.map_or(after_taken, |open| open.min(after_taken));
        &self.head
    }

    /// The first row that is still needed.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The first and the last row of the batch on its way.
    #[must_use]
    pub fn on_its_way(&self) -> (u64, u64) {
        (self.head.taken + 1, self.head.cut)
    }

    /// The batch that is on its way, of the rows in [`Self::on_its_way`].
    #[must_use]
    pub fn batch(&self, key_id: &str, rows: impl IntoIterator<Item = Turn>) -> Batch {
        let mut batch = Batch {
            source: key_id.to_owned(),
            number: self.head.number,
            records: Vec::new(),
            counts: None,
        };
        let mut counts = Counts::default();
        for turn in rows {
            batch.records.extend(turn.ended);
            counts = counts.and(turn.counts);
        }
        batch.counts = Some(counts).filter(|counts| !counts.is_empty());
        batch
    }
}

impl Taken {
    /// What has been taken once both were.
    fn after(mut self, later: &Self) -> Self {
        self.calls = self.calls.max(later.calls);
        for (tool, state) in &later.tools {
            let known = self.tools.entry(tool.clone()).or_default();
            *known = (*known).max(*state);
        }
        self
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
