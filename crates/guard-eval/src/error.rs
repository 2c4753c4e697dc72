//! What can go wrong, said so that the reader finds the place.

use std::path::{Path, PathBuf};

/// Why a folder could not be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file or folder could not be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A folder holds nothing to score.
    #[error("{}: no .jsonl file in it", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A line is not what the format says. The line itself is not repeated.
    #[error("{}:{line}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The shipped model is of another shape than the code, which reads no text then.
    #[error(
        "the shipped weights do not fit the code: put files of zeros in their place, of the size \
         that model.rs and network.rs ask for, and train again"
    )]
    Unfit,
    /// The scores could not be written.
    #[error("cannot write: {0}")]
    Unwritable(#[from] std::io::Error),
}

impl EvalError {
    pub(crate) fn unreadable(path: &Path, cause: std::io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            cause,
        }
    }
}
