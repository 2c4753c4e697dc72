//! Archives that were tampered with: the first segment that does not fit is named.

use core::convert::Infallible;

use super::*;
use crate::{
    Checkpoint, CheckpointKeys, CheckpointVerifier, LoggedEntry, TreeHash,
    export::Older,
    origin,
    test_records::{action, call, entry},
    tree::{Frontier, HashSource, Tree},
};

const KEY: &str = r#"["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]"#;

#[derive(Clone)]
struct Log {
    entries: Vec<LoggedEntry>,
    runs: Vec<TreeHash>,
    /// The root at each size.
    roots: Vec<TreeHash>,
}

impl Log {
    /// Entries in the order of their numbers: another seed is another history.
    fn of(size: u64, seed: i64) -> Self {
        let (mut entries, mut runs, mut frontier) = (Vec::new(), Vec::new(), Frontier::default());
        let mut roots = vec![frontier.root()];
        for index in 0..size {
            let mut record = if index % 3 == 0 { action() } else { call() };
            record.at_ms += i64::try_from(index).unwrap() + seed;
            let entry = entry(index, &record);
            runs.extend(frontier.push(entry.hash).unwrap());
            roots.push(frontier.root());
            entries.push(entry);
        }
        Self {
            entries,
            runs,
            roots,
        }
    }

    fn note(&self, size: u64) -> String {
        let checkpoint = Checkpoint {
            origin: origin("t_1"),
            size,
            root: self.roots[size as usize],
        };
        let keys = CheckpointKeys::parse(KEY).unwrap();
        keys.sign(&checkpoint).unwrap()
    }

    fn segment(&self, first: u64, end: u64, size: u64) -> Segment {
        let name = SegmentName::new(first, end).unwrap();
        let hashes = Tree::new(self, size).range(first, end).unwrap();
        let entries = self.entries[first as usize..end as usize].to_vec();
        Segment::new(name, self.note(size), hashes, entries).unwrap()
    }

