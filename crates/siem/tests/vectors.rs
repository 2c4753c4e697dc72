//! What entries are to a receiver, pinned in `vectors/events.ndjson`: every kind of entry,
//! every end, every kind of actor, and what a later version may write.
//!
//! `tests/clients/test_ocsf.py` holds the same file to the schema of OCSF 1.8.0.
#![allow(clippy::unwrap_used, missing_docs)]

use lango_audit_log::{
    Actor, Change, Intent, Layer, Outcome, Place, Record, Salt, Status, Subject, seal,
};
use lango_siem::{Deliver, Entry, Format, Origin, Receiver, ReceiverKind, batch};
use serde_json::{Value, json};

const PINNED: &str = include_str!("vectors/events.ndjson");
const ORIGIN: Origin<'_> = Origin {
    tenant: "t_1",
    version: "0.1.0",
};

#[test]
fn every_entry_is_what_is_pinned() {
    let made: String = leaves().iter().zip(0..).map(vector).collect();
    if std::env::var_os("LANGO_WRITE_DOCUMENTS").is_some() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/events.ndjson");
        return std::fs::write(folder, made).unwrap();
    }
    for (made, pinned) in made.lines().zip(PINNED.lines()) {
        assert_eq!(made, pinned);
    }
    assert_eq!(
        made.lines().count(),
        PINNED.lines().count(),
        "LANGO_WRITE_DOCUMENTS=1 cargo test -p lango-siem writes the file"
    );
}

fn vector(((name, leaf), index): (&(String, String), u64)) -> String {
    let ocsf: Value = serde_json::from_str(&sent(Format::Ocsf, index, leaf)).unwrap();
    let cef = sent(Format::Cef, index, leaf);
    let line = json!({"name": name, "leaf": leaf, "ocsf": ocsf, "cef": cef.trim_end()});
    format!("{line}\n")
}

/// One entry as the receiver has it that is given nothing around events.
fn sent(format: Format, index: u64, leaf: &str) -> String {
    let kind = ReceiverKind::Https;
    let receiver = Receiver {
        kind,
        host: "lango",
        index: "",
        limits: kind.limits(),
    };
    let deliver = Deliver {
        stream: "e_1".to_owned(),
        format,
        entries: vec![Entry {
            index,
            leaf: leaf.to_owned(),
        }],
        receipt: None,
    };
    let batch = batch(receiver, ORIGIN, &deliver, 0);
    String::from_utf8(batch.body.unwrap().bytes).unwrap()
}

/// Leaves, each with what it stands for.
fn leaves() -> Vec<(String, String)> {
    let mut leaves: Vec<_> = records()
        .into_iter()
        .map(|(name, record)| (name, leaf(&record)))
        .collect();
    for (name, leaf) in [
        (
            "of a later version: a kind, a target that is a commitment",
            json!({"at_ms": 1, "kind": "of_a_later_version", "target": {"commitment": "x"}}),
        ),
        (
            "of a later version: an actor and a status",
            json!({"at_ms": 1, "kind": "call", "tool": "x", "actor": "robot",
                "outcome": {"status": "postponed", "note": {"deep": [1, null]}}}),
        ),
    ] {
        leaves.push((name.to_owned(), leaf.to_string()));
    }
    leaves
}

fn leaf(record: &Record) -> String {
    let mut next = 0;
    let salt = || {
        next += 1;
        Salt::new([next; 32])
    };
    seal(record, salt).unwrap().leaf
}

fn records() -> Vec<(String, Record)> {
    let mut records = Vec::new();
    for (kind, subject) in subjects() {
        for status in Status::ALL {
            let name = format!("{kind}, {}", status.name());
            records.push((name, record(subject.clone(), outcome(status))));
        }
    }
    for actor in [
        Actor::Employee,
        Actor::Program,
        Actor::Assistant,
        Actor::Customer,
        Actor::Support,
        Actor::PlatformAdmin,
    ] {
        let mut of = record(call("crm_search"), Outcome::succeeded(3));
        of.intent.actor = Some(actor);
        records.push((format!("a call by {actor:?}"), of));
    }
    records.extend(odd());
    records
}

