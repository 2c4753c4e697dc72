//! The labelled texts of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::EvalError;

/// A line of a file and where it stood.
#[derive(Debug, Clone)]
pub struct Line<T> {
    /// What it says.
    pub value: T,
    /// Its file.
    pub path: PathBuf,
    /// Counted from one.
    pub number: usize,
}

impl<T> Line<T> {
    /// The source a line counts towards: what it says itself, else its file's name.
    #[must_use]
    pub fn source(&self, said: Option<&str>) -> String {
        said.map_or_else(
            || {
                self.path
                    .file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned())
                    .unwrap_or_default()
            },
            str::to_owned,
        )
    }

    /// An error about this line.
    #[must_use]
    pub fn malformed(&self, what: impl Into<String>) -> EvalError {
        EvalError::Malformed {
            path: self.path.clone(),
            line: self.number,
            what: what.into(),
        }
    }
}

/// Reads every `*.jsonl` directly in `folder`, in the order of their names.
pub fn read<T: DeserializeOwned>(folder: &Path) -> Result<Vec<Line<T>>, EvalError> {
    let mut lines = Vec::new();
    for path in files(folder)? {
        let text =
            fs::read_to_string(&path).map_err(|cause| EvalError::unreadable(&path, cause))?;
        for (index, line) in text.lines().enumerate() {
            if !line.trim().is_empty() {
                lines.push(parse(&path, index + 1, line)?);
            }
        }
    }
    Ok(lines)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
    let unreadable = |cause| EvalError::unreadable(folder, cause);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|it| it == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(EvalError::Empty {
            path: folder.to_owned(),
        });
    }
    Ok(files)
}

fn parse<T: DeserializeOwned>(
    path: &Path,
    number: usize,
    line: &str,
) -> Result<Line<T>, EvalError> {
    let value = serde_json::from_str(line).map_err(|error| EvalError::Malformed {
        path: path.to_owned(),
        line: number,
        what: error.to_string(),
    })?;
    Ok(Line {
        value,
        path: path.to_owned(),
        number,
    })
}
