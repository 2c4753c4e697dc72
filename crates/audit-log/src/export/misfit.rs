//! What does not fit in an export, and where.

use core::fmt;

use crate::{checkpoint::CheckpointError, leaf::LeafError, witness::WitnessError};

/// The first thing in an export that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {place}: {problem}")]
pub struct Misfit {
    /// The line, from 1; of a missing line, where it should stand.
    pub line: u64,
    /// What is there.
    pub place: Where,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A part of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// The first line.
    Header,
    /// The entry of an index.
    Entry(u64),
    /// One or more of the entries from an index up to but without another.
    Entries(u64, u64),
    /// What stands after the last entry that fits, if there was one.
    After(Option<u64>),
}

/// What is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not a line of this format.
    #[error("this is no line of an export ({0})")]
    Line(String),
    /// Another line than this one should stand here.
    #[error("a line of kind `{0}` should stand here")]
    Kind(&'static str),
    /// A newer format.
    #[error("the format has version {0}, which this verifier does not know")]
    Version(u32),
    /// The checkpoint is none of this log.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// A witness that should have signed the checkpoint has not.
    #[error("the witness {0} has not signed the checkpoint: {1}")]
    Witness(String, WitnessError),
    /// The header says otherwise than its checkpoint.
    #[error("it says otherwise than its checkpoint about {0}")]
    Contradiction(&'static str),
    /// The header's hashes do not make the checkpoint's root.
    #[error("its hashes do not make the root of the checkpoint")]
    Root,
    /// The entry is missing: another one stands in its place, or none.
    #[error("it is missing; {0} stands in its place")]
    Missing(String),
    /// An entry that does not belong into this export.
    #[error("it does not belong here: the export has entries {0} up to {1}")]
    Stray(u64, u64),
    /// The leaf is not the one that was hashed.
    #[error("its content is not what was logged: the leaf does not have the hash beside it")]
    Leaf,
    /// The leaf cannot be read, or an opening does not fit it.
    #[error("{0}")]
    Content(#[from] LeafError),
    /// The hashes of these entries are not those of the checkpoint.
    #[error("their hashes are not those that the checkpoint was signed over")]
    Run,
    /// The proof does not lead to the checkpoint's root.
    #[error("its proof does not lead to the root of the checkpoint")]
    Proof,
    /// Not as many entries as the last line says.
    #[error("the last line counts {said} entries, and there are {there}")]
    Count {
        /// What it says.
        said: u64,
        /// How many there are.
        there: u64,
    },
    /// The file breaks off.
    #[error("the export breaks off here: its last line is missing")]
    Truncated,
    /// An older checkpoint has another root than these entries at its size.
    #[error(
        "the checkpoint of size {0} that was given has another root: the log has been changed since it was signed"
    )]
    Older(u64),
}

impl fmt::Display for Where {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => formatter.write_str("header"),
            Self::Entry(index) => write!(formatter, "entry {index}"),
            Self::Entries(first, end) => {
                write!(
                    formatter,
                    "one of the entries {first} to {}",
                    end.saturating_sub(1)
                )
            }
            Self::After(None) => formatter.write_str("after the header"),
            Self::After(Some(index)) => write!(formatter, "after entry {index}"),
        }
    }
}
