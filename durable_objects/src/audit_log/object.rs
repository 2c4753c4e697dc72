//! The `AuditLog` object: one tenant's records, or the platform's, as an RFC 6962 tree.
//!
//! **Atomicity.** What arrives becomes leaves, hashes, openings and one signed checkpoint
//! in one transaction ([`super::commit`]), together with the senders' highest numbers; the
//! acknowledgement is held until it is durable. A batch that is repeated because its
//! acknowledgement was lost is recognised by its number. Appends that arrive while a commit
//! is being made durable share the next one ([`super::append`]). What the platform begins is
//! a row before it happens; its end takes the row and appends the record in one go, so it is
//! logged once. The end of the tree lives in memory and is read again after anything that
//! failed; it is held against its checkpoint, and what does not follow from what was signed
//! is never signed.
//!
//! **Tables.** `batches(first, count, oldest_ms, newest_ms, checkpoint, frontier, hashes,
//! leaves)`: the entries, within one run of 256 a row, the last row of a commit with its
//! checkpoint; `leaves` is one text a line, NULL once they were pruned. `runs(number,
//! oldest_ms, newest_ms, root, summary)`: the root of each complete run, and what is in it.
//! `openings(first, part, person, newest_ms, texts)`: what opens the commitments in the row
//! that begins at `first`. `retention`: see [`super::retention`]. `cosignature(size, line)`
//! and `witness_problem(since_ms, problem)`: see [`super::witness`]. `archive`, `archived`:
//! see [`super::archive`]. Triggers refuse changes: see [`super::schema`].
//! `sources(source, taken, counts)`: the highest batch number taken from each key, and what
//! became of the calls that its gate received.
//! `residency_days(day, connection, connector, finding, calls)`: see
//! [`super::residency`]. `begun(call_id, at_ms, key_id, intent)`: see [`super::begun`].
//! `repeats(key_sha256, request_sha256, at_ms, answer)`: see [`crate::repeats`].
//!
//! **Messages.** `POST /append`: `Batch` → `()`. `POST /search`: `Query` → `Found`. `POST
//! /above`: `EntriesFrom` → `[LoggedEntry]`. `POST /checkpoint`: a size or null →
//! `Option<CheckpointAt>`. `POST /inclusion`: `InclusionOf` → `[[TreeHash]]`. `POST
//! /consistency`: `ConsistencyOf` → `[TreeHash]`. `POST /range`: `RangeOf` → `RangeHashes`.
//! `POST /erase-person`: a person → how many rows went. `POST /retention`: `()` →
//! `RetentionState`. `POST /figures`: `()` → `LogFigures`. `POST /archive`: `()` →
//! `ArchiveState`. `POST /begin`: `Begun` → `Option<Earlier>`. `POST /settle`: `Ended` →
//! `()`. `POST /log`: `Record` → `()`. `POST /residency`: a day → `[TallyLine]`. `POST
//! /received`: `()` → `Counts`. `POST /erase`: `()` → `()`, when the tenant is
//! erased. The alarm does what [`super::duties`] says.

use std::rc::Rc;

use lango_admission::{Earlier, SETTLE_AFTER_MS};
use lango_audit_log::Query;
use worker::{Date, DurableObject, Env, Request, Response, State, durable_object};

use super::{
    append::append,
    begun,
    client::{
        Begun, ConsistencyOf, EntriesFrom, InclusionOf, LogFigures, PATH_ABOVE, PATH_APPEND,
        PATH_ARCHIVE, PATH_BEGIN, PATH_CHECKPOINT, PATH_CONSISTENCY, PATH_ERASE, PATH_ERASE_PERSON,
        PATH_FIGURES, PATH_INCLUSION, PATH_LOG, PATH_RANGE, PATH_RECEIVED, PATH_RESIDENCY,
        PATH_RETENTION, PATH_SEARCH, PATH_SETTLE, RangeOf,
    },
    commit::Arrival,
    duties, entries,
    log::Log,
    residency, sources, summaries,
};
use crate::exchange::{answer, question};

/// An answer is held to the memory of an object.
const MOST_ABOVE: u32 = 5_000;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct AuditLog {
    state: State,
    opened: Result<Rc<Log>, String>,
}

