//! Exports that were tampered with: each is found, and the first entry that does not fit
//! is named.

use core::convert::Infallible;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{
    Checkpoint, CheckpointKeys, CheckpointVerifier, LoggedEntry, Record, TreeHash, origin,
    test_records::{action, call, entry},
    tree::{Frontier, HashSource, RUN, Tree},
};

const KEY: &str = r#"["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]"#;
const OTHER: &str = r#"["AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"]"#;

struct Log {
    entries: Vec<LoggedEntry>,
    runs: Vec<TreeHash>,
    frontier: Frontier,
}

impl Log {
    fn of(size: u64) -> Self {
        let mut log = Self {
            entries: Vec::new(),
            runs: Vec::new(),
            frontier: Frontier::default(),
        };
        for index in 0..size {
            let mut record: Record = if index % 3 == 0 { action() } else { call() };
            record.at_ms += i64::try_from(index).unwrap();
            let entry = entry(index, &record);
            log.runs.extend(log.frontier.push(entry.hash).unwrap());
            log.entries.push(entry);
        }
        log
    }

    fn note(&self, size: u64, keys: &str) -> String {
        let mut frontier = Frontier::default();
        for entry in &self.entries[..size as usize] {
            frontier.push(entry.hash).unwrap();
        }
        let checkpoint = Checkpoint {
            origin: origin("t_1"),
            size,
            root: frontier.root(),
        };
        CheckpointKeys::parse(keys)
            .unwrap()
            .sign(&checkpoint)
            .unwrap()
    }

    fn tree(&self) -> Tree<&Self> {
        Tree::new(self, self.entries.len() as u64)
    }

    fn lines(&self, first: u64, end: u64) -> Vec<String> {
        let note = self.note(self.entries.len() as u64, KEY);
        let range = self.tree().range(first, end).unwrap();
        let header = Header::new(note, first, end, range, None).unwrap();
        let entries = self.entries[first as usize..end as usize].iter();
        let entries = entries.map(|it| Line::Entry(ProvenEntry::new(it.clone(), None)));
        whole(Line::Header(header), entries.collect())
    }

    fn selected(&self, indexes: &[u64]) -> Vec<String> {
        let size = self.entries.len() as u64;
        let filter = Some(serde_json::json!({"tool": "mpesa_stk_push"}));
        let note = self.note(size, KEY);
        let header = Header::new(note, 0, size, Default::default(), filter).unwrap();
        let tree = self.tree();
        let entries = indexes.iter().map(|index| {
            let proof = tree.inclusion(*index).unwrap();
            let entry = self.entries[*index as usize].clone();
            Line::Entry(ProvenEntry::new(entry, Some(proof)))
        });
        whole(Line::Header(header), entries.collect())
    }
}

impl HashSource for &Log {
    type Error = Infallible;

