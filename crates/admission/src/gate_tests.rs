use lango_audit_log::{Place, Status, Subject};
use lango_identity::{Authority, Permission, PrincipalKind, Reach, Role, TokenDigest};
use lango_residency::{Enforcement, Promise, Residency};
use lango_tenancy::{Flag, FlagSet};
use proptest::prelude::*;

use super::*;
use crate::{
    address::AddressRanges,
    limits::CallLimits,
    message::Credential,
    plan::Plan,
    repeat::Once,
    snapshot::{ConnectionState, Holder, Registered},
    target::Target,
    tool_name::Slug,
};

pub(crate) const NOW: u64 = 1_800_000_000_000;

fn digest(byte: u8) -> TokenDigest {
    TokenDigest::try_from(format!("{byte:02x}").repeat(32)).unwrap()
}

pub(crate) fn key() -> KeyState {
    KeyState {
        registered: Registered::Key(digest(1)),
        holder: holder(Role::Viewer),
        address_ranges: AddressRanges::default(),
        expires_at: (NOW / 1_000) as i64 + 1,
        revoked: false,
    }
}

fn holder(role: Role) -> Holder {
    Holder {
        principal: "p_1".into(),
        kind: PrincipalKind::Employee,
        role: Some(role.into()),
        authority: Authority {
            permissions: role.permissions(),
            ..Authority::ALL
        },
        customer_number: None,
    }
}

pub(crate) fn snapshot(key: Option<KeyState>) -> Snapshot {
    Snapshot {
        exists: true,
        tenant: TenantState::Active,
        flags: FlagSet::DEFAULT,
        limits: CallLimits::default(),
        plan: Plan::Free,
        key,
        connections: vec![ConnectionState {
            connection_id: "c_1".into(),
            connector: "postgres".into(),
            slug: Slug::parse("main").unwrap(),
            name: "main".into(),
            allowed_hosts: None,
            data_key: "{}".into(),
            sealed: "{}".into(),
            sql_policy: None,
            erasure_key: None,
        }],
        upstream_tools: Vec::new(),
        audit: Default::default(),
        guard: crate::GuardState::default(),
        residency: Promise::default(),
    }
}

pub(crate) fn call() -> Ask {
    let subject = Subject::Call {
        tool: "postgres_query".into(),
        at: Place {
            connector: Some("postgres".into()),
            connection: None,
        },
        arguments_sha256: "ab".into(),
    };
    let intent = Intent {
        call_id: "call_1".into(),
        principal: "p_1".into(),
        actor: None,
        country: None,
        subject,
    };
    Ask {
        credential: Credential::Key { digest: digest(1) },
        purpose: Purpose::Recorded(intent),
        target: Some(Target {
            prefix: None,
            connector: Some("postgres".into()),
            name: "postgres_query".into(),
        }),
        session: None,
        once: None,
        arguments: None,
        address: None,
        while_closed: false,
    }
}

fn facts(snapshot: Option<&Snapshot>) -> Facts<'_> {
    Facts {
        snapshot,
        session: SessionNotes::default(),
        share: None,
        earlier: None,
        approved: None,
    }
}

fn decide(snapshot: Option<&Snapshot>, ask: Ask) -> Decision {
    Gate::decide(&mut GateState::default(), facts(snapshot), ask, NOW)
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
    let target = admission.target.unwrap();
    assert_eq!(target.connection().unwrap().connection_id, "c_1");
    assert_eq!(admission.permissions, Role::Viewer.permissions());
    assert!(!admission.settle_first);
    let (intent, outcome) = decision.record.unwrap();
    assert!(outcome.is_none());
    let place = intent.subject.place().unwrap();
    assert_eq!(place.connection.as_deref(), Some("c_1"));
}

/// Whoever names the approval of a call that was made takes nothing from any limit, and is
/// told how it stands.
#[test]
fn a_call_under_a_used_approval_is_not_made_again() {
    let granted = crate::GrantedApproval {
        approval_id: "ap_1".into(),
        tool: "postgres_query".into(),
        connection_id: "c_1".into(),
        arguments_sha256: "ab".into(),
        expires_at_ms: NOW + 1,
    };
    let mut calls = ApprovedCalls::default();
    calls.begin(crate::ApprovedCall::begun(&granted, "call_0", NOW));
    let snapshot = snapshot(Some(key()));
    let ask = |approval: Option<&str>| Ask {
        arguments: Some(crate::ArgumentFacts {
            tool: "postgres_query".into(),
            sha256: "ab".into(),
            approval: approval.map(str::to_owned),
            ..Default::default()
        }),
        ..call()
    };
    let mut state = GateState::default();
    let mut decided = |calls: &ApprovedCalls, approval| {
        let facts = Facts {
            approved: Some(calls),
            ..facts(Some(&snapshot))
        };
        refusal(&Gate::decide(&mut state, facts, ask(approval), NOW))
    };
    let made = |repeat| Some(Refusal::Made(repeat));
    assert_eq!(decided(&calls, Some("ap_1")), made(Repeat::InProgress));
    calls.ended("call_0", &Outcome::unknown(1));
    assert_eq!(decided(&calls, Some("ap_1")), made(Repeat::Unknown));
    assert_eq!(decided(&calls, Some("ap_2")), None);
    assert_eq!(decided(&calls, None), None);
    let once = Gcra::default();
    let mut twice = GateState::default();
    for _ in 0..2 {
        let _ = Gate::decide(&mut twice, facts(Some(&snapshot)), ask(None), NOW);
    }
    assert_ne!(state.taken.calls, once);
    assert_eq!(state.taken, twice.taken, "two of four were calls");
}

