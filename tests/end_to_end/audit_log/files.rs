//! The databases of a stack that is stopped.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use walkdir::WalkDir;

/// The database of a log: the one whose checkpoints bear its name.
pub(super) fn of_log(data: &Path, name: &str) -> PathBuf {
    let origin = format!("lango.dev/audit/{name}\n");
    let named = |file: &PathBuf| {
        let sql = "SELECT 1 FROM batches WHERE checkpoint LIKE ?1 || '%'";
        open(file).query_row(sql, [&origin], |_| Ok(())).is_ok()
    };
    of_class(data, "AuditLog").into_iter().find(named).unwrap()
}

/// The databases of a class.
pub(super) fn of_class(data: &Path, class: &str) -> Vec<PathBuf> {
    let folder = data.join(format!("state/lango-gateway-{class}"));
    let files = WalkDir::new(folder).into_iter().flatten();
    files
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|it| it == "sqlite"))
        .collect()
}

/// Opens one as SQLite opens it: with its triggers.
pub(super) fn open(file: &Path) -> Connection {
    Connection::open(file).unwrap()
}

/// Opens one as whoever owns the machine does: without them.
pub(super) fn open_without_triggers(file: &Path) -> Connection {
    let database = open(file);
    let names: Vec<String> = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(!names.is_empty());
    for name in names {
        database
            .execute_batch(&format!("DROP TRIGGER {name}"))
            .unwrap();
    }
    database
}

/// Changes one byte of a file, where a text stands in it.
pub(super) fn change_byte(file: &Path, text: &str) {
    let database = open(file);
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(database);
    let mut bytes = std::fs::read(file).unwrap();
    let at = bytes
        .windows(text.len())
        .position(|window| window == text.as_bytes())
        .unwrap();
    bytes[at + text.len() - 1] ^= 1;
    std::fs::write(file, bytes).unwrap();
}
