//! The audit log itself, on stacks of its own: what was appended is there and verifies, and
//! whatever was done to its database is found.

mod archive;
mod files;
mod old_folders;
mod records;
mod retention;
mod subject;
mod tampering;
mod tree;
mod watched;

use std::path::{Path, PathBuf};

use crate::support::{OwnStack, free_port, start_own_stack_with};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("lango-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// A stack on it, with the Worker through which tests reach logs.
    fn start(&self, options: &[&str]) -> OwnStack {
        let options = [&["--bench"], options].concat();
        start_own_stack_with(&self.0, free_port(), &options, &[])
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