/// What entries may have beside the usual.
fn odd() -> Vec<(String, Record)> {
    let mut old = record(call("postgres_query"), Outcome::succeeded(0));
    (old.intent.actor, old.intent.country) = (None, None);
    let suspicious = Outcome {
        redactions: 2,
        marked: vec!["injection".to_owned()],
        flagged: vec!["many_rows".to_owned()],
        approval: Some("a_1".to_owned()),
        arguments: Some(json!({"phone": "+254700000001", "amount": 100})),
        residency: Some(
            serde_json::from_value(json!({"residency": "country:KE", "enforcement": "require",
                "verdict": "inside", "evidence": {"placement": "remote-NBO"}}))
            .unwrap(),
        ),
        ..Outcome::succeeded(12)
    };
    let changed = Outcome {
        change: Some(Change {
            before: Some(json!({"email": "old@duka.example", "role": "viewer"})),
            after: Some(json!({"email": "new@duka.example", "role": "agent"})),
        }),
        ..Outcome::succeeded(3)
    };
    let unresolved = Subject::Call {
        tool: "tool|of=no\\name\r\nat all".repeat(8),
        at: Place::default(),
        arguments_sha256: "ab".to_owned(),
    };
    let mut odd = vec![
        ("an entry of before".to_owned(), old),
        (
            "what the guards found".to_owned(),
            record(call("x"), suspicious),
        ),
        (
            "what was changed".to_owned(),
            record(action("user.update"), changed),
        ),
        (
            "a tool that is none".to_owned(),
            record(
                unresolved,
                Outcome::denied(Layer::Access, "unknown_tool", 1),
            ),
        ),
    ];
    for name in [
        "key.revoke",
        "role.change",
        "connection.test",
        "account.connect_begin",
        "",
    ] {
        let record = record(action(name), Outcome::succeeded(1));
        odd.push((format!("the action `{name}`"), record));
    }
    odd
}

fn subjects() -> [(&'static str, Subject); 5] {
    let (at, digest) = (place(), || "ab".to_owned());
    [
        ("a call", call("postgres_query")),
        (
            "a prompt",
            Subject::Prompt {
                prompt: "crm_summary".to_owned(),
                at: at.clone(),
                arguments_sha256: digest(),
            },
        ),
        (
            "a resource",
            Subject::Resource {
                resource: "crm_contact".to_owned(),
                at: at.clone(),
                arguments_sha256: digest(),
            },
        ),
        (
            "a completion",
            Subject::Completion {
                of: "crm_contact".to_owned(),
                at,
                arguments_sha256: digest(),
            },
        ),
        ("an action", action("key.create")),
    ]
}

fn call(tool: &str) -> Subject {
    Subject::Call {
        tool: tool.to_owned(),
        at: place(),
        arguments_sha256: "ab".to_owned(),
    }
}

fn action(name: &str) -> Subject {
    Subject::Action {
        action: name.to_owned(),
        target: Some("k_2".to_owned()),
    }
}

fn place() -> Place {
    Place {
        connector: Some("postgres".to_owned()),
        connection: Some("c_1".to_owned()),
    }
}

fn outcome(status: Status) -> Outcome {
    match status {
        Status::Succeeded => Outcome::succeeded(7),
        Status::Failed => Outcome::failed("upstream_refused", 7),
        Status::Denied => Outcome::denied(Layer::Screening, "arguments_invalid", 7),
        Status::Unknown => Outcome::unknown(7),
    }
}

fn record(subject: Subject, outcome: Outcome) -> Record {
    Record {
        key_id: "k_1".to_owned(),
        at_ms: 1_800_000_000_123,
        intent: Intent {
            call_id: "call_1".to_owned(),
            principal: "p_1".to_owned(),
            actor: Some(Actor::Program),
            country: Some("KE".to_owned()),
            subject,
        },
        outcome,
    }
}
