//! What a key's gate remembers of results: a state machine without storage.
//!
//! A value is *trusted* as long as a remembered call said it before any result did,
//! or a trusted source has it as a record. Any other value that a remembered result
//! has is *traced* to the first such result. What nobody has seen is said by the
//! user's side, and is trusted from then on.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    fingerprint::Fingerprint,
    key::KeyTraits,
    print::{ArgumentPrint, ResultPrint, ResultPrints, Standing, ValueKind},
    trace::{Origin, Trace},
};

/// So many results are remembered, the latest.
pub const MAXIMUM_ROWS: usize = 1_024;
/// So many fingerprints.
pub const MAXIMUM_REMEMBERED: usize = 20_000;
/// So many calls may be on their way at once with what they said.
const MAXIMUM_PENDING: usize = 256;
/// A call on its way for longer is forgotten.
const PENDING_MS: u64 = 120_000;

/// What one settled call leaves behind: the `seen` of a row of the object's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where from.
    pub origin: Origin,
    /// What was in the result.
    #[serde(flatten)]
    pub seen: ResultPrints,
    /// What the user's side said in the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Fingerprint>,
}

impl Row {
    /// Whether remembering it would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.prints.is_empty()
            && self.said.is_empty()
            && !self.seen.truncated
            && !self.origin.suspicious
    }

    fn size(&self) -> usize {
        self.seen.prints.len() + self.said.len()
    }
}

/// Where a value of the arguments came from.
enum Whence {
    /// The user's side, or the tenant's records.
    User,
    /// The source that the call goes back to names its own thing. That makes the value
    /// nobody's elsewhere. The call that named it.
    Source(String),
    /// A result.
    Outside(Trace),
}

/// What is known of one value.
#[derive(Debug, Default)]
struct Known {
    /// How many remembered calls and records vouch for it.
    vouched: usize,
    /// The results that have it otherwise, by their numbers, the first first.
    sightings: Vec<(u64, Standing)>,
}

/// A call whose result is not there yet.
#[derive(Debug)]
struct Pending {
    call_id: String,
    at_ms: u64,
    said: Vec<Fingerprint>,
}

/// The memory of one key.
#[derive(Debug, Default)]
pub struct Memory {
    rows: VecDeque<Row>,
    /// The number of the first row.
    first: u64,
    size: usize,
    known: HashMap<Fingerprint, Known>,
    pending: VecDeque<Pending>,
}

