//! The tables of a log and what SQLite itself refuses.
//!
//! What is new comes at the end, and what was appended stays: triggers refuse every other
//! INSERT (`OR REPLACE` would fire no trigger of DELETE), and every UPDATE and DELETE but
//! what retention and an erasure do, which are told apart by what they leave. A pass of
//! retention may take the texts of a row whose newest entry lies before the horizon, and
//! nothing else of it, while nothing is held, and only what was archived where there is an
//! archive; its hashes stay, so the tree stays whole.
//! Openings stand beside the tree and may go; a run's summary, which only speeds searches
//! up, is made anew without them.

use worker::SqlStorage;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS batches (
      first      INTEGER NOT NULL PRIMARY KEY,
      count      INTEGER NOT NULL,
      oldest_ms  INTEGER NOT NULL,
      newest_ms  INTEGER NOT NULL,
      checkpoint TEXT,
      frontier   BLOB,
      hashes     BLOB NOT NULL,
      leaves     TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS runs (
      number    INTEGER NOT NULL PRIMARY KEY,
      oldest_ms INTEGER NOT NULL,
      newest_ms INTEGER NOT NULL,
      root      BLOB NOT NULL,
      summary   BLOB
    ) STRICT;
    CREATE TABLE IF NOT EXISTS openings (
      first     INTEGER NOT NULL,
      part      INTEGER NOT NULL,
      person    TEXT,
      newest_ms INTEGER NOT NULL,
      texts     TEXT NOT NULL,
      PRIMARY KEY (first, part)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sources (
      source TEXT NOT NULL PRIMARY KEY,
      taken  INTEGER NOT NULL,
      counts TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS retention (
      only                INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      horizon_ms          INTEGER NOT NULL,
      personal_horizon_ms INTEGER NOT NULL,
      held                INTEGER NOT NULL,
      passed_ms           INTEGER NOT NULL,
      behind              INTEGER,
      problem             TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS cosignature (
      only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      size INTEGER NOT NULL,
      line TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS witness_problem (
      only     INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      since_ms INTEGER NOT NULL,
      problem  TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS archive (
      only         INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      required     INTEGER NOT NULL,
      position     INTEGER NOT NULL,
      joint        BLOB,
      planned      INTEGER,
      planned_size INTEGER,
      segments     INTEGER NOT NULL,
      bytes        INTEGER NOT NULL,
      archived_ms  INTEGER,
      failures     INTEGER NOT NULL,
      due_ms       INTEGER NOT NULL,
      problem_code TEXT,
      problem      TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS archived (
      first  INTEGER NOT NULL PRIMARY KEY,
      end    INTEGER NOT NULL,
      size   INTEGER NOT NULL,
      sha256 TEXT NOT NULL
    ) STRICT;
";

const TRIGGERS: &str = "
    CREATE TRIGGER IF NOT EXISTS batches_are_not_changed BEFORE UPDATE ON batches
      WHEN (NEW.leaves IS NULL AND NEW.first = OLD.first AND NEW.count = OLD.count
        AND NEW.oldest_ms = OLD.oldest_ms AND NEW.newest_ms = OLD.newest_ms
        AND NEW.checkpoint IS OLD.checkpoint AND NEW.frontier IS OLD.frontier
        AND NEW.hashes = OLD.hashes
        AND OLD.newest_ms < (SELECT horizon_ms FROM retention WHERE held = 0)) IS NOT TRUE
      BEGIN SELECT RAISE(ABORT, 'audit entries are not changed'); END;
    CREATE TRIGGER IF NOT EXISTS batches_wait_for_the_archive BEFORE UPDATE ON batches
      WHEN OLD.first + OLD.count > (SELECT position FROM archive WHERE required = 1)
      BEGIN SELECT RAISE(ABORT, 'audit entries are archived before they are pruned'); END;
    CREATE TRIGGER IF NOT EXISTS batches_are_appended BEFORE INSERT ON batches
      WHEN NEW.first <> coalesce((SELECT first + count FROM batches ORDER BY first DESC LIMIT 1), 0)
      BEGIN SELECT RAISE(ABORT, 'audit entries are appended'); END;
    CREATE TRIGGER IF NOT EXISTS batches_are_not_deleted BEFORE DELETE ON batches
      BEGIN SELECT RAISE(ABORT, 'audit entries are not deleted'); END;
    CREATE TRIGGER IF NOT EXISTS runs_are_not_changed BEFORE UPDATE ON runs
      WHEN (NEW.number = OLD.number AND NEW.root = OLD.root
        AND NEW.oldest_ms = OLD.oldest_ms AND NEW.newest_ms = OLD.newest_ms) IS NOT TRUE
      BEGIN SELECT RAISE(ABORT, 'the tree is not changed'); END;
    CREATE TRIGGER IF NOT EXISTS runs_are_appended BEFORE INSERT ON runs
      WHEN NEW.number <> coalesce((SELECT number + 1 FROM runs ORDER BY number DESC LIMIT 1), 0)
      BEGIN SELECT RAISE(ABORT, 'the tree is appended to'); END;
    CREATE TRIGGER IF NOT EXISTS runs_are_not_deleted BEFORE DELETE ON runs
      BEGIN SELECT RAISE(ABORT, 'the tree is not changed'); END;
    CREATE TRIGGER IF NOT EXISTS openings_are_not_changed BEFORE UPDATE ON openings
      BEGIN SELECT RAISE(ABORT, 'openings are not changed'); END;
";

pub(super) fn create(sql: &SqlStorage) -> worker::Result<()> {
    sql.exec(TABLES, None)?;
    add_counts(sql)?;
    sql.exec(TRIGGERS, None).map(drop)
}

#[derive(serde::Deserialize)]
struct Found {
    found: u32,
}

/// Logs of before have a table of senders without what their gates received.
fn add_counts(sql: &SqlStorage) -> worker::Result<()> {
    let query = "SELECT count(*) AS found FROM pragma_table_info('sources') WHERE name = 'counts'";
    let columns: Vec<Found> = sql.exec(query, None)?.to_array()?;
    if columns.first().is_some_and(|column| column.found == 0) {
        sql.exec("ALTER TABLE sources ADD COLUMN counts TEXT", None)?;
    }
    Ok(())
}
