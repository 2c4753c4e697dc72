//! What the gates have in their databases while nothing runs.

use std::{collections::BTreeSet, path::Path};

use regex_lite::Regex;
use rusqlite::Connection;
use walkdir::WalkDir;

/// The digests of the arguments of every call in their journals: its intent is durable
/// there until the log has taken it over.
pub(super) fn digests(data: &Path) -> BTreeSet<String> {
    let folder = data.join("state/lango-gateway-KeyGate");
    // A copy: what workerd finds is what it has left itself.
    let copy = data.join("gates-after-kill");
    let _ = std::fs::remove_dir_all(&copy);
    std::fs::create_dir(&copy).unwrap();
    let mut databases = Vec::new();
    for entry in WalkDir::new(folder).into_iter().flatten() {
        if entry.file_type().is_file() {
            let to = copy.join(entry.file_name());
            std::fs::copy(entry.path(), &to).unwrap();
            databases.extend((to.extension().is_some_and(|it| it == "sqlite")).then_some(to));
        }
    }
    assert!(!databases.is_empty(), "there are no gates");
    databases.iter().flat_map(|file| journal(file)).collect()
}

fn journal(file: &Path) -> BTreeSet<String> {
    let database = Connection::open(file).unwrap();
    // An object that has answered nothing yet has no tables.
    let Ok(mut journal) = database.prepare("SELECT turn FROM journal") else {
        return BTreeSet::new();
    };
    let digest = Regex::new("[0-9a-f]{64}").unwrap();
    let mut found = BTreeSet::new();
    let mut rows = journal.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let turn: String = row.get(0).unwrap();
        found.extend(digest.find_iter(&turn).map(|it| it.as_str().to_owned()));
    }
    found
}
