//! A stream against a log that is pruned and a receiver that does whatever it likes.

use proptest::prelude::*;

use crate::{DeadLetter, Delivery, Found, Next, Phase, Refusal, Stream};

const MINUTE_MS: u64 = 60_000;

fn streaming(stream: &mut Stream, delivery: Delivery, handed: u32) -> Vec<DeadLetter> {
    stream.apply(delivery, handed, 0, 0)
}

#[test]
fn the_stored_form_is_pinned() {
    let mut stream = Stream::from(7);
    let form = r#"{"position":7,"phase":{"phase":"streaming"},"due_ms":0,"failures":0,"at_once":500,"refused":0,"idle":0}"#;
    assert_eq!(serde_json::to_string(&stream).unwrap(), form);
    let pending = Delivery::Pending {
        count: 3,
        receipt: "12".into(),
    };
    streaming(&mut stream, pending, 3);
    let form = r#"{"position":7,"phase":{"phase":"awaiting","count":3,"receipt":"12","since_ms":0},"due_ms":500,"failures":0,"at_once":500,"refused":0,"idle":0}"#;
    assert_eq!(serde_json::to_string(&stream).unwrap(), form);
    assert_eq!(serde_json::from_str::<Stream>(form).unwrap(), stream);
}

#[test]
fn waits_grow_and_end() {
    let mut stream = Stream::from(0);
    let mut waits = Vec::new();
    let mut now_ms = 0;
    for _ in 0..12 {
        stream.apply(Delivery::retry("busy"), 1, now_ms, 0);
        waits.push((stream.due_ms - now_ms) / 1_000);
        now_ms = stream.due_ms;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    let asked = Delivery::Retry {
        after_s: Some(1_800),
        why: String::new(),
    };
    stream.apply(asked, 1, now_ms, 255);
    assert_eq!(stream.due_ms - now_ms, 1_800_000);
    stream.apply(Delivery::settled(1), 1, now_ms, 0);
    assert_eq!((stream.position, stream.failures), (1, 0));
}

#[test]
fn what_is_not_acknowledged_is_sent_again() {
    let mut stream = Stream::from(4);
    let pending = Delivery::Pending {
        count: 2,
        receipt: "1".into(),
    };
    streaming(&mut stream, pending, 2);
    assert_eq!(stream.position, 4);
    stream.apply(Delivery::NotYet, 0, MINUTE_MS, 0);
    stream.apply(Delivery::retry("no answer"), 0, 2 * MINUTE_MS, 0);
    let Next::Ask { receipt } = stream.next(3 * MINUTE_MS) else {
        panic!("it waits for the acknowledgement")
    };
    assert_eq!(receipt, "1");
    stream.apply(Delivery::NotYet, 0, 4 * MINUTE_MS, 0);
    assert!(matches!(stream.phase, Phase::Retrying { .. }));
    assert_eq!(
        stream.next(5 * MINUTE_MS),
        Next::Read {
            from: 4,
            count: 500
        }
    );
}

#[test]
fn the_entry_at_fault_is_found_and_the_rest_goes_through() {
    let (mut stream, mut letters) = (Stream::from(0), Vec::new());
    while stream.position < 64 {
        let Next::Read { from, count } = stream.next(0) else {
            panic!("nothing waits")
        };
        let end = (from + u64::from(count)).min(64);
        let handed = u32::try_from(end - from).unwrap();
        let delivery = match (from..end).contains(&37) {
            true => Delivery::Rejected {
                count: handed,
                why: "bad".into(),
            },
            false => Delivery::settled(handed),
        };
        letters.extend(streaming(&mut stream, delivery, handed));
    }
    let letter = DeadLetter {
        first: 37,
        end: 38,
        why: "bad".into(),
    };
    assert_eq!(letters, [letter]);
}

#[test]
fn a_receiver_that_refuses_everything_is_not_fed_any_longer() {
    let mut stream = Stream::from(0);
    let mut letters = 0;
    for _ in 0..100 {
        let handed = stream.at_once;
        let refused = Delivery::Rejected {
            count: handed,
            why: "no".into(),
        };
        letters += streaming(&mut stream, refused, handed).len();
    }
    assert_eq!((letters, stream.position), (20, 20));
    assert!(matches!(stream.phase, Phase::Paused { .. }));
    stream.resume(Some(0));
    assert_eq!(
        stream.next(0),
        Next::Read {
            from: 0,
            count: 500
        }
    );
}

#[test]
fn pruned_content_is_a_dead_letter() {
    let found = |index, has_content| Found { index, has_content };
    let mut stream = Stream::from(2);
    // 2 and 3 are gone with their rows, 4 and 5 have none, 8 comes after a gap.
    let entries = [
        found(4, false),
        found(5, false),
        found(6, true),
        found(8, true),
    ];
    let taken = stream.take(&entries, 0);
    assert_eq!(taken.dead.len(), 1);
    assert_eq!((taken.dead[0].first, taken.dead[0].end), (2, 6));
    assert_eq!((taken.skipped, taken.count, stream.position), (2, 1, 6));
    assert_eq!(stream.take(&[found(6, true), found(7, true)], 0).count, 2);
}

#[test]
fn it_asks_less_often_when_nothing_happens() {
    let mut stream = Stream::from(0);
    let mut now_ms = 0;
    let mut waits = Vec::new();
    for _ in 0..7 {
        stream.take(&[], now_ms);
        waits.push((stream.due_ms - now_ms) / 1_000);
        now_ms = stream.due_ms;
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
    stream.nudge(now_ms - 5);
    assert_eq!(stream.due_ms, now_ms - 5);
    // One that backs off is not hurried.
    stream.apply(Delivery::retry("busy"), 1, now_ms, 0);
    let due_ms = stream.due_ms;
    stream.nudge(now_ms);
    assert_eq!(stream.due_ms, due_ms);
}

fn deliveries() -> impl Strategy<Value = Delivery> {
    let refusals = prop::collection::vec(
        (0_u32..8).prop_map(|offset| Refusal {
            offset,
            why: "bad".into(),
        }),
        0..3,
    );
    prop_oneof![
        4 => (0_u32..600).prop_map(Delivery::settled),
        2 => (0_u32..8, refusals).prop_map(|(count, mut refused)| {
            refused.sort_by_key(|it| it.offset);
            refused.dedup_by_key(|it| it.offset);
            Delivery::Settled { count, refused }
        }),
        2 => (0_u32..600).prop_map(|count| Delivery::Pending { count, receipt: "r".into() }),
        2 => Just(Delivery::NotYet),
        2 => Just(Delivery::retry("busy")),
        1 => (1_u32..600).prop_map(|count| Delivery::Rejected { count, why: "bad".into() }),
        1 => Just(Delivery::misconfigured("token")),
    ]
}

proptest! {
    /// Whatever a receiver answers and whenever the object loses what it had in memory,
    /// every entry below the position was handed over and taken, or is a dead letter;
    /// and entries are handed over in order.
    #[test]
    fn nothing_is_skipped(
        answers in prop::collection::vec((deliveries(), any::<bool>(), any::<u8>()), 1..200),
        pruned in 0_u64..5,
    ) {
        const ENTRIES: u64 = 40;
        let mut stored = Stream::from(0);
        let mut done = [false; 40];
        let mut letters: Vec<DeadLetter> = Vec::new();
        let mut now_ms = 0;
        for (answer, crashes, jitter) in answers {
            let mut stream = stored.clone();
            let before = stream.position;
            let mut taken_over = None;
            let new = match stream.next(now_ms) {
                Next::Wait { until_ms } => {
                    prop_assert!(until_ms > now_ms);
                    now_ms = until_ms;
                    continue;
                }
                Next::Ask { .. } => {
                    let Phase::Awaiting { count, .. } = stream.phase else { panic!("asks") };
                    if matches!(answer, Delivery::Pending { .. } | Delivery::Rejected { .. }) {
                        continue;
                    }
                    if matches!(answer, Delivery::Settled { .. }) {
                        taken_over = Some(count);
                    }
                    stream.apply(answer, 0, now_ms, jitter)
                }
                Next::Read { from, count } => {
                    prop_assert_eq!(from, stream.position);
                    let found: Vec<_> = (from..ENTRIES.min(from + u64::from(count)))
                        .map(|index| Found { index, has_content: index >= pruned })
                        .collect();
                    let taken = stream.take(&found, now_ms);
                    let mut new = taken.dead;
                    if taken.count > 0 {
                        if let Delivery::Settled { count, .. } = &answer {
                            taken_over = Some((*count).min(taken.count));
                        }
                        new.extend(stream.apply(answer, taken.count, now_ms, jitter));
                    }
                    new
                }
            };
            if crashes {
                continue;
            }
            prop_assert!(stream.position >= before);
            for letter in &new {
                prop_assert!(letter.first < letter.end && letter.end <= stream.position);
            }
            letters.extend(new);
            let is_dead = |index: u64| letters.iter().any(|it| (it.first..it.end).contains(&index));
            for index in before..stream.position {
                let was_taken = taken_over.is_some();
                prop_assert!(was_taken || is_dead(index), "{index} was skipped");
                done[usize::try_from(index).unwrap()] = true;
            }
            if stream.position >= ENTRIES {
                prop_assert!(done.iter().all(|it| *it));
            }
            stored = stream;
        }
    }
}
