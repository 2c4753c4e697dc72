//! The shape of the tree: what `docs/ARCHITECTURE.md` says and a compiler does
//! not check.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod classes;
mod dependencies;
mod layers;
mod places;
mod scopes;
mod sql;

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The root of the tree.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust source under a folder.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let is_output =
        |name: &std::ffi::OsStr| name == "target" || name == "build" || name == "node_modules";
    WalkDir::new(root().join(folder))
        .into_iter()
        .filter_entry(|entry| !is_output(entry.file_name()))
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "rs")
        })
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            (entry.path().strip_prefix(root()).unwrap().to_owned(), text)
        })
        .collect()
}
