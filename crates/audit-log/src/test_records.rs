//! Records for tests.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Actor, Change, Intent, Layer, LoggedEntry, Outcome, Place, Record, Salt, Sealed, Subject, seal,
};

pub(crate) fn call() -> Record {
    Record {
        key_id: "k_1".into(),
        at_ms: 1_800_000_000_123,
        intent: Intent {
            call_id: "call_1".into(),
            principal: "p_1".into(),
            actor: Some(Actor::Program),
            country: Some("KE".into()),
            subject: Subject::Call {
                tool: "mpesa_stk_push".into(),
                at: Place {
                    connector: Some("mpesa".into()),
                    connection: None,
                },
                arguments_sha256: "ab".into(),
            },
        },
        outcome: Outcome {
            arguments: Some(json!({"phone": "+254700000001", "amount": 100})),
            ..Outcome::denied(Layer::Access, "not_permitted", 7)
        },
    }
}

pub(crate) fn action() -> Record {
    let mut record = call();
    record.intent.subject = Subject::Action {
        action: "user.update".into(),
        target: Some("u_7".into()),
    };
    record.outcome = Outcome {
        change: Some(Change {
            before: Some(json!({"email": "old@duka.example", "role": "viewer"})),
            after: Some(json!({"email": "new@duka.example", "role": "agent"})),
        }),
        ..Outcome::succeeded(3)
    };
    record
}

/// Salts that tests can foresee: 1, 2, 3 …
pub(crate) fn sealed(record: &Record) -> Sealed {
    let mut next = 0;
    seal(record, || {
        next += 1;
        Salt::new([next; 32])
    })
    .unwrap()
}

pub(crate) fn entry(index: u64, record: &Record) -> LoggedEntry {
    let sealed = sealed(record);
    LoggedEntry {
        index,
        leaf: Some(sealed.leaf),
        hash: sealed.hash,
        openings: sealed.openings,
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(?s).{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("email|name|/~|role|[a-z]{1,4}|(?s).{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A member that is null is not told from one that is absent.
fn any_shown() -> impl Strategy<Value = Option<Value>> {
    any_value().prop_map(|value| Some(value).filter(|value| !value.is_null()))
}

pub(crate) fn any_record() -> impl Strategy<Value = Record> {
    let text = || "[=+@-]?(?s).{0,12}|[a-z]{2}_[a-z]{0,6}";
    let subject = prop_oneof![
        (text(), prop::option::of(text())).prop_map(|(tool, connector)| Subject::Call {
            tool,
            at: Place {
                connector,
                connection: None
            },
            arguments_sha256: "ab".into(),
        }),
        (text(), prop::option::of(text()))
            .prop_map(|(action, target)| Subject::Action { action, target }),
    ];
    let sides = (any_shown(), any_shown());
    (
        (text(), 0..1_i64 << 41, text(), text()),
        subject,
        any_shown(),
        prop::option::of(sides),
        0..u64::from(u32::MAX),
    )
        .prop_map(
            |((key_id, at_ms, call_id, principal), subject, arguments, sides, duration_ms)| {
                let mut record = call();
                (record.key_id, record.at_ms) = (key_id, at_ms);
                (record.intent.call_id, record.intent.principal) = (call_id, principal);
                record.intent.subject = subject;
                record.outcome = Outcome {
                    arguments,
                    change: sides.map(|(before, after)| Change { before, after }),
                    ..Outcome::succeeded(duration_ms)
                };
                record
            },
        )
}
