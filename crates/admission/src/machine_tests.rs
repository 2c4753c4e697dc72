//! The whole of admission as a state machine, against a plain reference: a list of the
//! moments at which calls started, and the sentence that a limit is. Two keys of one
//! tenant, a limit on each, on one tool and on both together; calls that come at once or
//! apart; objects that start again from what they have written.

use std::collections::BTreeMap;

use lango_audit_log::Counts;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use crate::{
    Answer, Facts, Gate, GateState, Gcra, Head, Journal, MAXIMUM_WAIT_MS, Open, Quota, Refusal,
    Share, ShareAsk, Turn,
    gate::tests::{NOW, call, key, snapshot},
    snapshot::Snapshot,
    target::Target,
};

const KEYS: usize = 2;
const TOOLS: [&str; 2] = ["read", "pay"];

/// What was set.
#[derive(Debug, Clone)]
struct Set {
    key: Quota,
    pay: Option<Quota>,
    tenant: Option<Quota>,
    queue: u32,
}

#[derive(Debug, Clone)]
enum Transition {
    /// So many calls at once, so long after the one before.
    Calls {
        after_ms: u64,
        key: usize,
        tools: Vec<usize>,
    },
    Restart(usize),
    HandOver(usize),
}

/// What has started: when, of which key and tool.
type Start = (u64, usize, usize);

/// The reference: the list, and what was said to the calls that came last.
#[derive(Debug, Clone)]
struct Reference {
    set: Set,
    now_ms: u64,
    starts: Vec<Start>,
    /// For each call that came last: how long it waits, or nothing.
    said: Vec<Option<u64>>,
}

impl Reference {
    /// The limits that hold for a call, each with the starts that count for it.
    fn holding(&self, key: usize, tool: usize) -> Vec<(Quota, Vec<u64>)> {
        let of = |holds: &dyn Fn(&Start) -> bool| {
            let starts = self.starts.iter().filter(|start| holds(start));
            starts.map(|start| start.0).collect::<Vec<_>>()
        };
        let mut holding = vec![(self.set.key, of(&|start| start.1 == key))];
        if let Some(quota) = self.set.pay.filter(|_| tool == 1) {
            holding.push((quota, of(&|start| start.1 == key && start.2 == tool)));
        }
        holding.extend(self.set.tenant.map(|quota| (quota, of(&|_| true))));
        holding
    }

    fn call(&self, key: usize, tool: usize) -> Option<u64> {
        let (mut wait_ms, mut is_refused) = (0, false);
        for (quota, starts) in self.holding(key, tool) {
            let early_us = early_us(quota, &starts, self.now_ms);
            wait_ms = wait_ms.max(early_us.div_ceil(1_000));
            is_refused |= early_us > u64::from(self.set.queue) * interval_us(quota);
        }
        (!is_refused && wait_ms <= MAXIMUM_WAIT_MS).then_some(wait_ms)
    }
}

fn interval_us(quota: Quota) -> u64 {
    60_000_000_u64.div_ceil(u64::from(quota.per_minute()))
}

/// From each start on, there are at most `burst` calls and those that the rate lets pass
/// since then: how long until one more is allowed.
fn early_us(quota: Quota, starts: &[u64], now_ms: u64) -> u64 {
    let with_it = |place: usize| (starts.len() - place + 1) as u64;
    starts
        .iter()
        .enumerate()
        .map(|(place, start_ms)| {
            let beyond = with_it(place).saturating_sub(u64::from(quota.burst()));
            match beyond {
                0 => {
                    // Within the burst, which a call that starts later has a part of.
                    let room = u64::from(quota.burst()) - with_it(place);
                    (start_ms * 1_000).saturating_sub(room * interval_us(quota))
                }
                beyond => start_ms * 1_000 + beyond * interval_us(quota),
            }
        })
        .max()
        .unwrap_or(0)
        .saturating_sub(now_ms * 1_000)
}

