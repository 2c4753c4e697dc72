//! `lango-audit sample`: exports of invented entries.

use std::io::Write;

use lango_audit_log::{
    Actor, Change, Checkpoint, CheckpointKeys, Intent, Layer, LoggedEntry, Outcome, Place, Record,
    Salt, Subject, TreeHash,
    export::{End, Header, Line, ProvenEntry},
    origin, seal,
    tree::{Frontier, HashSource, RangeHashes, Tree},
};
use serde_json::json;

use crate::verify::Failure;

/// No secret: everybody may sign with it.
const KEY: &str = r#"["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]"#;

pub(crate) struct Log {
    keys: CheckpointKeys,
    entries: Vec<LoggedEntry>,
    runs: Vec<TreeHash>,
}

impl Log {
    pub(crate) fn of(size: u64) -> Result<Self, Failure> {
        let mut log = Self {
            keys: CheckpointKeys::parse(KEY).map_err(failed)?,
            entries: Vec::new(),
            runs: Vec::new(),
        };
        let mut frontier = Frontier::default();
        for index in 0..size {
            let entry = entry(index)?;
            log.runs.extend(frontier.push(entry.hash).map_err(failed)?);
            log.entries.push(entry);
        }
        Ok(log)
    }

    pub(crate) fn key(&self) -> String {
        self.keys.verifier_keys(&name()).concat()
    }

    pub(crate) fn note(&self, size: u64) -> Result<String, Failure> {
        let root = Tree::new(self, size).root().map_err(failed)?;
        let checkpoint = Checkpoint {
            origin: name(),
            size,
            root,
        };
        self.keys.sign(&checkpoint).map_err(failed)
    }

    pub(crate) fn range(&self, first: u64, end: u64, out: &mut impl Write) -> Result<(), Failure> {
        let size = self.size();
        let hashes = Tree::new(self, size).range(first, end).map_err(failed)?;
        let header = Header::new(self.note(size)?, first, end, hashes, None).map_err(failed)?;
        put(out, &Line::Header(header))?;
        let entries = part(&self.entries, first, end - first)?;
        for entry in entries {
            put(out, &Line::Entry(ProvenEntry::new(entry.clone(), None)))?;
        }
        let entries = entries.len() as u64;
        put(out, &Line::End(End { entries }))
    }

    pub(crate) fn selection(&self, every: u64, out: &mut impl Write) -> Result<(), Failure> {
        let size = self.size();
        let filter = Some(json!({ "every": every }));
        let header = Header::new(self.note(size)?, 0, size, RangeHashes::default(), filter)
            .map_err(failed)?;
        put(out, &Line::Header(header))?;
        let tree = Tree::new(self, size);
        let step = usize::try_from(every.max(1)).unwrap_or(usize::MAX);
        let mut entries = 0;
        for entry in self.entries.iter().step_by(step) {
            let proof = tree.inclusion(entry.index).map_err(failed)?;
            put(
                out,
                &Line::Entry(ProvenEntry::new(entry.clone(), Some(proof))),
            )?;
            entries += 1;
        }
        put(out, &Line::End(End { entries }))
    }

    fn size(&self) -> u64 {
        self.entries.len() as u64
    }
}

impl HashSource for &Log {
    type Error = Failure;

    fn runs(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Failure> {
        part(&self.runs, first, count).map(<[TreeHash]>::to_vec)
    }

    fn leaves(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Failure> {
        let entries = part(&self.entries, first, count)?;
        Ok(entries.iter().map(|entry| entry.hash).collect())
    }
}

fn part<T>(all: &[T], first: u64, count: u64) -> Result<&[T], Failure> {
    let place = |index| usize::try_from(index).unwrap_or(usize::MAX);
    all.get(place(first)..place(first.saturating_add(count)))
        .ok_or_else(|| failed("the sample is smaller than that"))
}

fn name() -> String {
    origin("t_sample")
}

fn put(out: &mut impl Write, line: &Line) -> Result<(), Failure> {
    Ok(out.write_all(line.text().as_bytes())?)
}

fn failed(error: impl core::fmt::Display) -> Failure {
    Failure::Sample(error.to_string())
}

/// Every fifth has lost its content, every seventh its openings.
fn entry(index: u64) -> Result<LoggedEntry, Failure> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&index.to_be_bytes());
    let salt = || {
        bytes[31] += 1;
        Salt::new(bytes)
    };
    let sealed = seal(&record(index), salt).map_err(failed)?;
    let pruned = index % 5 == 4;
    let erased = index % 7 == 6;
    Ok(LoggedEntry {
        index,
        leaf: Some(sealed.leaf).filter(|_| !pruned),
        hash: sealed.hash,
        openings: sealed
            .openings
            .into_iter()
            .filter(|_| !pruned && !erased)
            .collect(),
    })
}

fn record(index: u64) -> Record {
    let call = !index.is_multiple_of(4);
    let subject = if call {
        Subject::Call {
            tool: "mpesa_stk_push".to_owned(),
            at: Place {
                connector: Some("mpesa".to_owned()),
                connection: Some("c_1".to_owned()),
            },
            arguments_sha256: TreeHash::of_leaf(&index.to_string()).to_string(),
        }
    } else {
        Subject::Action {
            action: "user.update".to_owned(),
            target: Some(format!("u_{}", index % 50)),
        }
    };
    let outcome = match index % 10 {
        0 => Outcome::denied(Layer::Access, "not_permitted", 4),
        1 => Outcome::failed("unreachable", 900),
        _ => Outcome::succeeded(index % 400),
    };
    Record {
        key_id: format!("k_{}", index % 9),
        at_ms: 1_800_000_000_000 + i64::try_from(index).unwrap_or(0) * 37,
        intent: Intent {
            call_id: format!("call_{index}"),
            principal: format!("p_{}", index % 20),
            actor: Some(Actor::Employee),
            country: Some("KE".to_owned()),
            subject,
        },
        outcome: Outcome {
            arguments: call.then(|| json!({
                "phone": format!("+2547{index:08}"), "amount": index, "note": "Karibu «Duka» \u{1f6d2}",
            })),
            change: (!call).then(|| Change {
                before: Some(json!({"email": format!("u{index}@duka.example"), "rate": 0.5})),
                after: Some(json!({"email": format!("v{index}@duka.example"), "rate": 1e-7})),
            }),
            ..outcome
        },
    }
}
