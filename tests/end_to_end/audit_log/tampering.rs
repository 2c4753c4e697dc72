//! Whoever owns the machine can change the database, and cannot hide it.

use lango_audit_log::{
    Checkpoint, TreeHash,
    export::{Misfit, Older, Where},
};
use serde_json::Value;

use super::{
    Folder,
    files::{change_byte, of_log, open, open_without_triggers},
    records::{batch, record},
    subject::Log,
};
use crate::support::{OwnStack, dev};

const ENTRIES: u64 = 600;
const BATCH: u64 = 60;
/// What is done to each log, by the names of them.
const LOGS: [&str; 7] = [
    "t_untouched",
    "t_byte",
    "t_row",
    "t_swapped",
    "t_swapped_with_hashes",
    "t_forged",
    "t_rolled_back",
];

#[tokio::test]
async fn whatever_was_changed_is_found() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = Folder::new("audit-tampering");
    // What an auditor has kept of before.
    let kept = fill(&folder).await;
    for name in LOGS {
        refuse_changes(&folder, name);
        tamper(&folder, name);
    }
    let stack = folder.start(&[]);
    let found = |name: &'static str| misfit(&stack, name, &kept);

    assert_eq!(found("t_untouched").await, None);
    for (name, index) in [("t_byte", 77), ("t_row", 120), ("t_swapped", 60)] {
        let misfit = found(name).await.unwrap();
        assert_eq!(misfit.place, Where::Entry(index), "{name}: {misfit:?}");
    }
    // Leaves and hashes fit each other: it is the run's root that tells.
    let swapped = found("t_swapped_with_hashes").await.unwrap();
    assert_eq!(swapped.place, Where::Entries(0, 256), "{swapped:?}");
    let forged = found("t_forged").await.unwrap();
    assert_eq!(forged.place, Where::Header, "{forged:?}");
    // By itself it is whole. Whoever has kept a checkpoint has one that it does not reach.
    let older = |name: &'static str| {
        let log = Log::of(&stack.dev, name);
        let kept = kept_of(&kept, name);
        async move { log.verify(&kept).await.unwrap().older }
    };
    assert_eq!(older("t_untouched").await, [Older::Consistent(ENTRIES)]);
    assert_eq!(older("t_rolled_back").await, [Older::NotCovered(ENTRIES)]);

    // Nothing is signed that does not follow from what was signed.
    let forged = Log::of(&stack.dev, "t_forged");
    let more = batch("k_1", 99, vec![record(ENTRIES)]);
    let refused = forged.try_ask::<Value>("append", more).await;
    assert!(refused.is_err());
    let untouched = Log::of(&stack.dev, "t_untouched");
    untouched.append(99, vec![record(ENTRIES)]).await;
    assert!(
        untouched
            .verify(&kept_of(&kept, "t_untouched"))
            .await
            .is_ok()
    );
}

async fn fill(folder: &Folder) -> Vec<(&'static str, String)> {
    let stack = folder.start(&[]);
    let mut kept = Vec::new();
    for name in LOGS {
        let log = Log::of(&stack.dev, name);
        log.fill(ENTRIES, BATCH).await;
        let report = log.verify(&[]).await.unwrap();
        assert_eq!((report.entries, report.opened), (ENTRIES, ENTRIES));
        let (size, note) = log.checkpoint(None).await.unwrap();
        assert_eq!(size, ENTRIES);
        kept.push((name, note));
    }
    kept
}

fn kept_of(kept: &[(&'static str, String)], name: &str) -> Vec<String> {
    let of_log = kept.iter().filter(|(of, _)| *of == name);
    of_log.map(|(_, note)| note.clone()).collect()
}

async fn misfit(
    stack: &OwnStack,
    name: &'static str,
    kept: &[(&'static str, String)],
) -> Option<Misfit> {
    let log = Log::of(&stack.dev, name);
    log.verify(&kept_of(kept, name)).await.err()
}

/// What SQLite refuses without anybody's help.
fn refuse_changes(folder: &Folder, name: &str) {
    let database = open(&of_log(folder.path(), name));
    for statement in [
        "UPDATE batches SET leaves = replace(leaves, 'p_1', 'p_2')",
        "UPDATE batches SET leaves = NULL",
        "UPDATE batches SET checkpoint = NULL",
        "UPDATE batches SET newest_ms = 0",
        "DELETE FROM batches",
        "INSERT OR REPLACE INTO batches SELECT * FROM batches WHERE first = 60",
        "INSERT OR REPLACE INTO runs SELECT * FROM runs WHERE number = 0",
        "UPDATE runs SET root = zeroblob(32)",
        "DELETE FROM runs",
        "UPDATE openings SET texts = '[]'",
    ] {
        let refused = database.execute_batch(statement);
        assert!(refused.is_err(), "{statement}");
    }
}

fn tamper(folder: &Folder, name: &str) {
    let file = of_log(folder.path(), name);
    if name == "t_byte" {
        // Its sixth digit: the call becomes another one.
        return change_byte(&file, "call_000077");
    }
    if name == "t_untouched" {
        return;
    }
    let database = open_without_triggers(&file);
    match name {
        "t_row" => {
            let rows = database.execute("DELETE FROM batches WHERE first = 120", []);
            assert_eq!(rows.unwrap(), 1);
        }
        "t_swapped" => swap(&database, false),
        "t_swapped_with_hashes" => swap(&database, true),
        "t_forged" => forge(&database, name),
        "t_rolled_back" => {
            let rows = database.execute("DELETE FROM batches WHERE first >= 540", []);
            assert_eq!(rows.unwrap(), 1);
        }
        _ => unreachable!("nothing is done to {name}"),
    }
}

/// The first two entries of the row at 60.
fn swap(database: &rusqlite::Connection, with_hashes: bool) {
    let sql = "SELECT leaves, hashes FROM batches WHERE first = 60";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (leaves, mut hashes): (String, Vec<u8>) = database.query_row(sql, [], read).unwrap();
    let mut lines: Vec<_> = leaves.lines().collect();
    lines.swap(0, 1);
    if with_hashes {
        let first: Vec<_> = hashes.drain(..32).collect();
        hashes.splice(32..32, first);
        // They would not fit the other leaf.
        let sql = "DELETE FROM openings WHERE first = 60";
        database.execute(sql, []).unwrap();
    }
    let sql = "UPDATE batches SET leaves = ?1, hashes = ?2 WHERE first = 60";
    database
        .execute(sql, rusqlite::params![lines.join("\n"), hashes])
        .unwrap();
}

/// Another root, under a key that is not the log's.
fn forge(database: &rusqlite::Connection, name: &str) {
    let seed = serde_json::json!(["AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"]);
    let keys = lango_audit_log::CheckpointKeys::parse(&seed.to_string()).unwrap();
    let note = keys
        .sign(&Checkpoint {
            origin: lango_audit_log::origin(name),
            size: ENTRIES,
            root: TreeHash::of_leaf("another"),
        })
        .unwrap();
    let sql = "UPDATE batches SET checkpoint = ?1 WHERE first = 540";
    assert_eq!(database.execute(sql, [note]).unwrap(), 1);
}