#[test]
fn a_request_is_counted_apart_and_not_recorded() {
    let mut state = GateState::default();
    let ask = Ask {
        purpose: Purpose::Request,
        ..call()
    };
    let snapshot = snapshot(Some(key()));
    let decision = Gate::decide(&mut state, facts(Some(&snapshot)), ask, NOW);
    assert!(decision.record.is_none());
    assert_eq!(state.taken.calls, Gcra::default());
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
            Some(changed(|key| key.registered = Registered::Key(digest(2)))),
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
        let held = KeyState {
            holder: holder(role),
            ..key()
        };
        let decision = decide(Some(&snapshot(Some(held))), call());
        let Answer::Admitted(admission) = decision.answer else {
            panic!("refused")
        };
        assert_eq!(admission.settle_first, role != Role::Viewer, "{role}");
    }
}

fn grant(permissions: &[Permission], connections: Option<&[&str]>) -> KeyState {
    KeyState {
        registered: Registered::Grant {
            permissions: PermissionSet::of(permissions),
            connections: connections.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        },
        ..key()
    }
}

#[test]
fn a_grants_token_may_no_more_than_grant_and_user() {
    let ask = |permissions: &[Permission]| Ask {
        credential: Credential::Grant {
            permissions: PermissionSet::of(permissions),
        },
        ..call()
    };
    // The user is a viewer: no writing, whatever was granted.
    let granted = [
        Permission::ToolRead,
        Permission::ToolWrite,
        Permission::AuditView,
    ];
    let snapshot = snapshot(Some(grant(&granted, None)));
    let decision = decide(
        Some(&snapshot),
        ask(&[
            Permission::ToolRead,
            Permission::ToolWrite,
            Permission::ConnectorCrm,
        ]),
    );
    let Answer::Admitted(admission) = decision.answer else {
        panic!("refused")
    };
    assert_eq!(
        admission.permissions,
        PermissionSet::of(&[Permission::ToolRead])
    );
    // A key's token is not a grant's, nor the other way round.
    assert_eq!(
        refusal(&decide(Some(&snapshot), call())),
        Some(Refusal::UnknownKey)
    );
}

#[test]
fn a_grant_reaches_its_connections_alone() {
    let ask = || Ask {
        credential: Credential::Grant {
            permissions: PermissionSet::ALL,
        },
        ..call()
    };
    for (allowed, reached) in [(["c_1"], true), (["c_2"], false)] {
        let snapshot = snapshot(Some(grant(&[Permission::ToolRead], Some(&allowed))));
        let Answer::Admitted(admission) = decide(Some(&snapshot), ask()).answer else {
            panic!("refused")
        };
        assert_eq!(admission.target.unwrap().connection().is_some(), reached);
        assert!(admission.connections.is_empty(), "a call needs no list");
        let list = Ask {
            purpose: Purpose::List,
            ..ask()
        };
        let Answer::Admitted(admission) = decide(Some(&snapshot), list).answer else {
            panic!("refused")
        };
        assert_eq!(admission.connections.len(), usize::from(reached));
    }
}

#[test]
fn a_key_is_refused_outside_its_address_ranges() {
    let ranged = KeyState {
        address_ranges: AddressRanges::parse(&["203.0.113.0/24".to_owned()]).unwrap(),
        ..key()
    };
    let snapshot = snapshot(Some(ranged));
    for (address, allowed) in [
        (Some("203.0.113.9"), true),
        (Some("198.51.100.1"), false),
        (None, false),
    ] {
        let ask = Ask {
            address: address.map(|text| text.parse().unwrap()),
            ..call()
        };
        let expected = (!allowed).then_some(Refusal::OutsideAddressRanges);
        assert_eq!(refusal(&decide(Some(&snapshot), ask)), expected);
    }
}

#[test]
fn a_closed_tenant_may_do_only_what_says_so() {
    for (tenant, admitted) in [(TenantState::Closed, true), (TenantState::Suspended, false)] {
        let mut snapshot = snapshot(Some(key()));
        snapshot.tenant = tenant;
        assert_eq!(
            refusal(&decide(Some(&snapshot), call())),
            Some(Refusal::InactiveTenant)
        );
        let ask = Ask {
            while_closed: true,
            ..call()
        };
        assert_eq!(refusal(&decide(Some(&snapshot), ask)).is_none(), admitted);
    }
}

