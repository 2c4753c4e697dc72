//! Where streams stand, as rows. Every function is synchronous: what one event writes
//! commits together.

use lango_identity::StreamId;
use lango_siem::{DeadLetter, Stream};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use super::{
    client::{Letter, Standing},
    letters,
};
use crate::sql::integer;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS streams (
      stream       TEXT NOT NULL PRIMARY KEY,
      state        TEXT NOT NULL,
      epoch        INTEGER NOT NULL DEFAULT 1,
      delivered_ms INTEGER
    ) STRICT, WITHOUT ROWID;
";

/// The rows of one tenant's object.
pub(super) struct Rows {
    sql: SqlStorage,
}

/// A stream as it was read. What comes of it is kept only if nobody has moved the
/// stream meanwhile.
pub(super) struct Held {
    pub(super) state: Stream,
    epoch: u64,
    delivered_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Row {
    stream: String,
    state: String,
    epoch: u64,
    delivered_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Count {
    listed: u64,
    dropped: u64,
}

#[derive(Deserialize)]
struct First {
    first: u64,
}

#[derive(Deserialize)]
struct Epoch {
    epoch: u64,
}

impl Rows {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        sql.exec(letters::SCHEMA, None)?;
        Ok(Self { sql })
    }

    /// A stream; `None` once it is forgotten.
    pub(super) fn load(&self, stream: &StreamId) -> worker::Result<Option<Held>> {
        let row = "SELECT stream, state, epoch, delivered_ms FROM streams WHERE stream = ?1";
        let rows: Vec<Row> = self
            .sql
            .exec(row, vec![stream.as_str().into()])?
            .to_array()?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Held {
            state: serde_json::from_str(&row.state)?,
            epoch: row.epoch,
            delivered_ms: row.delivered_ms,
        }))
    }

    /// A stream that is there already stays where it is.
    pub(super) fn begin(&self, stream: &StreamId, from: u64) -> worker::Result<()> {
        self.sql
            .exec(
                "INSERT OR IGNORE INTO streams (stream, state) VALUES (?1, ?2)",
                vec![
                    stream.as_str().into(),
                    serde_json::to_string(&Stream::from(from))?.into(),
                ],
            )
            .map(drop)
    }

    /// Keeps what came of a step; `false` when somebody has moved the stream meanwhile.
    pub(super) fn keep(
        &self,
        stream: &StreamId,
        held: &Held,
        dead: &[DeadLetter],
        now_ms: u64,
    ) -> worker::Result<bool> {
        let kept: Vec<Epoch> = self
            .sql
            .exec(
                "UPDATE streams SET state = ?2, delivered_ms = ?3 \
                 WHERE stream = ?1 AND epoch = ?4 RETURNING epoch",
                vec![
                    stream.as_str().into(),
                    serde_json::to_string(&held.state)?.into(),
                    held.delivered_ms
                        .map_or(Ok(SqlStorageValue::Null), integer)?,
                    integer(held.epoch)?,
                ],
            )?
            .to_array()?;
        if kept.iter().all(|row| row.epoch != held.epoch) {
            return Ok(false);
        }
        for letter in dead {
            self.sql.exec(
                letters::INSERT,
                vec![
                    stream.as_str().into(),
                    integer(letter.first)?,
                    integer(letter.end)?,
                    letter.why.as_str().into(),
                    integer(now_ms)?,
                ],
            )?;
        }
        if !dead.is_empty() {
            self.drop_too_many(stream)?;
        }
        Ok(true)
    }

    fn drop_too_many(&self, stream: &StreamId) -> worker::Result<()> {
        let of_stream =
            |number| Ok::<_, worker::Error>(vec![stream.as_str().into(), integer(number)?]);
        let newest: Vec<First> = self
            .sql
            .exec(letters::LAST_TOO_MANY, of_stream(letters::MOST)?)?
            .to_array()?;
        if let Some(newest) = newest.first() {
            for statement in [letters::COUNT_DROPPED, letters::DROP] {
                self.sql.exec(statement, of_stream(newest.first)?)?;
            }
        }
        Ok(())
    }

    /// Whether something new in the log is of use to a stream.
    pub(super) fn any_is_idle(&self) -> worker::Result<bool> {
        let standings = self.standings()?;
        Ok(standings.iter().any(|standing| standing.is_idle))
    }

    /// Moves a stream. What is under way for it does not count any more; dead letters
    /// that are sent again are none.
    pub(super) fn resume(&self, stream: &StreamId, from: Option<u64>) -> worker::Result<()> {
        self.begin(stream, from.unwrap_or(0))?;
        let Some(mut held) = self.load(stream)? else {
            return Ok(());
        };
        held.state.resume(from);
        self.sql.exec(
            "UPDATE streams SET state = ?2, epoch = epoch + 1 WHERE stream = ?1",
            vec![
                stream.as_str().into(),
                serde_json::to_string(&held.state)?.into(),
            ],
        )?;
        for statement in letters::SENT_AGAIN {
            let from = integer(held.state.position)?;
            self.sql
                .exec(statement, vec![stream.as_str().into(), from])?;
        }
        Ok(())
    }

    pub(super) fn forget(&self, stream: &StreamId) -> worker::Result<()> {
        let of_stream = "DELETE FROM streams WHERE stream = ?1";
        for statement in letters::FORGET.into_iter().chain([of_stream]) {
            self.sql.exec(statement, vec![stream.as_str().into()])?;
        }
        Ok(())
    }

    pub(super) fn standings(&self) -> worker::Result<Vec<Standing>> {
        let all = "SELECT stream, state, epoch, delivered_ms FROM streams ORDER BY stream";
        let rows: Vec<Row> = self.sql.exec(all, None)?.to_array()?;
        rows.into_iter().map(|row| self.standing(row)).collect()
    }

    pub(super) fn letters(
        &self,
        stream: &StreamId,
        after: Option<u64>,
        count: u32,
    ) -> worker::Result<Vec<Letter>> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        self.sql
            .exec(
                letters::LIST,
                vec![
                    stream.as_str().into(),
                    integer(from)?,
                    integer(count.into())?,
                ],
            )?
            .to_array()
    }

    fn standing(&self, row: Row) -> worker::Result<Standing> {
        let state: Stream = serde_json::from_str(&row.state)?;
        let letters: Vec<Count> = self
            .sql
            .exec(letters::COUNT, vec![row.stream.as_str().into()])?
            .to_array()?;
        let (listed, dropped) = letters
            .first()
            .map_or((0, 0), |count| (count.listed, count.dropped));
        Ok(Standing {
            is_idle: state.is_idle(),
            stream: row.stream,
            position: state.position,
            phase: state.phase,
            due_ms: state.due_ms,
            failures: state.failures,
            delivered_ms: row.delivered_ms,
            dead_letters: listed + dropped,
            dead_letters_dropped: dropped,
        })
    }
}

impl Held {
    /// The receiver has taken something.
    pub(super) fn delivered(&mut self, now_ms: u64) {
        self.delivered_ms = Some(now_ms);
    }
}