impl DurableObject for AuditLog {
    fn new(state: State, env: Env) -> Self {
        let opened = Log::open(&state, &env).map_err(|error| error.to_string());
        Self { state, opened }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let request = &mut request;
        let log = self.opened()?;
        let path = request.path();
        match path.as_str() {
            PATH_APPEND => answer(
                &self
                    .append(Arrival::Batch(question(request).await?))
                    .await?,
            ),
            PATH_BEGIN => answer(&self.begin(question(request).await?).await?),
            PATH_LOG => answer(
                &self
                    .append(Arrival::Record(question(request).await?))
                    .await?,
            ),
            PATH_SETTLE => answer(
                &self
                    .append(Arrival::Ended(question(request).await?))
                    .await?,
            ),
            PATH_ERASE => answer(&log.erase().await?),
            PATH_ERASE_PERSON => answer(&self.erase_person(question(request).await?).await?),
            _ => self.read(&path, request).await,
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        duties::look_after(self.opened()?, &self.state).await?;
        Response::empty()
    }
}

impl AuditLog {
    /// What changes nothing.
    async fn read(&self, path: &str, request: &mut Request) -> worker::Result<Response> {
        let log = self.opened()?;
        match path {
            PATH_SEARCH => {
                let query: Query = question(request).await?;
                answer(&log.search(&query)?)
            }
            PATH_ABOVE => {
                let from: EntriesFrom = question(request).await?;
                if from.follows {
                    log.followed_ms.set(Date::now().as_millis());
                }
                let end = from.index + u64::from(from.count.min(MOST_ABOVE));
                answer(&entries::between(&log.sql, from.index, end)?)
            }
            PATH_CHECKPOINT => answer(&log.checkpoint(question(request).await?)?),
            PATH_INCLUSION => {
                let of: InclusionOf = question(request).await?;
                answer(&log.inclusions(&of.indexes, of.size)?)
            }
            PATH_CONSISTENCY => {
                let of: ConsistencyOf = question(request).await?;
                answer(&log.consistency(of.old, of.new)?)
            }
            PATH_RANGE => {
                let of: RangeOf = question(request).await?;
                answer(&log.range(of.first, of.end, of.size)?)
            }
            PATH_RESIDENCY => answer(&residency::since(&log.sql, question(request).await?)?),
            PATH_RETENTION => answer(&log.retention()?),
            PATH_ARCHIVE => answer(&log.archive_state()?),
            PATH_RECEIVED => answer(&sources::received(log)?),
            PATH_FIGURES => answer(&figures(log)?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn append(&self, arrival: Arrival) -> worker::Result<()> {
        let log = self.opened()?;
        if log.has_entries_of_before()? && log.carry_over()? {
            log.wake_within(0).await?;
            return Err("the entries of before are still being carried over".into());
        }
        append(log, &self.state, arrival).await?;
        log.wake_soon().await
    }

    /// What was begun before under the same idempotency key is not begun again.
    async fn begin(&self, begun: Begun) -> worker::Result<Option<Earlier>> {
        let log = self.opened()?;
        if let Some(once) = &begun.once {
            let now_ms = Date::now().as_millis();
            let earlier = log.repeats.earlier(&once.key_sha256, now_ms)?;
            if earlier.is_some() {
                return Ok(earlier);
            }
            log.repeats.begun(once, now_ms)?;
        }
        begun::write(&log.sql, &begun)?;
        log.wake_within(SETTLE_AFTER_MS).await?;
        Ok(None)
    }

    async fn erase_person(&self, person: String) -> worker::Result<u64> {
        let log = self.opened()?;
        let erased = summaries::erase_person(log, &person)?;
        log.wake_within(0).await?;
        Ok(erased)
    }

    fn opened(&self) -> worker::Result<&Rc<Log>> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the log cannot open: {error}")))
    }
}

fn figures(log: &Log) -> worker::Result<LogFigures> {
    Ok(LogFigures {
        entries: log.size()?,
        commits: log.commits.get(),
        rows_written: log.rows_written.get(),
        bytes: log.sql.database_size() as u64,
    })
}
