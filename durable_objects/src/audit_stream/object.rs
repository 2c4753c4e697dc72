//! The `AuditStream` object: hands one tenant's audit log to its SIEM receivers.
//!
//! **Atomicity.** A step reads a stream's row, asks the log and then the connector, and
//! only then writes the new row, together with its dead letters, by synchronous
//! statements. Messages come in while it waits, so the row is written only if its epoch
//! is the one that was read: whoever moves a stream raises it, and what was under way
//! does not count. A step that is broken off anywhere leaves the row as it was, and its
//! entries are handed over again. The alarm is set before the steps begin; one runs at
//! a time, and steps run nowhere else.
//!
//! **Tables.** `streams(stream, state, epoch, delivered_ms)`: `lango_siem::Stream` as
//! JSON. `dead_letters(stream, first, end, why, at_ms)`: ranges of entries.
//! `dropped_letters(stream, first, end, entries)`: see [`super::letters`].
//!
//! **Messages.** `POST /begin`, `POST /resume`: a stream and an entry → `()`. `POST
//! /wake`: `()` → `()`. `POST /grown`: `()` → `()`, when the log has something new. `POST /forget`: a stream → `()`. `POST /standings`: `()` →
//! `[Standing]`. `POST /letters`: `LettersAfter` → `[Letter]`. `POST /erase`: `()` →
//! `()`, when the tenant is erased. The alarm does the steps that are due.

use std::{cell::Cell, time::Duration};

use futures_util::future::join_all;
use lango_admission::Plan;
use lango_identity::{StreamId, TenantScope};
use lango_siem::{Delivery, Found, Next};
use lango_store::{Page, StreamRow, list_streams, own_tenant};
use lango_tenancy::TenantState;
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    client::{
        From, LettersAfter, PATH_BEGIN, PATH_ERASE, PATH_FORGET, PATH_GROWN, PATH_LETTERS,
        PATH_RESUME, PATH_STANDINGS, PATH_WAKE,
    },
    rows::{Held, Rows},
    work::Work,
};
use crate::{
    exchange::{answer, question},
    sql::Store,
};

/// How long one alarm goes on.
const LONGEST_RUN_MS: u64 = 20_000;
/// When it is tried again if a run breaks off, or the store does not answer.
const RETRY_AFTER_MS: u64 = 30_000;
/// How long after the log has grown it is read: what comes in meanwhile goes with it.
const READ_AFTER_MS: u64 = 250;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct AuditStream {
    state: State,
    env: Env,
    opened: Result<Opened, String>,
    /// Somebody has asked for another run. The alarm that goes with it outlives this.
    is_asked: Cell<bool>,
}

struct Opened {
    scope: TenantScope,
    rows: Rows,
}

