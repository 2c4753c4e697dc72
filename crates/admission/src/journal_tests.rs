use std::collections::BTreeSet;

use lango_audit_log::{Intent, Status, Subject};
use proptest::prelude::*;

use super::*;

fn begun(number: usize) -> Open {
    Open {
        at_ms: 1_000,
        intent: Intent {
            call_id: format!("call_{number}"),
            principal: "p_1".into(),
            actor: None,
            country: None,
            subject: Subject::Action {
                action: "key.create".into(),
                target: None,
            },
        },
    }
}

fn turn(begun: Vec<Open>, ended: Vec<Record>) -> Turn {
    Turn {
        counts: Counts {
            received: begun.len() as u64,
            admitted: begun.len() as u64,
            ..Counts::default()
        },
        begun,
        ended,
        taken: Taken::default(),
    }
}

/// What is on the disk, and a log that takes each batch once.
#[derive(Default)]
struct Disk {
    head: Head,
    rows: BTreeMap<u64, Turn>,
    log: Vec<Record>,
    counts: Counts,
    last_batch: Option<Batch>,
}

impl Disk {
    fn load(&self) -> Journal {
        let rows = self
            .rows
            .iter()
            .map(|(number, turn)| (*number, turn.clone()));
        Journal::load(self.head.clone(), rows).0
    }

    fn write(&mut self, journal: &mut Journal, turn: Turn) {
        let number = journal.next();
        let before = self.rows.insert(number, turn.clone());
        assert_eq!(before, None, "a number is used once");
        journal.apply(number, &turn);
    }

    /// Sends a batch; its acknowledgement may be lost.
    fn hand_over(&mut self, journal: &mut Journal, limit: usize, is_lost: bool) -> bool {
        let Some(head) = journal.cut(limit, &Taken::default()) else {
            return false;
        };
        self.head = head.clone();
        let (first, last) = journal.on_its_way();
        let rows = self.rows.range(first..=last).map(|(_, turn)| turn.clone());
        self.take(journal.batch("k_1", rows));
        if !is_lost {
            self.head = journal.acknowledged(&Taken::default()).clone();
            self.rows = self.rows.split_off(&journal.first());
        }
        true
    }

    fn take(&mut self, batch: Batch) {
        let taken = self.last_batch.as_ref().map_or(0, |last| last.number);
        if batch.is_new(taken) {
            self.log.extend(batch.records.clone());
            self.counts = self.counts.and(batch.counts.unwrap_or_default());
            self.last_batch = Some(batch);
        } else {
            assert_eq!(
                Some(&batch),
                self.last_batch.as_ref(),
                "it stays as it was cut"
            );
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Turn { begins: usize, ends: usize },
    HandOver { limit: usize, is_lost: bool },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..5, 0usize..5).prop_map(|(begins, ends)| Step::Turn { begins, ends }),
        2 => (1usize..6, any::<bool>())
            .prop_map(|(limit, is_lost)| Step::HandOver { limit, is_lost }),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    /// Whatever is lost and whenever the object starts again: the log has every call once,
    /// with its outcome, and nothing stays behind.
    #[test]
    fn every_call_is_in_the_log_once(steps in prop::collection::vec(step(), 1..60)) {
        let (mut disk, mut journal) = (Disk::default(), Journal::default());
        let (mut number, mut open) = (0, Vec::new());
        for step in steps {
            match step {
                Step::Turn { begins, ends } => {
                    let ends = ends.min(open.len());
                    let ended = open
                        .drain(..ends)
                        .map(|call: usize| {
                            let known = journal.open(&format!("call_{call}")).cloned();
                            known.unwrap().settle("k_1", Outcome::succeeded(1))
                        })
                        .collect();
                    let calls: Vec<_> = (number..number + begins).collect();
                    number += begins;
                    open.extend(&calls);
                    let calls = calls.into_iter().map(begun).collect();
                    let turn = turn(calls, ended);
                    if !turn.is_empty() {
                        disk.write(&mut journal, turn);
                    }
                }
                Step::HandOver { limit, is_lost } => {
                    disk.hand_over(&mut journal, limit, is_lost);
                }
                Step::Restart => {
                    let reloaded = disk.load();
                    prop_assert_eq!(reloaded.open_calls(), open.len());
                    prop_assert_eq!(reloaded.next(), journal.next());
                    journal = reloaded;
                }
            }
        }
        let overdue = journal.overdue(u64::MAX);
        prop_assert_eq!(overdue.len(), open.len());
        let ended = overdue.into_iter().map(|(open, outcome)| open.settle("k_1", outcome));
        disk.write(&mut journal, Turn { ended: ended.collect(), ..Turn::default() });
        while disk.hand_over(&mut journal, 3, false) {}

        let ids: BTreeSet<_> = disk.log.iter().map(|it| it.intent.call_id.clone()).collect();
        prop_assert_eq!((ids.len(), disk.log.len()), (number, number));
        let unknown = disk.log.iter().filter(|it| it.outcome.status == Status::Unknown);
        prop_assert_eq!(unknown.count(), open.len());
        prop_assert_eq!(disk.counts.received, number as u64, "each is counted once");
        let (first, last) = (journal.first(), journal.next());
        prop_assert!(disk.rows.range(..first).next().is_none());
        prop_assert!(number == 0 || last - first <= 1, "nothing stays behind: {} to {}", first, last);
    }

    #[test]
    fn halves_have_what_the_whole_has(begins in 0usize..9, ends in 0usize..9) {
        let calls: Vec<_> = (0..begins).map(begun).collect();
        let ended = (100..100 + ends).map(|it| begun(it).settle("k_1", Outcome::succeeded(1)));
        let whole = turn(calls, ended.collect());
        let Some((earlier, later)) = whole.clone().halves() else {
            prop_assert!(begins + ends < 2);
            return Ok(());
        };
        prop_assert!(!earlier.is_empty() && !later.is_empty());
        let again = Turn {
            begun: [earlier.begun, later.begun].concat(),
            ended: [earlier.ended, later.ended].concat(),
            counts: earlier.counts.and(later.counts),
            taken: later.taken,
        };
        prop_assert_eq!(again, whole);
    }
}

#[test]
fn the_stored_format_is_pinned() {
    let turn = turn(vec![begun(1)], Vec::new());
    let json = serde_json::json!({
        "begun": [{"at_ms": 1_000, "intent": {"call_id": "call_1", "principal": "p_1",
            "kind": "action", "action": "key.create", "target": null}}],
        "counts": {"received": 1, "admitted": 1, "queued": 0, "refused": 0},
        "taken": {"calls": {"due_us": 0}},
    });
    assert_eq!(serde_json::to_value(&turn).unwrap(), json);
    assert_eq!(serde_json::from_value::<Turn>(json).unwrap(), turn);
    assert_eq!(
        serde_json::to_value(Head::default()).unwrap(),
        serde_json::json!({"number": 0, "taken": 0, "cut": 0,
            "limits": {"calls": {"due_us": 0}}})
    );
}