    /// Of ranges that join, the second held against a later checkpoint than its end.
    fn archive(&self) -> Vec<Segment> {
        vec![
            self.segment(0, 300, 300),
            self.segment(300, 310, 400),
            self.segment(310, 600, 600),
            self.segment(600, 601, 601),
        ]
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

fn verify(
    segments: &[Segment],
    first: u64,
    kept: &[String],
) -> Result<ArchiveReport, ArchiveMisfit> {
    let keys = CheckpointKeys::parse(KEY).unwrap();
    let keys = keys.verifier_keys(&origin("t_1"));
    let keys = CheckpointVerifier::parse(keys.iter().map(String::as_str)).unwrap();
    let kept = kept.iter().map(String::as_str);
    let mut archive = ArchiveVerifier::new(keys, first, kept).unwrap();
    for Segment { name, text } in segments {
        let mut segment = archive.begin(*name)?;
        text.lines().try_for_each(|line| segment.line(line))?;
        archive.end(segment)?;
    }
    Ok(archive.finish())
}

#[test]
fn names_and_lines_are_pinned() {
    let name = SegmentName::new(4_096, 8_192).unwrap();
    assert_eq!(
        name.path("t_1"),
        "t_1/0000000000004096-0000000000008192.ndjson"
    );
    assert_eq!(name.to_string().parse(), Ok(name));
    for odd in [
        "0000000000004096-0000000000004096.ndjson",
        "0000000000004097-0000000000004096.ndjson",
        "1-2.ndjson",
        "0000000000004096-+000000000008192.ndjson",
        "0000000000004096-0000000000008192.ndjson.tmp",
        "0000000000004096-9999999999999999.ndjson",
        "",
    ] {
        assert_eq!(odd.parse::<SegmentName>(), Err(SegmentNameError), "{odd}");
    }
    let segment = Log::of(2, 0).segment(0, 2, 2);
    assert_eq!(segment, Log::of(2, 0).segment(0, 2, 2), "again the same");
    let text = segment.text;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with(
        r#"{"kind":"header","version":1,"origin":"lango.dev/audit/t_1","tree_size":2,"first":0,"end":2,"checkpoint":"lango.dev/audit/t_1\n2\n"#
    ));
    assert!(lines[0].ends_with(r#""right":[],"filter":null}"#));
    assert!(lines[1].starts_with(r#"{"kind":"entry","index":0,"leaf":"{\"#));
    assert_eq!(lines[3], r#"{"kind":"end","entries":2}"#);
}

#[test]
fn no_personal_value_is_archived() {
    let log = Log::of(3, 0);
    let values: Vec<_> = log.entries.iter().flat_map(|it| &it.openings).collect();
    assert!(!values.is_empty());
    let text = log.segment(0, 3, 3).text;
    assert!(!text.contains("openings") && !text.contains("salt"));
    for opening in values {
        if let Some(personal) = opening.value.as_str() {
            assert!(!text.contains(personal), "{personal}");
        }
    }
}

#[test]
fn an_archive_is_held_together_by_its_joints() {
    let log = Log::of(700, 0);
    let kept = [log.note(5), log.note(305), log.note(601)];
    let report = verify(&log.archive(), 0, &kept).unwrap();
    assert_eq!((report.segments, report.first, report.end), (4, 0, 601));
    assert_eq!(report.checkpoint.unwrap().size, 601);
    assert_eq!(report.older, [5, 305, 601].map(Older::Consistent));
    let report = verify(&log.archive()[1..], 300, &[log.note(700)]).unwrap();
    assert_eq!((report.first, report.end), (300, 601));
    assert_eq!(report.older, [Older::NotCovered(700)]);
    assert_eq!(verify(&[], 0, &[]).unwrap().checkpoint, None);
}

#[test]
fn what_is_missing_or_twice_is_named() {
    let archive = Log::of(700, 0).archive();
    let without = |index: usize| {
        let mut rest = archive.clone();
        rest.remove(index);
        rest
    };
    let first = verify(&without(0), 0, &[]).unwrap_err();
    assert_eq!(first.segment, "0000000000000000-0000000000000300.ndjson");
    assert_eq!(first.problem, ArchiveProblem::Gap(0, 299));
    let middle = verify(&without(1), 0, &[]).unwrap_err();
    assert_eq!(middle.problem, ArchiveProblem::Gap(300, 309));
    let twice = [archive[0].clone(), archive[0].clone()];
    let twice = verify(&twice, 0, &[]).unwrap_err();
    let overlap = ArchiveProblem::Overlap {
        first: 0,
        next: 300,
    };
    assert_eq!(twice.problem, overlap);
    let mut renamed = archive.clone();
    renamed[1].name = SegmentName::new(300, 311).unwrap();
    let renamed = verify(&renamed, 0, &[]).unwrap_err();
    assert!(matches!(renamed.problem, ArchiveProblem::Name { .. }));
}

#[test]
fn what_was_changed_is_named_with_its_entry() {
    let mut archive = Log::of(700, 0).archive();
    archive[2].text = archive[2]
        .text
        .replacen("mpesa_stk_push", "mpesa_stk_pull", 1);
    let changed = verify(&archive, 0, &[]).unwrap_err();
    assert_eq!(changed.segment, archive[2].name.to_string());
    let ArchiveProblem::Export(misfit) = changed.problem else {
        panic!("{changed:?}");
    };
    assert!(misfit.to_string().contains("entry 310") || misfit.to_string().contains("entry 311"));
    let mut cut = Log::of(700, 0).archive();
    let at = cut[3].text.len() - 1;
    let last = cut[3].text[..at].rfind('\n').unwrap() + 1;
    cut[3].text.truncate(last);
    assert!(verify(&cut, 0, &[]).is_err());
}

/// Whoever has the key can sign another history; it does not join the one before.
#[test]
fn another_history_under_the_same_key_is_found() {
    let (log, other) = (Log::of(700, 0), Log::of(700, 1));
    let mut archive = log.archive();
    archive[2] = other.segment(310, 600, 600);
    let found = verify(&archive, 0, &[]).unwrap_err();
    assert_eq!(found.segment, archive[2].name.to_string());
    // Held by the joint, or already by the checkpoint of 400 before it.
    let by_joint = found.problem == ArchiveProblem::Joint(310);
    let by_checkpoint = found.problem.to_string().contains("size 400");
    assert!(by_joint || by_checkpoint, "{found}");
    archive[1] = other.segment(300, 310, 310);
    let found = verify(&archive, 0, &[]).unwrap_err();
    assert_eq!(found.problem, ArchiveProblem::Joint(300));
    let kept = [log.note(305)];
    let all = other.archive();
    assert!(verify(&all, 0, &[]).is_ok(), "whole by itself");
    assert!(
        verify(&all, 0, &kept).is_err(),
        "what was kept says otherwise"
    );
}
