//! What a gate remembers for the guards: where values came from, what pseudonyms
//! stand for, which approvals are used up. See each part for its table.

use lango_admission::{
    Admission, ArgumentFacts, ArgumentMemory, GuardState, Resolved, Settled, Settlement,
};
use lango_provenance::Row;
use worker::SqlStorage;

use super::{approvals::UsedApprovals, origins::Origins, pseudonyms::KeptPseudonyms};

/// The three of them.
pub(super) struct Guards {
    origins: Origins,
    pseudonyms: KeptPseudonyms,
    pub(super) approvals: UsedApprovals,
}

impl Guards {
    pub(super) fn open(sql: &SqlStorage, now_ms: u64) -> worker::Result<Self> {
        Ok(Self {
            origins: Origins::open(sql.clone(), now_ms)?,
            pseudonyms: KeptPseudonyms::open(sql.clone())?,
            approvals: UsedApprovals::open(sql.clone(), now_ms)?,
        })
    }

    /// What is remembered of the arguments of a call that was just admitted. An
    /// approval of it is used up now, with the intent.
    pub(super) fn recall(
        &self,
        facts: &ArgumentFacts,
        admission: &Admission,
        state: &GuardState,
        call_id: &str,
        now_ms: u64,
    ) -> worker::Result<ArgumentMemory> {
        let mut memory = ArgumentMemory {
            pseudonyms: self.pseudonyms.sealed(&facts.pseudonyms, now_ms),
            ..ArgumentMemory::default()
        };
        let connection = admission.target.as_ref().and_then(Resolved::connection);
        if let Some(connection) = connection {
            let id = &connection.connection_id;
            let earlier = self.approvals.made(facts, id, now_ms);
            memory.approval = self.approvals.take(state, facts, id, call_id, now_ms)?;
            memory.made = earlier.filter(|_| memory.approval.is_none());
        }
        // A key that can change nothing leads nobody astray: no origin is remembered.
        if admission.settle_first {
            let mut prints = facts.prints.clone();
            prints.extend(self.pseudonyms.prints(&facts.pseudonyms, now_ms));
            memory.traces = self.origins.admit(call_id, &prints, state, now_ms);
            memory.tainted = self.origins.tainted(state, now_ms);
        }
        Ok(memory)
    }

    /// Remembers what came from outside, and names the personal data in it. What is to be
    /// written of it is added to `seen`: see [`Self::write`].
    pub(super) fn remember(
        &self,
        settlement: Settlement,
        state: &GuardState,
        seen: &mut Vec<Row>,
        now_ms: u64,
    ) -> worker::Result<Settled> {
        seen.extend(settlement.seen.and_then(|it| self.origins.settle(it)));
        let lives_ms = state.policy.personal_data.pseudonym_ms();
        let names = self
            .pseudonyms
            .name(&settlement.pseudonyms, lives_ms, now_ms)?;
        Ok(Settled { names })
    }

    /// Writes what a turn's calls have brought: one row.
    pub(super) fn write(&self, seen: &[Row]) -> worker::Result<()> {
        self.origins.write(seen)
    }

    /// Deletes what is too old, outside of any call.
    pub(super) fn prune(&self, now_ms: u64) -> worker::Result<()> {
        self.origins.prune()?;
        self.pseudonyms.prune(now_ms)?;
        self.approvals.prune(now_ms)
    }

    /// Forgets everything and makes the tables anew: the key's data were deleted.
    pub(super) fn reset(&self, now_ms: u64) -> worker::Result<()> {
        self.origins.reset(now_ms)?;
        self.pseudonyms.reset()?;
        self.approvals.reset(now_ms)
    }
}
