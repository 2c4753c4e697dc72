use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::policy::{Approve, OnDocuments};

fn origin(suspicious: bool) -> Origin {
    Origin {
        call_id: "call_1".into(),
        tool: "mail_read".into(),
        connection: None,
        at_ms: 7,
        suspicious,
        label: None,
    }
}

fn trace(kind: ValueKind, standing: Standing, steering: bool, suspicious: bool) -> Trace {
    Trace {
        place: "/till".into(),
        kind,
        steering,
        origin: origin(suspicious),
        standing,
        answers: false,
    }
}

fn facts(access: Access) -> CallFacts<'static> {
    CallFacts {
        access,
        class: ConnectorClass::Financial,
        findings: &[],
        traces: &[],
        tainted: None,
        approved: false,
    }
}

fn verdict(access: Access, class: ConnectorClass, trace: Trace) -> Verdict {
    let facts = CallFacts {
        class,
        traces: &[trace],
        ..facts(access)
    };
    decide(&GuardPolicy::default(), facts).verdict
}

#[test]
fn who_is_paid_is_not_said_by_a_mail() {
    use ConnectorClass::{Crm, Financial, Messaging};
    use Standing::{Correspondent, Handle, Text};
    use ValueKind::{Account, Email, Name, Phrase, Url};
    for (access, class, kind, standing, steering, expected) in [
        (Access::Money, Financial, Account, Text, true, Verdict::Hold),
        (
            Access::Money,
            Financial,
            Email,
            Correspondent,
            true,
            Verdict::Hold,
        ),
        (Access::Money, Financial, Name, Text, true, Verdict::Hold),
        (Access::Money, Financial, Phrase, Text, true, Verdict::Pass),
        (
            Access::Money,
            Financial,
            Account,
            Text,
            false,
            Verdict::Pass,
        ),
        (Access::Read, Crm, Account, Text, true, Verdict::Pass),
        (Access::Write, Messaging, Email, Text, true, Verdict::Hold),
        (
            Access::Write,
            Messaging,
            Email,
            Correspondent,
            true,
            Verdict::Pass,
        ),
        (Access::Write, Messaging, Email, Handle, true, Verdict::Pass),
        (Access::Write, Messaging, Name, Text, true, Verdict::Pass),
        (Access::Write, Messaging, Url, Text, false, Verdict::Hold),
        (Access::Write, Crm, Url, Text, false, Verdict::Pass),
    ] {
        let trace = trace(kind, standing, steering, false);
        let case = format!("{access:?} {class:?} {trace:?}");
        assert_eq!(verdict(access, class, trace), expected, "{case}");
    }
}

#[test]
fn what_a_suspicious_result_said_stays_out_of_texts_too() {
    let said = trace(ValueKind::Phone, Standing::Text, false, true);
    assert_eq!(
        verdict(Access::Write, ConnectorClass::Crm, said),
        Verdict::Hold
    );
}

#[test]
fn after_a_suspicious_result_changes_wait_and_reads_do_not() {
    let origin = origin(true);
    let of = |access| {
        let facts = CallFacts {
            tainted: Some(&origin),
            ..facts(access)
        };
        decide(&GuardPolicy::default(), facts).verdict
    };
    assert_eq!(of(Access::Read), Verdict::Pass);
    assert_eq!(of(Access::Write), Verdict::Hold);
    assert_eq!(of(Access::Money), Verdict::Hold);
}

#[test]
fn every_action_on_an_argument_is_taken() {
    let finding = ArgumentFinding {
        place: "/note".into(),
        rule: "override.ignore".into(),
        is_document: true,
    };
    let of = |action| {
        let policy = GuardPolicy {
            document_arguments: OnDocuments(action),
            ..GuardPolicy::default()
        };
        let facts = CallFacts {
            findings: std::slice::from_ref(&finding),
            ..facts(Access::Read)
        };
        decide(&policy, facts)
    };
    assert_eq!(of(Action::Block).verdict, Verdict::Block);
    assert_eq!(of(Action::Hold).verdict, Verdict::Hold);
    assert_eq!(of(Action::Neutralise).neutralise, ["/note"]);
    assert_eq!(of(Action::Annotate).annotate.len(), 1);
    let logged = of(Action::Log);
    assert_eq!((logged.verdict, logged.annotate.len()), (Verdict::Pass, 0));
    for action in [
        Action::Block,
        Action::Hold,
        Action::Neutralise,
        Action::Annotate,
        Action::Log,
    ] {
        assert_eq!(of(action).noted[0].noted(), "override.ignore");
    }
}

#[test]
fn an_approval_lifts_a_hold_and_no_block() {
    let mut policy = GuardPolicy::default();
    policy.approval.always = Approve::Money;
    let approved = |policy: &GuardPolicy, findings: &[ArgumentFinding]| {
        let facts = CallFacts {
            findings,
            approved: true,
            ..facts(Access::Money)
        };
        decide(policy, facts).verdict
    };
    assert_eq!(decide(&policy, facts(Access::Money)).verdict, Verdict::Hold);
    assert_eq!(approved(&policy, &[]), Verdict::Pass);
    let attack = ArgumentFinding {
        place: "/q".into(),
        rule: "r".into(),
        is_document: false,
    };
    assert_eq!(approved(&policy, &[attack]), Verdict::Block);
}

#[test]
fn the_stored_form_of_a_reason_is_pinned() {
    let reason = Reason {
        place: Some("/till".into()),
        value: Some(ValueKind::Account),
        origin: Some(origin(false)),
        ..Reason::of(ReasonKind::Origin)
    };
    let json = json!({
        "kind": "origin", "place": "/till", "value": "account",
        "origin": {"call_id": "call_1", "tool": "mail_read", "at_ms": 7},
    });
    assert_eq!(serde_json::to_value(&reason).unwrap(), json);
    assert_eq!(serde_json::from_value::<Reason>(json).unwrap(), reason);
    assert_eq!(reason.noted(), "origin.account");
}

proptest! {
    /// Whatever else is known, nobody is let through by knowing more of where values
    /// came from, and a read is never held for it.
    #[test]
    fn more_traces_never_make_it_easier(
        kinds in proptest::collection::vec((0_usize..4, 0_usize..4, any::<bool>(), any::<bool>()), 0..6),
        access in prop_oneof![Just(Access::Read), Just(Access::Write), Just(Access::Money)],
    ) {
        let traces: Vec<_> = kinds
            .into_iter()
            .map(|(kind, standing, steering, suspicious)| {
                let kind = [ValueKind::Email, ValueKind::Account, ValueKind::Name, ValueKind::Url][kind];
                let standing = [Standing::Record, Standing::Correspondent, Standing::Handle, Standing::Text][standing];
                trace(kind, standing, steering, suspicious)
            })
            .collect();
        let verdict = |traces| decide(&GuardPolicy::default(), CallFacts { traces, ..facts(access) }).verdict;
        for end in 1..=traces.len() {
            prop_assert!(verdict(&traces[..end]) >= verdict(&traces[..end - 1]));
        }
        if access == Access::Read {
            prop_assert_eq!(verdict(&traces), Verdict::Pass);
        }
    }
}
