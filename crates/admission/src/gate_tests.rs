use lango_audit_log::{Status, Subject};
use lango_identity::Role;
use proptest::prelude::*;

use super::*;
use crate::{plan::Plan, snapshot::ConnectionState};

const NOW: u64 = 1_800_000_000_000;

fn digest(byte: u8) -> TokenDigest {
    TokenDigest::try_from(format!("{byte:02x}").repeat(32)).unwrap()
}

fn key() -> KeyState {
    KeyState {
        digest: digest(1),
        role: Role::Viewer,
        expires_at: (NOW / 1_000) as i64 + 1,
        revoked: false,
    }
}

fn snapshot(key: Option<KeyState>) -> Snapshot {
    Snapshot {
        tenant: TenantState::Active,
        plan: Plan::Free,
        key,
        connections: vec![ConnectionState {
            connection_id: "c_1".into(),
            connector: "postgres".into(),
            name: "main".into(),
            data_key: "{}".into(),
            sealed: "{}".into(),
        }],
    }
}

fn call() -> Ask {
    let subject = Subject::Call {
        tool: "postgres_query".into(),
        connector: Some("postgres".into()),
        arguments_sha256: "ab".into(),
    };
    let intent = Intent {
        call_id: "call_1".into(),
        principal: "p_1".into(),
        subject,
    };
    Ask {
        digest: digest(1),
        purpose: Purpose::Recorded(intent),
    }
}

fn decide(snapshot: Option<&Snapshot>, ask: Ask) -> Decision {
    Gate::decide(&mut GateState::default(), snapshot, ask, NOW)
}

fn refusal(decision: &Decision) -> Option<Refusal> {
    match &decision.answer {
        Answer::Refused(refused) => Some(refused.refusal),
        Answer::Admitted(_) => None,
    }
}

#[test]
fn a_key_in_force_is_admitted_with_its_sealed_connection() {
    let decision = decide(Some(&snapshot(Some(key()))), call());
    let Answer::Admitted(admission) = decision.answer else {
        panic!("refused")
    };
    assert_eq!(admission.connection.unwrap().connection_id, "c_1");
    assert_eq!(admission.permissions, Role::Viewer.permissions());
    assert!(!admission.settle_first);
    assert!(matches!(decision.record, Some((_, None))));
}

#[test]
fn a_request_is_counted_apart_and_not_recorded() {
    let mut state = GateState::default();
    let ask = Ask {
        digest: digest(1),
        purpose: Purpose::Request,
    };
    let decision = Gate::decide(&mut state, Some(&snapshot(Some(key()))), ask, NOW);
    assert!(decision.record.is_none());
    assert_eq!(state.calls, Gcra::default());
    assert_ne!(state.requests, Gcra::default());
}

#[test]
fn what_is_not_in_force_is_refused_and_recorded() {
    let changed = |change: fn(&mut KeyState)| {
        let mut key = key();
        change(&mut key);
        snapshot(Some(key))
    };
    let mut suspended = snapshot(Some(key()));
    suspended.tenant = TenantState::Suspended;
    for (snapshot, expected) in [
        (None, Refusal::Unavailable),
        (Some(snapshot(None)), Refusal::UnknownKey),
        (
            Some(changed(|key| key.digest = digest(2))),
            Refusal::UnknownKey,
        ),
        (Some(changed(|key| key.revoked = true)), Refusal::RevokedKey),
        (
            Some(changed(|key| key.expires_at = (NOW / 1_000) as i64)),
            Refusal::ExpiredKey,
        ),
        (Some(suspended), Refusal::InactiveTenant),
    ] {
        let decision = decide(snapshot.as_ref(), call());
        assert_eq!(refusal(&decision), Some(expected));
        let (_, outcome) = decision.record.unwrap();
        let outcome = outcome.unwrap();
        assert_eq!(outcome.status, Status::Denied);
        assert_eq!(outcome.denied.unwrap().code, expected.code());
    }
}

#[test]
fn roles_that_may_change_something_settle_first() {
    for role in Role::ALL {
        let decision = decide(Some(&snapshot(Some(KeyState { role, ..key() }))), call());
        let Answer::Admitted(admission) = decision.answer else {
            panic!("refused")
        };
        assert_eq!(admission.settle_first, role != Role::Viewer, "{role}");
    }
}

proptest! {
    /// Nothing is dropped: of what arrives, each call is admitted or refused, is
    /// recorded either way, and the free plan's burst and two seconds of waiting
    /// bound what passes at one moment.
    #[test]
    fn admitted_and_refused_make_up_what_was_received(received in 1usize..40) {
        let (mut state, snapshot) = (GateState::default(), snapshot(Some(key())));
        let decisions: Vec<_> = (0..received)
            .map(|_| Gate::decide(&mut state, Some(&snapshot), call(), NOW))
            .collect();
        prop_assert!(decisions.iter().all(|decision| decision.record.is_some()));
        let admitted = decisions.iter().filter(|decision| refusal(decision).is_none()).count();
        // 30 a minute is one in two seconds: one call waits, the next is refused.
        prop_assert_eq!(admitted, received.min(11));
    }
}