fn quota() -> impl Strategy<Value = Quota> {
    (prop_oneof![1u32..100, 100u32..7_000], 1u32..12)
        .prop_map(|(per_minute, burst)| Quota::new(per_minute, burst).unwrap())
}

impl ReferenceStateMachine for Reference {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        let optional = || prop::option::of(quota());
        (
            quota(),
            optional(),
            optional(),
            prop::sample::select(vec![1, 4, 20, 100]),
        )
            .prop_map(|(key, pay, tenant, queue)| Self {
                set: Set {
                    key,
                    pay,
                    tenant,
                    queue,
                },
                now_ms: NOW,
                starts: Vec::new(),
                said: Vec::new(),
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Transition> {
        let after_ms = prop_oneof![3 => 0u64..20, 2 => 0u64..500, 1 => 0u64..5_000];
        let tools = prop::collection::vec(0..TOOLS.len(), 1..12);
        prop_oneof![
            6 => (after_ms, 0..KEYS, tools).prop_map(|(after_ms, key, tools)| {
                Transition::Calls { after_ms, key, tools }
            }),
            1 => (0..KEYS).prop_map(Transition::Restart),
            1 => (0..KEYS).prop_map(Transition::HandOver),
        ]
        .boxed()
    }

    fn apply(mut state: Self, transition: &Transition) -> Self {
        if let Transition::Calls {
            after_ms,
            key,
            tools,
        } = transition
        {
            state.now_ms += after_ms;
            state.said.clear();
            for tool in tools {
                let wait_ms = state.call(*key, *tool);
                if let Some(wait_ms) = wait_ms {
                    state.starts.push((state.now_ms + wait_ms, *key, *tool));
                }
                state.said.push(wait_ms);
            }
        }
        state
    }
}

/// One key's object: what it has in memory, and what it has written.
#[derive(Default)]
struct Object {
    state: GateState,
    journal: Journal,
    head: Head,
    rows: BTreeMap<u64, Turn>,
}

struct Admission {
    snapshot: Snapshot,
    tenant: Gcra,
    objects: [Object; KEYS],
    received: u64,
    counts: Counts,
    number: u64,
}

impl Object {
    fn restart(&mut self) {
        let rows = self
            .rows
            .iter()
            .map(|(number, turn)| (*number, turn.clone()));
        let (journal, taken) = Journal::load(self.head.clone(), rows);
        let requests = Gcra::default();
        (self.journal, self.state) = (journal, GateState { taken, requests });
    }

    /// The log takes everything; rows go, and what was taken of the limits stays.
    fn hand_over(&mut self) {
        let taken = self.state.taken.clone();
        while self.journal.cut(50, &taken).is_some() {
            self.head = self.journal.acknowledged(&taken).clone();
            self.rows = self.rows.split_off(&self.journal.first());
        }
    }
}

impl Admission {
    /// A turn: those that came at once are decided together, as the object does it.
    fn calls(&mut self, key: usize, tools: &[usize], now_ms: u64) -> Vec<Option<u64>> {
        let asks: Vec<_> = tools.iter().map(|tool| self.ask(*tool)).collect();
        let object = &mut self.objects[key];
        let facts = Facts {
            snapshot: Some(&self.snapshot),
            ..Facts::default()
        };
        let mut shares = vec![None; asks.len()];
        let shared = asks
            .first()
            .and_then(|ask| Gate::shared(&object.state, facts, ask, now_ms));
        if let Some((quota, limits)) = shared {
            let calls = asks
                .iter()
                .map(|ask| ask.tool().map(str::to_owned))
                .collect();
            let ask = ShareAsk {
                quota,
                limits,
                calls,
            };
            let (answered, tenant) = ask.answer(self.tenant, now_ms);
            self.tenant = tenant;
            let at_ms = answered.at_ms;
            shares = answered
                .paced
                .into_iter()
                .map(|paced| Some(Share { at_ms, paced }))
                .collect();
        }
        let (mut turn, mut said) = (Turn::default(), Vec::new());
        for (ask, share) in asks.into_iter().zip(shares) {
            let facts = Facts { share, ..facts };
            let decision = Gate::decide(&mut object.state, facts, ask, now_ms);
            turn.counts = turn.counts.and(decision.counts());
            let (intent, outcome) = decision.record.expect("a call is recorded");
            let open = Open {
                at_ms: now_ms,
                intent,
            };
            match outcome {
                Some(outcome) => turn.ended.push(open.settle("k_1", outcome)),
                None => turn.begun.push(open),
            }
            said.push(match decision.answer {
                Answer::Admitted(admission) => Some(admission.wait_ms),
                Answer::Refused(refused) => {
                    assert!(matches!(refused.refusal, Refusal::RateLimited(_)));
                    None
                }
            });
        }
        turn.taken = object.state.taken.clone();
        self.received += said.len() as u64;
        self.counts = self.counts.and(turn.counts);
        let number = object.journal.next();
        object.journal.apply(number, &turn);
        object.rows.insert(number, turn);
        said
    }

    fn ask(&mut self, tool: usize) -> crate::Ask {
        self.number += 1;
        let mut ask = call();
        if let crate::Purpose::Recorded(intent) = &mut ask.purpose {
            intent.call_id = format!("call_{}", self.number);
        }
        ask.target = Some(Target {
            prefix: None,
            connector: None,
            name: TOOLS[tool].to_owned(),
        });
        ask
    }
}

impl StateMachineTest for Admission {
    type SystemUnderTest = Self;
    type Reference = Reference;

    fn init_test(reference: &Reference) -> Self {
        let mut snapshot = snapshot(Some(key()));
        snapshot.plan = crate::Plan::ALL
            .into_iter()
            .find(|plan| plan.queue() == reference.set.queue)
            .expect("a plan has such a queue");
        if let Some(registered) = &mut snapshot.key {
            registered.expires_at = i64::MAX / 1_000;
        }
        snapshot.limits.key = Some(reference.set.key);
        snapshot.limits.tenant = reference.set.tenant;
        let pay = reference.set.pay.map(|quota| (TOOLS[1].to_owned(), quota));
        snapshot.limits.tools = pay.into_iter().collect();
        Self {
            snapshot,
            tenant: Gcra::default(),
            objects: std::array::from_fn(|_| Object::default()),
            received: 0,
            counts: Counts::default(),
            number: 0,
        }
    }

    fn apply(mut state: Self, reference: &Reference, transition: Transition) -> Self {
        match transition {
            Transition::Calls { key, tools, .. } => {
                let said = state.calls(key, &tools, reference.now_ms);
                assert_eq!(said, reference.said);
            }
            Transition::Restart(key) => state.objects[key].restart(),
            Transition::HandOver(key) => state.objects[key].hand_over(),
        }
        state
    }

    fn check_invariants(state: &Self, reference: &Reference) {
        let counts = state.counts;
        assert_eq!(counts.received, state.received);
        assert_eq!(
            counts.admitted + counts.queued + counts.refused,
            counts.received
        );
        for key in 0..KEYS {
            for (quota, starts) in reference.holding(key, 1) {
                no_window_has_more(quota, starts);
            }
        }
    }
}

/// The sentence that a limit is, of the list that came out.
fn no_window_has_more(quota: Quota, mut starts: Vec<u64>) {
    starts.sort_unstable();
    for (first, from) in starts.iter().enumerate() {
        for (last, to) in starts.iter().enumerate().skip(first) {
            let count = (last - first + 1) as u64;
            let allowed = u64::from(quota.burst()) + (to - from) * 1_000 / interval_us(quota);
            assert!(count <= allowed, "{count} calls where {allowed} may start");
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn admission_admits_exactly_what_the_reference_admits(sequential 1..40 => Admission);
}
