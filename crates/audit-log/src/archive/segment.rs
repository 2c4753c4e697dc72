//! A segment: its name and its bytes. Both follow from the log and the range alone, so that
//! whoever writes it again writes the same.

use core::{fmt, fmt::Write as _, str::FromStr};

use sha2::{Digest as _, Sha256};

use crate::{
    checkpoint::CheckpointError,
    export::{End, Header, Line, ProvenEntry},
    logged::LoggedEntry,
    tree::{MAXIMUM_SIZE, RangeHashes},
};

/// As many digits as the largest index has, so that names sort like ranges.
const DIGITS: usize = 16;
const SUFFIX: &str = ".ndjson";

/// What a segment's file is called: `<first>-<end>.ndjson`, in decimal with leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentName {
    first: u64,
    end: u64,
}

/// A name that is no segment's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a segment is called <first>-<end>.ndjson, with 16 digits each")]
pub struct SegmentNameError;

impl SegmentName {
    /// The name of the entries from `first` up to but without `end`.
    ///
    /// # Errors
    /// [`SegmentNameError`] for a range that is empty, or beyond any log.
    pub const fn new(first: u64, end: u64) -> Result<Self, SegmentNameError> {
        if first < end && end <= MAXIMUM_SIZE {
            Ok(Self { first, end })
        } else {
            Err(SegmentNameError)
        }
    }

    /// The index of its first entry.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The index after its last.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.end
    }

    /// Where it lies: in the folder of its log.
    #[must_use]
    pub fn path(self, log: &str) -> String {
        format!("{log}/{self}")
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:0width$}-{:0width$}{SUFFIX}",
            self.first,
            self.end,
            width = DIGITS
        )
    }
}

impl FromStr for SegmentName {
    type Err = SegmentNameError;

    fn from_str(text: &str) -> Result<Self, SegmentNameError> {
        let range = text.strip_suffix(SUFFIX).and_then(|it| it.split_once('-'));
        let (first, end) = range.ok_or(SegmentNameError)?;
        let number = |digits: &str| {
            let is_one = digits.len() == DIGITS && digits.bytes().all(|it| it.is_ascii_digit());
            is_one.then(|| digits.parse::<u64>().ok()).flatten()
        };
        let (first, end) = number(first).zip(number(end)).ok_or(SegmentNameError)?;
        Self::new(first, end)
    }
}

/// A segment of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What it is called.
    pub name: SegmentName,
    /// What is in it: the lines of an export.
    pub text: String,
}

impl Segment {
    /// The entries of a range, held against a note of the log at `name.end()` or later.
    /// Openings stay behind: a file that is locked cannot be made to forget a person.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] when the note is none.
    pub fn new(
        name: SegmentName,
        note: String,
        hashes: RangeHashes,
        entries: Vec<LoggedEntry>,
    ) -> Result<Self, CheckpointError> {
        let header = Header::new(note, name.first, name.end, hashes, None)?;
        let mut text = Line::Header(header).text();
        let end = End {
            entries: entries.len() as u64,
        };
        for mut entry in entries {
            entry.openings.clear();
            text.push_str(&Line::Entry(ProvenEntry::new(entry, None)).text());
        }
        text.push_str(&Line::End(end).text());
        Ok(Self { name, text })
    }

    /// SHA-256 of its bytes, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256(self.text.as_bytes())
    }
}

/// SHA-256 in hexadecimal, by which a segment is known again.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
