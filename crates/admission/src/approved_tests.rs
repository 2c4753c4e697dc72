use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const CONNECTION: &str = "c_1";
const EXPIRES_MS: u64 = 10 * 60 * 1_000;

fn facts(approval: Option<&str>) -> ArgumentFacts {
    ArgumentFacts {
        tool: "pay".into(),
        sha256: "ab".into(),
        approval: approval.map(str::to_owned),
        ..ArgumentFacts::default()
    }
}

fn granted(approval_id: &str, expires_at_ms: u64) -> GrantedApproval {
    GrantedApproval {
        approval_id: approval_id.into(),
        tool: "pay".into(),
        connection_id: CONNECTION.into(),
        arguments_sha256: "ab".into(),
        expires_at_ms,
    }
}

fn state(approvals: &[GrantedApproval]) -> GuardState {
    GuardState {
        approvals: approvals.to_vec(),
        ..GuardState::default()
    }
}

#[test]
fn whoever_names_the_approval_asks_for_that_call() {
    let mut calls = ApprovedCalls::default();
    calls.begin(ApprovedCall::begun(
        &granted("ap_1", EXPIRES_MS),
        "call_1",
        0,
    ));
    let repeated = |calls: &ApprovedCalls, facts: &ArgumentFacts, connection, now_ms| {
        calls.repeated(facts, connection, now_ms)
    };
    let named = facts(Some("ap_1"));
    assert_eq!(
        repeated(&calls, &named, CONNECTION, 1),
        Some(Repeat::InProgress)
    );
    assert_eq!(repeated(&calls, &facts(None), CONNECTION, 1), None);
    assert_eq!(repeated(&calls, &facts(Some("ap_2")), CONNECTION, 1), None);
    assert_eq!(repeated(&calls, &named, "c_2", 1), None);
    let other = ArgumentFacts {
        sha256: "cd".into(),
        ..named.clone()
    };
    assert_eq!(repeated(&calls, &other, CONNECTION, 1), None);

    calls.ended("call_1", &Outcome::succeeded(5)).unwrap();
    assert_eq!(repeated(&calls, &named, CONNECTION, 2), Some(Repeat::Ended));
    assert!(calls.ended("call_1", &Outcome::unknown(5)).is_none());
    let forgotten = REMEMBERED_MS;
    assert_eq!(repeated(&calls, &named, CONNECTION, forgotten), None);
    assert!(calls.prune(forgotten) && !calls.prune(forgotten));
}

#[test]
fn another_call_of_the_same_arguments_is_told_of_the_first() {
    let mut calls = ApprovedCalls::default();
    let bare = facts(None);
    assert_eq!(calls.latest(&bare, CONNECTION, 0), None);
    calls.begin(ApprovedCall::begun(
        &granted("ap_1", EXPIRES_MS),
        "call_1",
        0,
    ));
    let at = |calls: &ApprovedCalls, now_ms| calls.latest(&bare, CONNECTION, now_ms);
    let made = |standing| {
        Some(Made {
            approval: "ap_1".to_owned(),
            standing,
        })
    };
    assert_eq!(at(&calls, 1), made(Repeat::InProgress));
    assert_eq!(at(&calls, SETTLE_AFTER_MS), made(Repeat::Unknown));
    let refused = Outcome::denied(Layer::Screening, "arguments_invalid", 1);
    calls.ended("call_1", &refused).unwrap();
    assert_eq!(at(&calls, 1), None, "nothing was called");
}

#[test]
fn the_approval_that_is_named_is_used_before_another() {
    let calls = ApprovedCalls::default();
    let state = state(&[granted("ap_1", EXPIRES_MS), granted("ap_2", EXPIRES_MS)]);
    let used = |approval| {
        let facts = facts(approval);
        let usable = calls.usable(&state, &facts, CONNECTION, 0);
        usable.map(|it| it.approval_id.as_str())
    };
    assert_eq!(used(Some("ap_2")), Some("ap_2"));
    assert_eq!(used(None), Some("ap_1"));
    assert_eq!(used(Some("ap_3")), Some("ap_1"));
}

#[test]
fn only_what_no_connector_heard_of_was_not_made() {
    let denied = |layer| End::of(&Outcome::denied(layer, "code", 1));
    assert_eq!(denied(Layer::Access), End::NotMade);
    assert_eq!(denied(Layer::Screening), End::NotMade);
    assert_eq!(denied(Layer::Connection), End::Unknown);
    assert_eq!(denied(Layer::Release), End::Unknown);
    assert_eq!(End::of(&Outcome::unknown(1)), End::Unknown);
    assert_eq!(End::of(&Outcome::failed("timed_out", 1)), End::Answered);
}

