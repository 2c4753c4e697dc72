//! The databases of a stack on plain workerd, as a backup would have them.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, types::ValueRef};
use serde_json::{Map, Value, json};

use super::stack::Dev;

/// A copy of the folder that every database of a stack is in.
pub(crate) struct Databases {
    folder: PathBuf,
}

impl Databases {
    /// Copies what is there now, journals included.
    pub(crate) fn copy(dev: &Dev) -> Self {
        let name = format!(
            "lango-databases-{}-{:?}",
            std::process::id(),
            std::time::SystemTime::now()
        );
        let folder = std::env::temp_dir().join(name.replace([' ', '{', '}', ':'], ""));
        copy(&dev.folder.join("state"), &folder);
        Self { folder }
    }

    /// Rows of the tenants' configuration.
    pub(crate) fn configuration(&self, sql: &str) -> Vec<Value> {
        self.of("ConfigStore")
            .iter()
            .flat_map(|file| rows(file, sql))
            .collect()
    }

    /// The erasure key of a tenant whose data keys say that they need this generation:
    /// every one that there is, for there are only names' digests.
    pub(crate) fn erasure_keys(&self) -> Vec<String> {
        let sql = "SELECT key FROM erasure_key WHERE key IS NOT NULL";
        let files = self.of("ErasureKey");
        let rows = files.iter().flat_map(|file| rows(file, sql));
        rows.map(|row| row["key"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Whether a text stands anywhere in any file.
    pub(crate) fn contain(&self, text: &str) -> bool {
        files(&self.folder).iter().any(|file| {
            let bytes = std::fs::read(file).unwrap();
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        })
    }

    /// Every file's bytes.
    pub(crate) fn bytes(&self) -> Vec<Vec<u8>> {
        let files = files(&self.folder);
        files.iter().map(|it| std::fs::read(it).unwrap()).collect()
    }

    fn of(&self, class: &str) -> Vec<PathBuf> {
        let mut found = files(&self.folder);
        found.retain(|file| {
            let path = file.to_string_lossy();
            path.contains(&format!("-{class}/")) && path.ends_with(".sqlite")
        });
        found
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn rows(file: &Path, sql: &str) -> Vec<Value> {
    let database = Connection::open(file).unwrap();
    // An object that never wrote has no such table.
    let Ok(mut statement) = database.prepare(sql) else {
        return Vec::new();
    };
    let names: Vec<_> = statement.column_names().map(str::to_owned).collect();
    let read = statement.query_map([], |row| {
        let mut members = Map::new();
        for (at, name) in names.iter().enumerate() {
            let value = match row.get_ref(at)? {
                ValueRef::Integer(number) => json!(number),
                ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                _ => Value::Null,
            };
            members.insert(name.clone(), value);
        }
        Ok(Value::Object(members))
    });
    read.unwrap().map(Result::unwrap).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten() {
        if entry.file_type().is_file() {
            found.push(entry.into_path());
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        // Journals come and go while calls are made.
        let _ = std::fs::copy(&file, &target);
    }
}
