//! Dead letters as rows, bounded: of each stream the newest are kept one by one. Of those
//! before, what is kept is which entries they lie between and how many they are.
//!
//! The oldest go because their entries are the first that the log prunes; what a receiver
//! has refused lately is what somebody can mend.

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS dead_letters (
      stream TEXT NOT NULL,
      first  INTEGER NOT NULL,
      end    INTEGER NOT NULL,
      why    TEXT NOT NULL,
      at_ms  INTEGER NOT NULL,
      PRIMARY KEY (stream, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS dropped_letters (
      stream  TEXT NOT NULL PRIMARY KEY,
      first   INTEGER NOT NULL,
      end     INTEGER NOT NULL,
      entries INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// How many letters of a stream are kept one by one.
pub(super) const MOST: u64 = 10_000;

pub(super) const INSERT: &str = "INSERT OR REPLACE INTO dead_letters (stream, first, end, why, at_ms) \
     VALUES (?1, ?2, ?3, ?4, ?5)";

/// The newest letter that is one too many: `?2` are kept behind it.
pub(super) const LAST_TOO_MANY: &str = "SELECT first FROM dead_letters WHERE stream = ?1 \
     ORDER BY first DESC LIMIT 1 OFFSET ?2";

/// Counts the letters up to `?2`, together with those that were counted before.
pub(super) const COUNT_DROPPED: &str = "INSERT INTO dropped_letters (stream, first, end, entries) \
     SELECT ?1, min(first), max(end), sum(end - first) FROM dead_letters \
     WHERE stream = ?1 AND first <= ?2 \
     ON CONFLICT (stream) DO UPDATE SET first = min(first, excluded.first), \
     end = max(end, excluded.end), entries = entries + excluded.entries";

pub(super) const DROP: &str = "DELETE FROM dead_letters WHERE stream = ?1 AND first <= ?2";

/// What is sent again from `?2` on is no dead letter any more.
pub(super) const SENT_AGAIN: [&str; 2] = [
    "DELETE FROM dead_letters WHERE stream = ?1 AND first >= ?2",
    "DELETE FROM dropped_letters WHERE stream = ?1 AND first >= ?2",
];

pub(super) const FORGET: [&str; 2] = [
    "DELETE FROM dead_letters WHERE stream = ?1",
    "DELETE FROM dropped_letters WHERE stream = ?1",
];

pub(super) const LIST: &str = "SELECT first, end, why, at_ms FROM dead_letters \
     WHERE stream = ?1 AND first >= ?2 ORDER BY first LIMIT ?3";

/// Entries that are listed, and entries that are only counted.
pub(super) const COUNT: &str = "SELECT \
     (SELECT coalesce(sum(end - first), 0) FROM dead_letters WHERE stream = ?1) AS listed, \
     (SELECT coalesce(sum(entries), 0) FROM dropped_letters WHERE stream = ?1) AS dropped";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::{Connection, OptionalExtension as _, params};

    use super::*;

    const KEPT: i64 = 4;

    fn database() -> Connection {
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(SCHEMA).unwrap();
        database
    }

    /// As `Rows::keep` does it.
    fn add(database: &Connection, stream: &str, first: i64, end: i64) {
        database
            .execute(INSERT, params![stream, first, end, "refused", 1])
            .unwrap();
        let last: Option<i64> = database
            .query_row(LAST_TOO_MANY, params![stream, KEPT], |row| row.get(0))
            .optional()
            .unwrap();
        if let Some(last) = last {
            for statement in [COUNT_DROPPED, DROP] {
                database.execute(statement, params![stream, last]).unwrap();
            }
        }
    }

    fn count(database: &Connection, stream: &str) -> (i64, i64) {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        database.query_row(COUNT, [stream], read).unwrap()
    }

    fn firsts(database: &Connection, stream: &str) -> Vec<i64> {
        let mut list = database.prepare(LIST).unwrap();
        let rows = list.query_map(params![stream, 0, 100], |row| row.get(0));
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn the_oldest_are_counted_and_no_longer_listed() {
        let database = database();
        for first in [0, 10, 20, 30, 40, 50] {
            add(&database, "a", first, first + 3);
            add(&database, "b", first, first + 1);
        }
        assert_eq!(firsts(&database, "a"), [20, 30, 40, 50]);
        assert_eq!(count(&database, "a"), (12, 6));
        assert_eq!(count(&database, "b"), (4, 2));

        // What lies behind the place that it begins at anew is sent again; what was
        // dropped before it is not.
        for statement in SENT_AGAIN {
            database.execute(statement, params!["a", 40]).unwrap();
        }
        assert_eq!(count(&database, "a"), (6, 6));
        for statement in SENT_AGAIN {
            database.execute(statement, params!["a", 0]).unwrap();
        }
        assert_eq!(count(&database, "a"), (0, 0));
        for statement in FORGET {
            database.execute(statement, ["b"]).unwrap();
        }
        assert_eq!(count(&database, "b"), (0, 0));
    }

    proptest! {
        /// Whatever comes, no entry is lost from the count and no more is kept.
        #[test]
        fn nothing_goes_silently(lengths in prop::collection::vec((1_i64..5, 0_i64..3), 0..40)) {
            let database = database();
            let (mut next, mut entries) = (0, 0);
            for (length, gap) in lengths {
                add(&database, "a", next + gap, next + gap + length);
                next += gap + length;
                entries += length;
                let (listed, dropped) = count(&database, "a");
                prop_assert_eq!(listed + dropped, entries);
                prop_assert!(firsts(&database, "a").len() <= 4);
            }
        }
    }
}
