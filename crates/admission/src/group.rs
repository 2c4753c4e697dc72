//! Who shares a commit: what arrives while one is being made durable waits for the next.
//!
//! The first to arrive leads: it is served at once, alone, and pays nothing for others.
//! Whoever arrives meanwhile waits, in order of arrival; when the commit is durable, all
//! of them are served together, one of them leading. Only where there is company is a turn
//! begun a moment later, so that those who were just answered can come back: where several
//! wait, or where several have shared a turn a moment ago. A caller who makes one call
//! after the other never has any, however many calls of the key are on their way.

use std::collections::VecDeque;

/// The most that one turn serves.
pub const TURN_LIMIT: usize = 256;
/// So long after a turn that several have shared, whoever arrives may have company.
const COMPANY_MS: u64 = 5;

/// How whoever arrives is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It leads the next turn.
    Leads(Lead),
    /// Another leads; it waits.
    Follows,
}

/// When a turn begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// Now.
    Now,
    /// After a moment, in which others may come.
    Gather,
}

/// Those who wait to be served.
#[derive(Debug)]
pub struct Group<T> {
    waiting: VecDeque<T>,
    is_led: bool,
    /// How many the last turn has served.
    served: usize,
    /// When a turn that several have shared was last durable, in milliseconds since 1970.
    shared_ms: Option<u64>,
}

impl<T> Default for Group<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            is_led: false,
            served: 0,
            shared_ms: None,
        }
    }
}

impl<T> Group<T> {
    /// Somebody arrives.
    pub fn arrive(&mut self, item: T, now_ms: u64) -> Arrival {
        self.waiting.push_back(item);
        if std::mem::replace(&mut self.is_led, true) {
            return Arrival::Follows;
        }
        let is_recent = |at_ms: u64| now_ms.saturating_sub(at_ms) <= COMPANY_MS;
        Arrival::Leads(lead(self.shared_ms.is_some_and(is_recent)))
    }

    /// Whom the leader serves now, in order of arrival.
    pub fn turn(&mut self) -> Vec<T> {
        self.served = self.waiting.len().min(TURN_LIMIT);
        self.waiting.drain(..self.served).collect()
    }

    /// The turn is durable, or has failed. Says when the next one begins; `None` when
    /// nobody waits.
    pub fn ended(&mut self, now_ms: u64) -> Option<Lead> {
        let was_shared = self.served > 1;
        if was_shared {
            self.shared_ms = Some(now_ms);
        }
        self.is_led = !self.waiting.is_empty();
        self.is_led
            .then(|| lead(was_shared || self.waiting.len() > 1))
    }
}

const fn lead(has_company: bool) -> Lead {
    if has_company { Lead::Gather } else { Lead::Now }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Arrival = Arrival::Leads(Lead::Now);

    #[test]
    fn one_call_after_the_other_never_waits() {
        let mut group = Group::default();
        for call in 0..3 {
            assert_eq!(group.arrive(call, 0), NOW);
            assert_eq!(group.turn(), [call]);
            assert_eq!(group.ended(0), None);
        }
        // The next one comes while the outcome of the last is being made durable.
        assert_eq!(group.arrive(3, 0), NOW);
        assert_eq!(group.turn(), [3]);
        assert_eq!(group.arrive(4, 0), Arrival::Follows);
        assert_eq!(group.ended(0), Some(Lead::Now));
        assert_eq!(group.turn(), [4]);
        assert_eq!(group.ended(0), None);
    }

    #[test]
    fn whoever_arrives_during_a_turn_shares_the_next() {
        let mut group = Group::default();
        assert_eq!(group.arrive(1, 0), NOW);
        assert_eq!(group.turn(), [1]);
        assert_eq!(group.arrive(2, 0), Arrival::Follows);
        assert_eq!(group.arrive(3, 0), Arrival::Follows);
        assert_eq!(group.ended(0), Some(Lead::Gather));
        assert_eq!(group.turn(), [2, 3]);
        assert_eq!(group.ended(0), None);
    }

    #[test]
    fn those_who_shared_a_turn_can_come_back_and_soon_nobody_waits_for_them() {
        let mut group = Group::default();
        group.arrive(1, 0);
        group.arrive(2, 0);
        assert_eq!(group.turn(), [1, 2]);
        assert_eq!(group.ended(10), None);
        assert_eq!(group.arrive(3, 10), Arrival::Leads(Lead::Gather));
        assert_eq!(group.turn(), [3]);
        assert_eq!(group.ended(11), None);
        assert_eq!(group.arrive(4, 11 + COMPANY_MS), NOW);
    }

    proptest! {
        /// Whatever arrives when: each is served once, in order of arrival, and whenever
        /// anybody waits there is exactly one leader.
        #[test]
        fn everybody_is_served_once_in_order(
            arrivals in prop::collection::vec((0usize..400, 0u64..10), 1..20),
        ) {
            let (mut group, mut served, mut next) = (Group::default(), Vec::new(), 0);
            let (mut is_led, mut now_ms) = (false, 0);
            for (during, passed_ms) in arrivals {
                now_ms += passed_ms;
                for _ in 0..during {
                    let arrival = group.arrive(next, now_ms);
                    prop_assert_eq!(arrival != Arrival::Follows, !is_led);
                    is_led = true;
                    next += 1;
                }
                let turn = group.turn();
                prop_assert!(turn.len() <= TURN_LIMIT);
                served.extend(turn);
                is_led = group.ended(now_ms).is_some();
            }
            while is_led {
                served.extend(group.turn());
                is_led = group.ended(now_ms).is_some();
            }
            prop_assert_eq!(served, (0..next).collect::<Vec<_>>());
        }

        /// A caller who waits for each answer before the next call is never kept waiting.
        #[test]
        fn a_lone_caller_never_gathers(pauses in prop::collection::vec(0u64..20, 1..50)) {
            let (mut group, mut now_ms) = (Group::default(), 0);
            for (call, pause_ms) in pauses.into_iter().enumerate() {
                now_ms += pause_ms;
                prop_assert_eq!(group.arrive(call, now_ms), NOW);
                prop_assert_eq!(group.turn(), [call]);
                prop_assert_eq!(group.ended(now_ms), None);
            }
        }
    }
}