    fn runs(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Infallible> {
        Ok(self.runs[first as usize..(first + count) as usize].to_vec())
    }

    fn leaves(&self, first: u64, count: u64) -> Result<Vec<TreeHash>, Infallible> {
        let entries = &self.entries[first as usize..(first + count) as usize];
        Ok(entries.iter().map(|entry| entry.hash).collect())
    }
}

fn whole(header: Line, entries: Vec<Line>) -> Vec<String> {
    let end = Line::End(End {
        entries: entries.len() as u64,
    });
    std::iter::once(header)
        .chain(entries)
        .chain([end])
        .map(|line| line.text().trim_end().to_owned())
        .collect()
}

fn verify_with(keys: &str, older: &[String], lines: &[String]) -> Result<Report, Misfit> {
    let keys = CheckpointKeys::parse(keys)
        .unwrap()
        .verifier_keys(&origin("t_1"));
    let keys = CheckpointVerifier::parse(keys.iter().map(String::as_str)).unwrap();
    let mut verifier = ExportVerifier::new(keys, older.iter().map(String::as_str)).unwrap();
    for line in lines {
        verifier.line(line)?;
    }
    verifier.finish()
}

fn verify(lines: &[String]) -> Result<Report, Misfit> {
    verify_with(KEY, &[], lines)
}

fn misfit(lines: &[String]) -> (Where, Problem) {
    let misfit = verify(lines).unwrap_err();
    (misfit.place, misfit.problem)
}

fn changed(line: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut value = serde_json::from_str(line).unwrap();
    change(&mut value);
    value.to_string()
}

#[test]
fn the_lines_are_pinned() {
    let log = Log::of(2);
    let lines = log.lines(0, 1);
    let (leaf, hashes) = (&log.entries[0].leaf, &log.entries);
    let header = serde_json::json!({
        "kind": "header", "version": 1, "origin": "lango.dev/audit/t_1", "tree_size": 2,
        "first": 0, "end": 1, "checkpoint": log.note(2, KEY), "left": [],
        "runs": [hashes[0].hash], "right": [hashes[1].hash], "filter": null,
    });
    let entry = serde_json::json!({
        "kind": "entry", "index": 0, "leaf": leaf, "hash": hashes[0].hash,
        "openings": [
            {"pointer": "/outcome/change/before/email", "value": "old@duka.example",
             "salt": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "person": "u_7"},
            {"pointer": "/outcome/change/after/email", "value": "new@duka.example",
             "salt": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI", "person": "u_7"},
        ],
    });
    let end = serde_json::json!({"kind": "end", "entries": 1});
    for (line, expected) in lines.iter().zip([header, entry, end]) {
        assert_eq!(
            Line::parse(line).unwrap(),
            serde_json::from_str(line).unwrap()
        );
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line, expected);
    }
    assert_eq!(lines.len(), 3);
}

#[test]
fn what_was_changed_is_named() {
    let log = Log::of(700);
    let lines = log.lines(100, 650);
    let report = verify(&lines).unwrap();
    assert_eq!((report.entries, report.first, report.end), (550, 100, 650));
    assert!(report.opened > 0 && report.shut == 0 && !report.filtered);

    let mut byte = lines.clone();
    byte[7] = byte[7].replace("call_1", "call_2");
    assert_eq!(misfit(&byte), (Where::Entry(106), Problem::Leaf));

    let mut removed = lines.clone();
    removed.remove(7);
    let instead = Problem::Missing("entry 107".into());
    assert_eq!(misfit(&removed), (Where::Entry(106), instead));

    let mut swapped = lines.clone();
    swapped.swap(7, 8);
    let instead = Problem::Missing("entry 107".into());
    assert_eq!(misfit(&swapped), (Where::Entry(106), instead));

    let mut doubled = lines.clone();
    doubled.insert(7, lines[6].clone());
    assert_eq!(
        misfit(&doubled),
        (Where::Entry(106), Problem::Missing("entry 105".into()))
    );

    let mut cut = lines.clone();
    cut.truncate(300);
    assert_eq!(misfit(&cut), (Where::Entry(399), Problem::Truncated));
    cut.push(lines[551].clone());
    let instead = Problem::Missing("the end".into());
    assert_eq!(misfit(&cut), (Where::Entry(399), instead));

    let mut broken = lines.clone();
    broken[7].truncate(40);
    let (place, problem) = misfit(&broken);
    assert_eq!(place, Where::Entry(106));
    assert!(matches!(problem, Problem::Line(_)));

    let mut more = lines.clone();
    more.push(lines[551].clone());
    assert_eq!(misfit(&more).0, Where::After(Some(549)));
}

/// Whoever changes a leaf and its hash, or gives entries new numbers, is found with the
/// run.
#[test]
fn hashes_that_were_changed_too_are_found_in_their_run() {
    let log = Log::of(700);
    let lines = log.lines(100, 650);
    let mut forged = lines.clone();
    let other = entry(300, &call());
    forged[201] = Line::Entry(ProvenEntry::new(other, None)).text();
    assert_eq!(misfit(&forged), (Where::Entries(256, 512), Problem::Run));

    let mut renumbered = lines.clone();
    for (line, index) in [(8, 106), (7, 107)] {
        renumbered[line] = changed(&renumbered[line], |it| it["index"] = index.into());
    }
    renumbered.swap(7, 8);
    assert_eq!(
        misfit(&renumbered),
        (Where::Entries(104, 112), Problem::Run)
    );

    for member in ["left", "runs", "right"] {
        let mut header = lines.clone();
        header[0] = changed(&header[0], |it| {
            it[member][0] = TreeHash::EMPTY.to_string().into()
        });
        assert_eq!(misfit(&header), (Where::Header, Problem::Root), "{member}");
        header[0] = changed(&header[0], |it| {
            it[member].as_array_mut().unwrap().pop();
        });
        assert_eq!(misfit(&header), (Where::Header, Problem::Root), "{member}");
    }
}

#[test]
fn a_forged_checkpoint_is_found() {
    let log = Log::of(10);
    let lines = log.lines(0, 10);
    let refused = |keys, lines: &[String]| verify_with(keys, &[], lines).unwrap_err().problem;
    let unsigned = Problem::Checkpoint(crate::CheckpointError::Unsigned);
    assert_eq!(refused(OTHER, &lines), unsigned);

    let mut forged = lines.clone();
    let root = log.frontier.root().to_string();
    let (other, forgery) = (
        Log::of(9).frontier.root().to_string(),
        crate::CheckpointError::Forged,
    );
    forged[0] = forged[0].replacen(&root, &other, 1);
    assert_eq!(refused(KEY, &forged), Problem::Checkpoint(forgery));

    for (member, value) in [
        ("origin", "x".into()),
        ("tree_size", 9.into()),
        ("end", 11.into()),
    ] {
        let mut told = lines.clone();
        told[0] = changed(&told[0], |it| it[member] = value);
        assert!(
            matches!(refused(KEY, &told), Problem::Contradiction(_)),
            "{member}"
        );
    }
    let mut newer = lines.clone();
    newer[0] = changed(&newer[0], |it| it["version"] = 2.into());
    assert_eq!(refused(KEY, &newer), Problem::Version(2));
}

#[test]
fn older_checkpoints_are_held_against_the_entries() {
    let log = Log::of(700);
    let sizes = [0, 99, 100, 101, 256, 300, 649, 650, 651, 700];
    let older = sizes.map(|size| log.note(size, KEY));
    let found = verify_with(KEY, &older, &log.lines(100, 650))
        .unwrap()
        .older;
    assert_eq!(
        found,
        sizes.map(|size| match size {
            99 | 651 => Older::NotCovered(size),
            _ => Older::Consistent(size),
        })
    );
    let mut rewritten = Log::of(700);
    rewritten.entries[299] = entry(299, &action());
    for size in [300, 650, 700] {
        let older = [rewritten.note(size, KEY)];
        let misfit = verify_with(KEY, &older, &log.lines(100, 650)).unwrap_err();
        assert_eq!(
            (misfit.place, misfit.problem),
            (Where::Entries(0, size), Problem::Older(size))
        );
    }
}

#[test]
fn a_selection_has_proofs() {
    let log = Log::of(700);
    let lines = log.selected(&[3, 5, 699]);
    let report = verify(&lines).unwrap();
    assert!(report.filtered && report.entries == 3);

    let mut forged = lines.clone();
    forged[2] = changed(&forged[2], |it| it["index"] = 6.into());
    assert_eq!(misfit(&forged), (Where::Entry(6), Problem::Proof));
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    assert_eq!(misfit(&swapped), (Where::Entry(3), Problem::Stray(6, 700)));
    let mut bare = lines.clone();
    bare[1] = changed(&bare[1], |it| {
        it.as_object_mut().unwrap().remove("proof");
    });
    assert_eq!(misfit(&bare), (Where::Entry(3), Problem::Proof));
    let mut removed = lines.clone();
    removed.remove(2);
    let count = Problem::Count { said: 3, there: 2 };
    assert_eq!(misfit(&removed), (Where::After(Some(699)), count));
}

#[test]
fn what_was_erased_or_pruned_leaves_the_tree_whole() {
    let mut log = Log::of(300);
    log.entries[0].openings.clear();
    for entry in &mut log.entries[1..4] {
        entry.leaf = None;
        entry.openings.clear();
    }
    let lines = log.lines(0, 300);
    let report = verify(&lines).unwrap();
    assert_eq!((report.shut, report.pruned), (2, 3));

    let mut forged = lines.clone();
    forged[10] = forged[10].replace("old@duka", "oId@duka");
    let (place, problem) = misfit(&forged);
    assert_eq!(place, Where::Entry(9));
    assert!(matches!(problem, Problem::Content(_)), "{problem:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever byte is changed: the export does not pass with another meaning.
    #[test]
    fn no_byte_can_be_changed(
        line in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in any::<u8>(),
    ) {
        static LINES: LazyLock<Vec<String>> = LazyLock::new(|| Log::of(RUN + 5).lines(3, RUN + 2));
        let mut lines = LINES.clone();
        let which = line.index(lines.len());
        let mut bytes = lines[which].clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = to;
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        let same = serde_json::from_str::<Line>(&text).ok() == serde_json::from_str(&lines[which]).ok();
        lines[which] = text;
        let (place, told) = match verify(&lines) {
            Ok(_) => (None, same || lines[which].contains("\"person\"")),
            Err(misfit) => (Some(misfit.place), !same),
        };
        prop_assert!(told, "{:?}", place);
        if let (Some(Where::Entry(index)), 1..) = (place, which) {
            prop_assert_eq!(index, 3 + which as u64 - 1);
        }
    }
}