#[test]
fn rows_of_before_are_used_approvals_and_nobodys_repeats() {
    let text = r#"{"approval_id":"ap_1","call_id":"call_1","expires_at_ms":9}"#;
    let row: ApprovedCall = serde_json::from_str(text).unwrap();
    let calls = ApprovedCalls::load([row], 0);
    let state = state(&[granted("ap_1", 9)]);
    assert_eq!(calls.usable(&state, &facts(None), CONNECTION, 0), None);
    assert_eq!(calls.repeated(&facts(Some("ap_1")), CONNECTION, 0), None);
}

/// What happens to the calls of one key.
#[derive(Debug, Clone)]
enum Event {
    /// A person approves the call.
    Grant(usize),
    /// The call is made, naming an approval or none.
    Call(Option<usize>),
    /// The call under an approval ends.
    End(usize, u8),
    /// The object starts again with what it has written.
    Crash,
    /// Time passes, in milliseconds.
    Pass(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (0..4usize).prop_map(Event::Grant),
        prop::option::of(0..4usize).prop_map(Event::Call),
        (0..4usize, 0..4u8).prop_map(|(which, how)| Event::End(which, how)),
        Just(Event::Crash),
        prop_oneof![1..90_000u64, Just(REMEMBERED_MS / 2)].prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..60)
}

fn outcome(how: u8) -> Outcome {
    match how {
        0 => Outcome::succeeded(1),
        1 => Outcome::failed("timed_out", 1),
        2 => Outcome::denied(Layer::Screening, "arguments_invalid", 1),
        _ => Outcome::unknown(1),
    }
}

proptest! {
    /// Whatever happens in which order, crashes included: no approval makes two calls, who
    /// names one that is used makes none while it is remembered, and is told how it stands
    /// with the call, as a plain list of what has happened says it.
    #[test]
    fn an_approval_makes_one_call_and_its_repeats_are_told_of_it(events in events()) {
        let (mut calls, mut now_ms) = (ApprovedCalls::default(), 0);
        let mut written = BTreeMap::<String, ApprovedCall>::new();
        let mut approvals = Vec::<GrantedApproval>::new();
        // When each approval's call began, and how it ended.
        let mut made = BTreeMap::<String, (u64, Option<u8>)>::new();
        for event in events {
            match event {
                Event::Grant(which) => {
                    let id = format!("ap_{which}");
                    if approvals.iter().all(|it| it.approval_id != id) {
                        approvals.push(granted(&id, now_ms + EXPIRES_MS));
                    }
                }
                Event::Call(named) => {
                    let named = named.map(|which| format!("ap_{which}"));
                    let facts = facts(named.as_deref());
                    let repeated = calls.repeated(&facts, CONNECTION, now_ms);
                    let expected = named.as_ref().and_then(|id| {
                        let (at_ms, end) = made.get(id)?;
                        let is_kept = now_ms < at_ms + REMEMBERED_MS;
                        match end {
                            Some(2) => None,
                            _ if !is_kept => None,
                            Some(0 | 1) => Some(Repeat::Ended),
                            Some(_) => Some(Repeat::Unknown),
                            None if now_ms >= at_ms + SETTLE_AFTER_MS => Some(Repeat::Unknown),
                            None => Some(Repeat::InProgress),
                        }
                    });
                    prop_assert_eq!(repeated, expected);
                    if repeated.is_some() {
                        continue;
                    }
                    let state = state(&approvals);
                    if let Some(used) = calls.usable(&state, &facts, CONNECTION, now_ms) {
                        let id = used.approval_id.clone();
                        prop_assert!(!made.contains_key(&id), "{id} makes a second call");
                        let call = ApprovedCall::begun(used, &format!("call_{id}"), now_ms);
                        written.insert(id.clone(), call.clone());
                        calls.begin(call);
                        made.insert(id, (now_ms, None));
                    }
                }
                Event::End(which, how) => {
                    let id = format!("ap_{which}");
                    let ended = calls.ended(&format!("call_{id}"), &outcome(how)).cloned();
                    if let Some(call) = ended {
                        written.insert(id.clone(), call);
                        if let Some((_, end)) = made.get_mut(&id) {
                            prop_assert_eq!(*end, None, "it has ended before");
                            *end = Some(how);
                        }
                    }
                }
                Event::Crash => calls = ApprovedCalls::load(written.values().cloned(), now_ms),
                Event::Pass(ms) => {
                    now_ms += ms;
                    calls.prune(now_ms);
                    written.retain(|_, call| call.kept_until_ms() > now_ms);
                }
            }
        }
    }
}
