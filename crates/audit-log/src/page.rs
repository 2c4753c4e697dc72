//! Pages of the log, newest first.

use serde::{Deserialize, Serialize};

use crate::{record::Record, tree::MAXIMUM_SIZE};

/// How many entries a page may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

/// A limit outside 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit must be a number from 1 to 200")]
pub struct LimitError;

/// Where a page ends and the next one begins. Opaque to callers.
///
/// It is the index of the last entry shown: entries that arrive meanwhile have higher
/// ones and cannot shift a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(u64);

/// A cursor that no page ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cursor must be the `next` of an earlier page")]
pub struct CursorError;

/// A record at its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its index in the log, from 0.
    pub index: u64,
    /// The record.
    #[serde(flatten)]
    pub record: Record,
}

/// Entries, newest first, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The cursor of the next page, unless this is the last one.
    pub next: Option<String>,
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl Limit {
    /// Reads a limit from a query string; 50 when there is none.
    ///
    /// # Errors
    /// [`LimitError`] outside 1 to 200.
    pub fn parse(text: Option<&str>) -> Result<Self, LimitError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        match text.parse() {
            Ok(limit @ 1..=200) => Ok(Self(limit)),
            _ => Err(LimitError),
        }
    }

    /// How many rows to fetch: one more than is shown, to know whether more follow.
    #[must_use]
    pub fn fetch(self) -> u32 {
        self.0 + 1
    }

    /// The limit itself.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0
    }
}

impl Cursor {
    /// Reads a cursor from a query string; the newest entry when there is none.
    ///
    /// # Errors
    /// [`CursorError`] for what no page ended with.
    pub fn parse(text: Option<&str>) -> Result<Self, CursorError> {
        match text {
            None => Ok(Self(MAXIMUM_SIZE)),
            Some(text) => text
                .strip_prefix('e')
                .and_then(|index| index.parse().ok())
                .filter(|index| (1..=MAXIMUM_SIZE).contains(index))
                .map(Self)
                .ok_or(CursorError),
        }
    }

    /// The entries of a page have a lower index.
    #[must_use]
    pub fn before(self) -> u64 {
        self.0
    }

    /// The cursor of the page below an index, as a caller gets it.
    #[must_use]
    pub fn text(before: u64) -> String {
        format!("e{before}")
    }
}

impl Page {
    /// Cuts a page from up to [`Limit::fetch`] rows, newest first.
    #[must_use]
    pub fn cut(mut entries: Vec<Entry>, limit: Limit) -> Self {
        let shown = limit.0 as usize;
        let more = entries.len() > shown;
        entries.truncate(shown);
        let next = match entries.last() {
            Some(last) if more => Some(Cursor::text(last.index)),
            _ => None,
        };
        Self { entries, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Intent, Outcome, Subject};

    fn entry(index: u64) -> Entry {
        Entry {
            index,
            record: Record {
                key_id: "k_1".into(),
                at_ms: 0,
                intent: Intent {
                    call_id: "call_1".into(),
                    principal: "p_1".into(),
                    actor: None,
                    country: None,
                    subject: Subject::Action {
                        action: "key.create".into(),
                        target: None,
                    },
                },
                outcome: Outcome::succeeded(0),
            },
        }
    }

    #[test]
    fn pages_follow_one_another_without_gap() {
        let log: Vec<u64> = (0..7).collect();
        let limit = Limit::parse(Some("3")).unwrap();
        let (mut seen, mut before) = (Vec::new(), None::<String>);
        loop {
            let cursor = Cursor::parse(before.as_deref()).unwrap();
            let rows = log
                .iter()
                .rev()
                .filter(|index| **index < cursor.before())
                .take(limit.fetch() as usize)
                .map(|index| entry(*index))
                .collect();
            let page = Page::cut(rows, limit);
            seen.extend(page.entries.iter().map(|entry| entry.index));
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn strange_limits_and_cursors_are_refused() {
        for text in ["0", "201", "-1", "x", ""] {
            assert_eq!(Limit::parse(Some(text)), Err(LimitError), "{text}");
        }
        for text in [
            "",
            "5",
            "e",
            "e0",
            "e-1",
            "e99999999999999999999",
            "e1 or 1=1",
        ] {
            assert_eq!(Cursor::parse(Some(text)), Err(CursorError), "{text}");
        }
    }
}