impl Memory {
    /// What was remembered before a restart, with what is too old left out.
    #[must_use]
    pub fn load(rows: impl IntoIterator<Item = Row>, remember_ms: u64, now_ms: u64) -> Self {
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|row| row.origin.at_ms);
        let mut memory = Self::default();
        for row in rows {
            memory.push(row);
        }
        memory.expire(remember_ms, now_ms);
        memory
    }

    /// Those values of the arguments that came from outside. The others are
    /// remembered as said by the user's side.
    pub fn admit(
        &mut self,
        call_id: &str,
        prints: &[ArgumentPrint],
        is_trusted: impl Fn(Fingerprint) -> bool,
        now_ms: u64,
    ) -> Vec<Trace> {
        let mut traces: Vec<Trace> = Vec::new();
        let mut said = BTreeSet::new();
        let mut answered = BTreeSet::new();
        let mut is_addressed = false;
        for one in prints {
            if is_trusted(one.print) || one.host.is_some_and(&is_trusted) {
                is_addressed |= is_address(one);
                continue;
            }
            match self.whence(one) {
                Whence::Outside(trace) => {
                    if trace.steering && trace.standing == Standing::Correspondent {
                        answered.insert(trace.origin.call_id.clone());
                    }
                    traces.push(trace);
                }
                Whence::Source(call_id) => {
                    answered.insert(call_id);
                }
                Whence::User => {
                    is_addressed |= is_address(one);
                    said.insert(one.print);
                    said.extend(one.host);
                }
            }
        }
        for trace in &mut traces {
            trace.answers = answered.contains(&trace.origin.call_id);
            // Beside a number that is the user's own, a name steers nothing.
            trace.steering &= trace.kind != ValueKind::Name || !is_addressed;
        }
        self.say(call_id, said.into_iter().collect(), now_ms);
        traces
    }

    /// Remembers a result. The answer is the row to keep, unless there is nothing in
    /// it to remember.
    pub fn settle(&mut self, origin: Origin, seen: ResultPrints) -> Option<Row> {
        let said = self.take_pending(&origin.call_id);
        let row = Row { origin, seen, said };
        if row.is_empty() {
            return None;
        }
        self.push(row.clone());
        Some(row)
    }

    /// Forgets what is older.
    pub fn expire(&mut self, remember_ms: u64, now_ms: u64) {
        let since = now_ms.saturating_sub(remember_ms);
        while self
            .rows
            .front()
            .is_some_and(|row| row.origin.at_ms < since)
        {
            self.drop_first();
        }
        while self
            .pending
            .front()
            .is_some_and(|one| one.at_ms.saturating_add(PENDING_MS) < now_ms)
        {
            self.drop_pending();
        }
    }

    /// When the first remembered result came: rows of earlier ones may go.
    #[must_use]
    pub fn oldest_ms(&self) -> Option<u64> {
        self.rows.front().map(|row| row.origin.at_ms)
    }

    /// The latest suspicious result at or after a moment.
    #[must_use]
    pub fn tainted_since(&self, since_ms: u64) -> Option<&Origin> {
        self.rows
            .iter()
            .rev()
            .map(|row| &row.origin)
            .take_while(|origin| origin.at_ms >= since_ms)
            .find(|origin| origin.suspicious)
    }

    fn whence(&self, one: &ArgumentPrint) -> Whence {
        let known = |print| self.known.get(&print);
        // Of a link that nobody has seen, the host may be known.
        let known = known(one.print).or_else(|| one.host.and_then(known));
        let first = known.and_then(|known| known.sightings.first());
        let best = known.and_then(|known| known.sightings.iter().map(|(_, how)| *how).min());
        let is_own = best == Some(Standing::Handle) && is_handle(&one.place);
        let (number, standing) = match (known, first, best) {
            (Some(known), ..) if known.vouched > 0 => return Whence::User,
            (_, Some((number, _)), Some(best)) => (*number, best),
            _ => match self.cut_off(one) {
                Some(number) => (number, Standing::Text),
                None => return Whence::User,
            },
        };
        let Some(row) = self.row(number) else {
            return Whence::User;
        };
        if is_own {
            return Whence::Source(row.origin.call_id.clone());
        }
        // Anywhere else an identifier is a number like any other.
        let standing = match standing {
            Standing::Handle => Standing::Text,
            other => other,
        };
        Whence::Outside(Trace {
            place: one.place.clone(),
            kind: one.kind,
            steering: one.steering,
            origin: row.origin.clone(),
            standing,
            answers: false,
        })
    }

    /// A value that nobody has seen may stand in the part of a result that was too
    /// long to be remembered.
    fn cut_off(&self, one: &ArgumentPrint) -> Option<u64> {
        let counts = one.steering && !matches!(one.kind, ValueKind::Name | ValueKind::Phrase);
        if !counts {
            return None;
        }
        let index = self.rows.iter().position(|row| row.seen.truncated)?;
        Some(self.first + index as u64)
    }

    fn row(&self, number: u64) -> Option<&Row> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.rows.get(index)
    }

    fn say(&mut self, call_id: &str, said: Vec<Fingerprint>, at_ms: u64) {
        if said.is_empty() {
            return;
        }
        for print in &said {
            self.known.entry(*print).or_default().vouched += 1;
        }
        let call_id = call_id.to_owned();
        self.pending.push_back(Pending {
            call_id,
            at_ms,
            said,
        });
        if self.pending.len() > MAXIMUM_PENDING {
            self.drop_pending();
        }
    }

    /// What a call said, which its row is to say from now on.
    fn take_pending(&mut self, call_id: &str) -> Vec<Fingerprint> {
        let index = self.pending.iter().position(|one| one.call_id == call_id);
        let Some(pending) = index.and_then(|index| self.pending.remove(index)) else {
            return Vec::new();
        };
        for print in &pending.said {
            self.unvouch(*print);
        }
        pending.said
    }

    fn drop_pending(&mut self) {
        if let Some(pending) = self.pending.pop_front() {
            for print in pending.said {
                self.unvouch(print);
            }
        }
    }

    fn push(&mut self, row: Row) {
        let number = self.first + self.rows.len() as u64;
        for print in &row.said {
            self.known.entry(*print).or_default().vouched += 1;
        }
        for ResultPrint {
            print, standing, ..
        } in &row.seen.prints
        {
            let known = self.known.entry(*print).or_default();
            if *standing == Standing::Record {
                known.vouched += 1;
            } else {
                known.sightings.push((number, *standing));
            }
        }
        self.size += row.size();
        self.rows.push_back(row);
        while self.rows.len() > MAXIMUM_ROWS
            || (self.size > MAXIMUM_REMEMBERED && self.rows.len() > 1)
        {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        let Some(row) = self.rows.pop_front() else {
            return;
        };
        let number = self.first;
        self.first += 1;
        self.size -= row.size();
        for print in &row.said {
            self.unvouch(*print);
        }
        for ResultPrint {
            print, standing, ..
        } in &row.seen.prints
        {
            if *standing == Standing::Record {
                self.unvouch(*print);
            } else if let Some(known) = self.known.get_mut(print) {
                known.sightings.retain(|(of, _)| *of != number);
                self.forget_unknown(*print);
            }
        }
    }

    fn unvouch(&mut self, print: Fingerprint) {
        if let Some(known) = self.known.get_mut(&print) {
            known.vouched = known.vouched.saturating_sub(1);
            self.forget_unknown(print);
        }
    }

    fn forget_unknown(&mut self, print: Fingerprint) {
        let is_unknown = |known: &Known| known.vouched == 0 && known.sightings.is_empty();
        if self.known.get(&print).is_some_and(is_unknown) {
            self.known.remove(&print);
        }
    }
}

/// Whether a value says by itself where something goes.
fn is_address(one: &ArgumentPrint) -> bool {
    one.steering
        && matches!(
            one.kind,
            ValueKind::Email | ValueKind::Phone | ValueKind::Account
        )
}

/// Whether a place in the arguments is for the source's own name of a thing.
fn is_handle(place: &str) -> bool {
    place
        .rsplit('/')
        .find(|segment| segment.parse::<usize>().is_err())
        .is_some_and(|name| KeyTraits::of(name).has(KeyTraits::HANDLE))
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