#[test]
fn nothing_is_recorded_for_a_tenant_that_is_not_there() {
    let decision = decide(Some(&Snapshot::of_no_tenant()), call());
    assert_eq!(refusal(&decision), Some(Refusal::UnknownKey));
    assert!(decision.record.is_none());
    let unreachable = decide(None, call());
    assert!(
        unreachable.record.is_some(),
        "nobody knows that it is not there"
    );
}

#[test]
fn an_admission_says_which_features_are_on() {
    let mut snapshot = snapshot(Some(key()));
    snapshot.flags = FlagSet::DEFAULT.with(Flag::RestTools, false);
    let Answer::Admitted(admission) = decide(Some(&snapshot), call()).answer else {
        panic!("refused")
    };
    assert!(!admission.flags.has(Flag::RestTools) && admission.flags.has(Flag::McpTasks));
    let json = serde_json::to_value(&admission).unwrap();
    assert_eq!(json["flags"][0], "upstream_tools");
    snapshot.flags = FlagSet::DEFAULT;
    let Answer::Admitted(admission) = decide(Some(&snapshot), call()).answer else {
        panic!("refused")
    };
    let json = serde_json::to_value(&admission).unwrap();
    assert!(json.get("flags").is_none(), "defaults take no room");
}

#[test]
fn a_sessions_token_is_its_own_persons_alone() {
    let session = KeyState {
        registered: Registered::Session,
        ..key()
    };
    let snapshot = snapshot(Some(session));
    let ask = |principal: &str, kind| Ask {
        credential: Credential::Session {
            principal: principal.into(),
            kind,
        },
        ..call()
    };
    let refused = |ask| refusal(&decide(Some(&snapshot), ask));
    assert_eq!(refused(ask("p_1", PrincipalKind::Employee)), None);
    for other in [
        ask("p_2", PrincipalKind::Employee),
        ask("p_1", PrincipalKind::Customer),
        call(),
    ] {
        assert_eq!(refused(other), Some(Refusal::UnknownKey));
    }
}

#[test]
fn a_holder_reaches_their_connections_alone_and_is_named_to_the_tool() {
    let mut restricted = key();
    restricted.holder.authority.connections = Reach::of(Some(&["c_2".to_owned()]));
    restricted.holder.authority.tables = Reach::of(Some(&["orders".to_owned()]));
    let decision = decide(Some(&snapshot(Some(restricted))), call());
    let Answer::Admitted(admission) = decision.answer else {
        panic!("refused")
    };
    assert!(admission.target.unwrap().connection().is_none());
    let caller = admission.caller.unwrap();
    assert_eq!(
        (caller.id.as_str(), caller.role.as_deref()),
        ("p_1", Some("viewer"))
    );
    assert_eq!(caller.allow_tables, Some(vec!["orders".to_owned()]));
}

#[test]
fn an_ended_session_is_refused() {
    let (mut state, snapshot) = (GateState::default(), snapshot(Some(key())));
    let facts = Facts {
        session: SessionNotes {
            ended: true,
            log_level: None,
        },
        ..facts(Some(&snapshot))
    };
    let decision = Gate::decide(&mut state, facts, call(), NOW);
    assert_eq!(refusal(&decision), Some(Refusal::EndedSession));
    assert_eq!(state, GateState::default(), "it costs nothing");
}

#[test]
fn a_repeated_call_is_not_made_again() {
    let snapshot = snapshot(Some(key()));
    let earlier = Earlier {
        request_sha256: "same".into(),
        at_ms: NOW,
        answer: None,
    };
    for (request, expected) in [("same", Refusal::Repeated), ("other", Refusal::KeyReused)] {
        let ask = Ask {
            once: Some(Once {
                key_sha256: "k".into(),
                request_sha256: request.into(),
            }),
            ..call()
        };
        let facts = Facts {
            share: None,
            earlier: Some(&earlier),
            ..facts(Some(&snapshot))
        };
        let decision = Gate::decide(&mut GateState::default(), facts, ask, NOW);
        assert_eq!(refusal(&decision), Some(expected));
        assert!(decision.record.is_some(), "a repetition is recorded");
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
            .map(|_| Gate::decide(&mut state, facts(Some(&snapshot)), call(), NOW))
            .collect();
        prop_assert!(decisions.iter().all(|decision| decision.record.is_some()));
        let admitted = decisions.iter().filter(|decision| refusal(decision).is_none()).count();
        // 30 a minute is one in two seconds: one call waits, the next is refused.
        prop_assert_eq!(admitted, received.min(11));
    }
}

#[test]
fn a_call_is_told_what_its_tenant_is_promised() {
    let promise = Promise {
        residency: Residency::parse("country:KE").unwrap(),
        enforcement: Enforcement::Require,
    };
    let mut snapshot = snapshot(Some(key()));
    snapshot.residency = promise.clone();
    let Answer::Admitted(admission) = decide(Some(&snapshot), call()).answer else {
        panic!("refused")
    };
    let target = admission.target.unwrap();
    assert_eq!(target.connection().unwrap().residency, promise);
}
