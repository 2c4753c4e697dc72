//! A data folder of before there was a tree.

use lango_audit_log::LoggedEntry;
use serde_json::{Value, json};

use super::{
    Folder,
    files::{of_class, open},
    records::{batch, record},
    subject::Log,
};
use crate::support::dev;

const BEFORE: u64 = 2_300;

#[tokio::test]
async fn entries_of_before_are_carried_into_the_tree() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = Folder::new("audit-before");
    {
        let stack = folder.start(&[]);
        // The object is there, and empty.
        let log = Log::of(&stack.dev, "t_before");
        assert_eq!(log.size().await, 0);
    }
    let files = of_class(folder.path(), "AuditLog");
    let empty = "SELECT count(*) FROM batches";
    let file = files
        .iter()
        .find(|file| open(file).query_row(empty, [], |row| row.get(0)) == Ok(0_i64))
        .unwrap();
    write_as_before(&open(file));

    let stack = folder.start(&[]);
    let log = Log::of(&stack.dev, "t_before");
    let mut tries = 0;
    while let Err(refused) = log
        .try_ask::<Value>("append", batch("k_1", 1, vec![record(9)]))
        .await
    {
        tries += 1;
        assert!(tries < 100, "{refused}");
    }
    let report = log.verify(&[]).await.unwrap();
    assert_eq!(report.entries, BEFORE + 1);
    let from = json!({ "index": BEFORE - 1, "count": 2 });
    let last: Vec<LoggedEntry> = log.ask("above", from).await;
    let of = |entry: &LoggedEntry| entry.record().unwrap().unwrap();
    assert_eq!(of(&last[0]), record(BEFORE - 1));
    assert_eq!(of(&last[1]), record(9));
}

fn write_as_before(database: &rusqlite::Connection) {
    database
        .execute_batch(
            "CREATE TABLE entries (position INTEGER NOT NULL PRIMARY KEY, record TEXT NOT NULL) STRICT;
             CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries
               BEGIN SELECT RAISE(ABORT, 'audit entries are not changed'); END;
             CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
               BEGIN SELECT RAISE(ABORT, 'audit entries are not deleted'); END;
             BEGIN;",
        )
        .unwrap();
    for number in 0..BEFORE {
        let text = serde_json::to_string(&record(number)).unwrap();
        let sql = "INSERT INTO entries (record) VALUES (?1)";
        database.execute(sql, [text]).unwrap();
    }
    database.execute_batch("COMMIT").unwrap();
}
