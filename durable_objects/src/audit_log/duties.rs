//! What the alarm does, and when it goes off next. Each duty stands by itself: one that
//! fails is logged, and tried again.

use std::{rc::Rc, time::Duration};

use lango_admission::SETTLE_AFTER_MS;
use lango_audit_log::Outcome;
use worker::{Date, ScheduledTime, State, console_error};

use super::{append::append, begun, client::Ended, commit::Arrival, log::Log};

/// The longest that a log is not looked after.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// When something has failed.
const RETRY_AFTER_MS: u64 = 60_000;

/// Everything that is due.
pub(super) async fn look_after(log: &Rc<Log>, state: &State) -> worker::Result<()> {
    log.alarm_ms.set(None);
    // Before anything can fail: what fails is tried again.
    log.wake_within(DAY_MS).await?;
    let mut wait_ms = DAY_MS;
    let mut next = |result: worker::Result<u64>, duty: &str| {
        wait_ms = wait_ms.min(result.unwrap_or_else(|error| {
            console_error!("in the log of {}, {duty} failed: {error}", log.name);
            RETRY_AFTER_MS
        }));
    };
    next(log.carried_over(), "carrying entries over");
    next(settle_overdue(log, state).await, "settling what is overdue");
    // Before the pass of retention, which waits for it.
    next(log.archive().await, "archiving");
    let now_ms = now_ms();
    let pruned = log.prune(i64::try_from(now_ms).unwrap_or(i64::MAX)).await;
    let pruned = pruned.map(|due| u64::try_from(due).unwrap_or(0).saturating_sub(now_ms));
    next(pruned, "pruning");
    // What was pruned has left summaries that are to be made anew.
    next(log.summarized(), "summarizing");
    next(log.witnessed().await, "being witnessed");
    log.wake_within(wait_ms).await
}

impl Log {
    /// Sees to it that what was appended is looked after: by the witness and the archive
    /// soon, where there is one, and within a day by the rest.
    pub(super) async fn wake_soon(&self) -> worker::Result<()> {
        let every_ms = u64::try_from(self.retention_every_ms()).unwrap_or(DAY_MS);
        let longest_ms = self.witnessed_every_ms().unwrap_or(DAY_MS);
        let archive_ms = self.archive_within_ms().unwrap_or(DAY_MS);
        self.wake_within(every_ms.min(longest_ms).min(archive_ms))
            .await
    }

    /// Sets the alarm unless it goes off early enough anyway: one row written.
    pub(super) async fn wake_within(&self, delay_ms: u64) -> worker::Result<()> {
        let at_ms = now_ms() + delay_ms;
        if self.alarm_ms.get().is_none() {
            let set = self.storage.get_alarm().await?;
            let set = set.and_then(|set| u64::try_from(set).ok());
            self.alarm_ms.set(set);
        }
        if self.alarm_ms.get().is_some_and(|set| set <= at_ms) {
            return Ok(());
        }
        self.alarm_ms.set(Some(at_ms));
        let delay = Duration::from_millis(delay_ms);
        self.storage.set_alarm(ScheduledTime::from(delay)).await
    }

    fn carried_over(&self) -> worker::Result<u64> {
        Ok(if self.carry_over()? { 0 } else { DAY_MS })
    }

    async fn witnessed(&self) -> worker::Result<u64> {
        let again_ms = self.witnessed_every_ms().unwrap_or(DAY_MS);
        Ok(if self.be_witnessed().await? {
            again_ms
        } else {
            DAY_MS
        })
    }

    fn summarized(&self) -> worker::Result<u64> {
        Ok(if self.summarize()? { 0 } else { DAY_MS })
    }
}

/// What never ended is logged as unknown.
async fn settle_overdue(log: &Rc<Log>, state: &State) -> worker::Result<u64> {
    for call_id in begun::overdue(&log.sql, now_ms())? {
        let ended = Ended {
            call_id,
            outcome: Outcome::unknown(0),
            answered: None,
        };
        append(log, state, Arrival::Ended(ended)).await?;
    }
    Ok(if begun::is_any(&log.sql)? {
        SETTLE_AFTER_MS
    } else {
        DAY_MS
    })
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