impl DurableObject for AuditStream {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state).map_err(|error| error.to_string());
        Self {
            state,
            env,
            opened,
            is_asked: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let rows = &self.opened()?.rows;
        match request.path().as_str() {
            PATH_BEGIN => {
                let From { stream, from } = question(&mut request).await?;
                answer(&rows.begin(&stream, from.unwrap_or(0))?)
            }
            PATH_RESUME => {
                let From { stream, from } = question(&mut request).await?;
                rows.resume(&stream, from)?;
                answer(&self.wake().await?)
            }
            PATH_GROWN => answer(&self.grown(rows).await?),
            PATH_WAKE => answer(&self.wake().await?),
            PATH_FORGET => {
                let stream: StreamId = question(&mut request).await?;
                answer(&rows.forget(&stream)?)
            }
            PATH_STANDINGS => answer(&rows.standings()?),
            PATH_LETTERS => {
                let asked: LettersAfter = question(&mut request).await?;
                answer(&rows.letters(&asked.stream, asked.after, asked.count)?)
            }
            PATH_ERASE => answer(&self.erase().await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // Before anything can fail: what breaks off is tried again.
        self.wake_in(RETRY_AFTER_MS).await?;
        // Only then is there something new: what goes off by itself is the stream's own look.
        let is_told = self.is_asked.replace(false);
        let due_ms = match self.run(is_told).await {
            Ok(due_ms) => due_ms,
            Err(problem) => {
                console_error!("streams of an audit log wait: {problem}");
                Some(now_ms() + RETRY_AFTER_MS)
            }
        };
        match due_ms {
            _ if self.is_asked.take() => self.wake_in(0).await?,
            Some(due_ms) => self.wake_in(due_ms.saturating_sub(now_ms())).await?,
            None => self.state.storage().delete_alarm().await?,
        }
        Response::empty()
    }
}

impl AuditStream {
    /// Does what is due, and says when it goes on: `None` while nothing is streamed.
    async fn run(&self, is_told: bool) -> Result<Option<u64>, String> {
        let opened = self.opened().map_err(said)?;
        let streams = self.streams(&opened.scope).await?;
        let until_ms = now_ms() + LONGEST_RUN_MS;
        let steps = streams
            .iter()
            .map(|row| self.go_on(opened, row, until_ms, is_told));
        let due = join_all(steps).await.into_iter().map(|due| {
            due.unwrap_or_else(|error| {
                console_error!("a stream of an audit log waits: {error}");
                now_ms() + RETRY_AFTER_MS
            })
        });
        Ok(due.min())
    }

    /// Those that are switched on, of a tenant that may have them.
    async fn streams(&self, scope: &TenantScope) -> Result<Vec<StreamRow>, String> {
        let store = Store::bound(&self.env).map_err(said)?;
        let tenant = own_tenant(&store, scope).await.map_err(said)?;
        let may_stream = tenant.is_some_and(|tenant| {
            matches!(tenant.plan, Plan::Business | Plan::Enterprise)
                && tenant.status == TenantState::Active
        });
        if !may_stream {
            return Ok(Vec::new());
        }
        let mut streams = list_streams(&store, scope, &Page::whole())
            .await
            .map_err(said)?
            .items;
        streams.retain(|row| row.enabled == 1);
        Ok(streams)
    }

    /// Step by step until nothing is due. Says when something is.
    async fn go_on(
        &self,
        opened: &Opened,
        row: &StreamRow,
        until_ms: u64,
        mut is_told: bool,
    ) -> worker::Result<u64> {
        let id = &row.stream_id;
        loop {
            let Some(mut held) = opened.rows.load(id)? else {
                return Ok(now_ms() + RETRY_AFTER_MS);
            };
            if std::mem::take(&mut is_told) {
                held.state.nudge(now_ms());
            }
            let now = now_ms();
            let letters = match held.state.next(now) {
                Next::Wait { until_ms } => return Ok(until_ms),
                _ if now > until_ms => return Ok(now),
                Next::Ask { receipt } => self.inquire(opened, row, &mut held, receipt).await,
                Next::Read { from, count } => {
                    self.hand_over(opened, row, &mut held, (from, count)).await
                }
            };
            // Whoever has moved the stream meanwhile is right: it is read again.
            opened.rows.keep(id, &held, &letters, now_ms())?;
        }
    }

    async fn inquire(
        &self,
        opened: &Opened,
        row: &StreamRow,
        held: &mut Held,
        receipt: String,
    ) -> Vec<lango_siem::DeadLetter> {
        let delivery = self.work(opened).inquire(row, receipt).await;
        apply(held, delivery, 0)
    }

    async fn hand_over(
        &self,
        opened: &Opened,
        row: &StreamRow,
        held: &mut Held,
        (from, count): (u64, u32),
    ) -> Vec<lango_siem::DeadLetter> {
        let work = self.work(opened);
        let entries = match work.entries(from, count).await {
            Ok(entries) => entries,
            Err(why) => return apply(held, Delivery::retry(why), 0),
        };
        let found: Vec<_> = entries
            .iter()
            .map(|entry| Found {
                index: entry.index,
                has_content: entry.leaf.is_some(),
            })
            .collect();
        let taken = held.state.take(&found, now_ms());
        let mut letters = taken.dead;
        if taken.count > 0 {
            let wanted = entries.iter().skip(taken.skipped);
            let wanted: Vec<_> = wanted
                .take(usize::try_from(taken.count).unwrap_or(usize::MAX))
                .cloned()
                .collect();
            let delivery = work.deliver(row, &wanted).await;
            letters.extend(apply(held, delivery, taken.count));
        }
        letters
    }

    fn work<'a>(&'a self, opened: &'a Opened) -> Work<'a> {
        Work {
            env: &self.env,
            scope: &opened.scope,
        }
    }

    /// The log says so up to once a second: what is on its way already, and streams that
    /// have other reasons to wait, cost nothing.
    async fn grown(&self, rows: &Rows) -> worker::Result<()> {
        if self.is_asked.get() || !rows.any_is_idle()? {
            return Ok(());
        }
        self.is_asked.set(true);
        self.wake_in(READ_AFTER_MS).await
    }

    async fn wake(&self) -> worker::Result<()> {
        self.is_asked.set(true);
        self.wake_in(0).await
    }

    async fn wake_in(&self, delay_ms: u64) -> worker::Result<()> {
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(Duration::from_millis(delay_ms)))
            .await
    }

    async fn erase(&self) -> worker::Result<()> {
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // The tables went too; this instance may live on.
        Rows::open(storage.sql()).map(drop)
    }

    fn opened(&self) -> worker::Result<&Opened> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the object cannot open: {error}")))
    }
}

impl Opened {
    fn new(state: &State) -> worker::Result<Self> {
        let name = state.id().name().unwrap_or_default();
        let scope = TenantScope::of_running_object(&name)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        Ok(Self {
            scope,
            rows: Rows::open(state.storage().sql())?,
        })
    }
}

fn apply(held: &mut Held, delivery: Delivery, handed: u32) -> Vec<lango_siem::DeadLetter> {
    let (now_ms, before) = (now_ms(), held.state.position);
    // Streams of other tenants stand elsewhere: the position keeps them apart.
    let jitter = u8::try_from((before ^ now_ms) & 0xff).unwrap_or(0);
    let letters = held.state.apply(delivery, handed, now_ms, jitter);
    let moved = held.state.position - before;
    let dead: u64 = letters.iter().map(|letter| letter.end - letter.first).sum();
    if moved > dead {
        held.delivered(now_ms);
    }
    letters
}

fn said(error: impl core::fmt::Display) -> String {
    error.to_string()
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
