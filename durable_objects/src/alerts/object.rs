//! The `Alerts` object: reads a tenant's audit log as it grows, counts it, holds it against
//! the rules, checks its checkpoints, and delivers what is to be told.
//!
//! **Atomicity.** What is read, what is remembered of it, the alerts that it raises and
//! their deliveries are written by synchronous statements with no `await` between them, so
//! they commit together: each entry is taken in once, whatever is read twice. The log only
//! says that it has grown, and is not kept waiting; if that is lost, the next time says so
//! too. A delivery is a row before its first attempt, and the alarm is set before an attempt
//! begins: an alert arrives at least once, under the same identifier each time.
//!
//! **Tables.** `watch(only, state)`, `policy(only, document, version, secrets)`,
//! `memories(subject, memory, last_day)`, `alerts(id, alert)`, `deliveries(alert, channel,
//! target, …)`: see [`super::rows`].
//!
//! **Messages.** `POST /appended`: `()` → `()`. `POST /list`: `Below` → `AlertsPage`. `POST
//! /policy`: `()` → `StoredAlertPolicy`. `POST /set-policy`: `SetPolicy` → the new version,
//! or none. `POST /new-secret`: `()` → a random number. `POST /test`: `()` → `StoredAlert`.
//! `POST /check`: whether to begin anew → `CheckState`. `POST /not-archived`: `NotArchived`
//! → `()`. `POST /erase`: `()` → `()`.

use std::cell::Cell;

use futures_util::{StreamExt as _, stream};
use lango_anomaly::Alert;
use lango_audit_log::tree::Frontier;
use lango_identity::TenantScope;
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    check,
    client::{
        Below, CheckState, NotArchived, PATH_APPENDED, PATH_CHECK, PATH_ERASE, PATH_LIST,
        PATH_NEW_SECRET, PATH_NOT_ARCHIVED, PATH_POLICY, PATH_SET_POLICY, PATH_TEST, SetPolicy,
        StoredAlert,
    },
    delivery::Courier,
    rows::Rows,
    watch,
};
use crate::{
    audit_log::AuditLogClient,
    exchange::{Unreachable, answer, question},
    metrics::MetricsClient,
};

/// How long after the log has grown it is read: what comes in meanwhile is read with it.
const READ_AFTER_MS: i64 = 2_000;
/// How many entries are read at once, and how often in one event. Few at once: on plain
/// workerd whoever calls waits while they are taken in.
const READ_AT_ONCE: u32 = 100;
const READS: u32 = 40;
/// How often totals are reported.
const REPORT_EVERY_MS: i64 = 15_000;
/// How often the log is checked while it grows, and at least.
const CHECK_EVERY_MS: i64 = 10 * 60_000;
const CHECK_AT_LEAST_MS: i64 = 24 * 60 * 60_000;
/// How many deliveries are tried in one event, and at once.
const TRIED: u32 = 16;
const CONCURRENTLY: usize = 4;
/// After something went wrong.
const RETRY_AFTER_MS: i64 = 5_000;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct Alerts {
    state: State,
    env: Env,
    opened: Result<Opened, String>,
    /// When the alarm goes off, as far as this instance knows.
    alarm_ms: Cell<Option<i64>>,
    /// The log has grown since it was last read.
    has_grown: Cell<bool>,
}

struct Opened {
    scope: TenantScope,
    rows: Rows,
}

impl DurableObject for Alerts {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state).map_err(|error| error.to_string());
        Self {
            state,
            env,
            opened,
            alarm_ms: Cell::new(None),
            has_grown: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let rows = &self.opened()?.rows;
        match request.path().as_str() {
            PATH_APPENDED => answer(&self.appended().await?),
            PATH_LIST => {
                let below: Below = question(&mut request).await?;
                answer(&rows.list(below.id, below.limit)?)
            }
            PATH_POLICY => answer(&rows.policy()?.0),
            PATH_SET_POLICY => answer(&self.set_policy(question(&mut request).await?)?),
            PATH_NEW_SECRET => answer(&self.new_secret()?),
            PATH_TEST => answer(&self.test().await?),
            PATH_CHECK => answer(&self.check_now(question(&mut request).await?).await?),
            PATH_NOT_ARCHIVED => answer(&self.not_archived(&question(&mut request).await?).await?),
            PATH_ERASE => answer(&self.erase().await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.alarm_ms.set(None);
        // Before anything can fail: what fails is tried again.
        self.wake_at(now_ms() + RETRY_AFTER_MS).await?;
        let has_more = self.read().await.unwrap_or_else(|problem| {
            console_error!("a watch waits: {problem}");
            self.has_grown.set(true);
            false
        });
        self.deliver().await?;
        if let Err(unreachable) = self.check_if_due().await {
            console_error!("a check waits: {unreachable}");
        }
        self.report_if_due().await?;
        self.sleep(has_more).await?;
        Response::empty()
    }
}

impl Alerts {
    async fn appended(&self) -> worker::Result<()> {
        self.has_grown.set(true);
        self.wake_at(now_ms() + READ_AFTER_MS).await
    }

    /// Reads on; whether there is more.
    async fn read(&self) -> worker::Result<bool> {
        self.has_grown.set(false);
        let opened = self.opened()?;
        let log = AuditLogClient::of(&self.env, &opened.scope).map_err(failed)?;
        let received = log.received().await.map_err(failed)?;
        watch::received(&opened.rows, received)?;
        for _ in 0..READS {
            let size = opened.rows.watch()?.frontier.size();
            let entries = log.above(size, READ_AT_ONCE).await.map_err(failed)?;
            if !entries.is_empty() {
                watch::take(&opened.rows, &entries, now_ms())?;
            }
            let has_advanced = opened.rows.watch()?.frontier.size() > size;
            if entries.len() < READ_AT_ONCE as usize || !has_advanced {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries the deliveries that are due, a few at once.
    async fn deliver(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        let now_ms = now_ms();
        let due = opened.rows.due(now_ms, TRIED)?;
        if due.is_empty() {
            return Ok(());
        }
        let (policy, secrets) = opened.rows.policy()?;
        let courier = Courier {
            env: &self.env,
            tenant: opened.scope.tenant().as_str(),
            policy: &policy,
            secrets: &secrets,
            now_ms,
        };
        let mut tried = Vec::new();
        for due in due {
            if let Some(alert) = opened.rows.alert(due.alert)? {
                tried.push((due, alert));
            }
        }
        let courier = &courier;
        let ended: Vec<_> = stream::iter(tried)
            .map(async |(due, alert)| {
                let ended = courier.deliver(&due, &alert).await;
                (due, ended)
            })
            .buffer_unordered(CONCURRENTLY)
            .collect()
            .await;
        let mut watch = opened.rows.watch()?;
        for (due, ended) in ended {
            let counted = opened.rows.attempted(&due, &ended)?;
            watch.totals.add_delivery(due.channel, counted);
        }
        watch.is_unreported = true;
        opened.rows.set_watch(&watch)
    }

    /// What was never set has no row: version 0.
    fn set_policy(&self, set: SetPolicy) -> worker::Result<Option<i64>> {
        let rows = &self.opened()?.rows;
        let (mut stored, mut secrets) = rows.policy()?;
        if stored.version != set.version {
            return Ok(None);
        }
        if set.policy.webhook.is_some() && secrets.is_empty() {
            // What is sent is signed from the first message on.
            secrets.add(random()?, now_ms());
        }
        stored.policy = set.policy;
        stored.version += 1;
        rows.set_policy(&stored, &secrets)?;
        Ok(Some(stored.version))
    }

    fn new_secret(&self) -> worker::Result<[u8; 32]> {
        let rows = &self.opened()?.rows;
        let (stored, mut secrets) = rows.policy()?;
        let random = random()?;
        secrets.add(random, now_ms());
        rows.set_policy(&stored, &secrets)?;
        Ok(random)
    }

    async fn test(&self) -> worker::Result<StoredAlert> {
        let rows = &self.opened()?.rows;
        let now_ms = now_ms();
        let id = self.raise(&Alert::of_test(now_ms))?;
        self.wake_at(now_ms).await?;
        let stored = rows.alert(id)?;
        stored.ok_or_else(|| worker::Error::RustError("the alert is gone".to_owned()))
    }

    /// The log says when: it knows since when it waits.
    async fn not_archived(&self, told: &NotArchived) -> worker::Result<()> {
        let rows = &self.opened()?.rows;
        let (
            NotArchived {
                code,
                position,
                failures,
            },
            now_ms,
        ) = (told, now_ms());
        let alert = Alert::of_archive(now_ms, code, *position, *failures);
        if rows.policy()?.0.policy.is_on(alert.rule) {
            self.raise(&alert)?;
            self.wake_at(now_ms).await?;
        }
        Ok(())
    }

    fn raise(&self, alert: &Alert) -> worker::Result<u64> {
        let rows = &self.opened()?.rows;
        let mut watch = rows.watch()?;
        watch.totals.add_alert(alert.rule.name());
        watch.is_unreported = true;
        rows.set_watch(&watch)?;
        rows.raise(alert, &rows.policy()?.0.policy, now_ms())
    }

    async fn check_now(&self, begin_anew: bool) -> worker::Result<CheckState> {
        let rows = &self.opened()?.rows;
        if begin_anew {
            let mut watch = rows.watch()?;
            watch.frontier = Frontier::default();
            watch.check = CheckState::default();
            watch.check_raised_ms = None;
            rows.set_watch(&watch)?;
        }
        self.read().await?;
        self.wake_at(now_ms() + READ_AFTER_MS).await?;
        self.check().await.map_err(failed)
    }

    async fn check_if_due(&self) -> Result<(), String> {
        let opened = self.opened().map_err(|error| error.to_string())?;
        let watch = opened.rows.watch().map_err(|error| error.to_string())?;
        let since = now_ms() - watch.check.at_ms;
        let has_grown = watch.frontier.size() > watch.check.size;
        let every = if has_grown {
            CHECK_EVERY_MS
        } else {
            CHECK_AT_LEAST_MS
        };
        if watch.frontier.size() == 0 || since < every {
            return Ok(());
        }
        self.check()
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    async fn check(&self) -> Result<CheckState, Unreachable> {
        let here = |error: worker::Error| Unreachable {
            class: "Alerts",
            reason: error.to_string(),
        };
        let opened = self.opened().map_err(here)?;
        let read = opened.rows.watch().map_err(here)?.frontier;
        let checked = check::check(&self.env, &opened.scope, &read).await?;
        watch::checked(&opened.rows, &checked, now_ms()).map_err(here)
    }

    async fn report_if_due(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        let watch = opened.rows.watch()?;
        if !watch.is_unreported || now_ms() - watch.reported_ms < REPORT_EVERY_MS {
            return Ok(());
        }
        match self.report(opened).await {
            Ok(()) => {
                let mut watch = opened.rows.watch()?;
                watch.reported_ms = now_ms();
                watch.is_unreported = false;
                opened.rows.set_watch(&watch)
            }
            Err(unreachable) => {
                console_error!("a report waits: {unreachable}");
                Ok(())
            }
        }
    }

    async fn report(&self, opened: &Opened) -> Result<(), Unreachable> {
        let watch = opened.rows.watch().map_err(|error| Unreachable {
            class: "Alerts",
            reason: error.to_string(),
        })?;
        let metrics = MetricsClient::bound(&self.env)?;
        metrics.report(&opened.scope, &watch.totals).await
    }

    /// What was counted is reported before it goes: counters do not go back.
    async fn erase(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        self.report(opened).await.map_err(failed)?;
        let metrics = MetricsClient::bound(&self.env).map_err(failed)?;
        metrics.retire(&opened.scope).await.map_err(failed)?;
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        self.alarm_ms.set(None);
        // The tables went too; this instance may live on.
        Rows::open(storage.sql()).map(drop)
    }

    /// Sets the alarm for what comes next.
    async fn sleep(&self, has_more: bool) -> worker::Result<()> {
        let opened = self.opened()?;
        let (watch, now_ms) = (opened.rows.watch()?, now_ms());
        // What is due already has just failed.
        let later = |at_ms: i64| at_ms.max(now_ms + RETRY_AFTER_MS);
        let check_ms = later(watch.check.at_ms + CHECK_AT_LEAST_MS);
        let report_ms = watch
            .is_unreported
            .then(|| later(watch.reported_ms + REPORT_EVERY_MS));
        let next = [
            has_more.then_some(now_ms),
            self.has_grown.get().then_some(now_ms + READ_AFTER_MS),
            opened.rows.next_due_ms()?,
            report_ms,
            (watch.frontier.size() > 0).then_some(check_ms),
        ];
        let next_ms = next.into_iter().flatten().min();
        self.alarm_ms.set(None);
        match next_ms {
            // Never in a circle: something may keep failing.
            Some(at_ms) => self.wake_at(at_ms.max(now_ms + 100)).await,
            None => self.state.storage().delete_alarm().await,
        }
    }

    /// Has the alarm go off then, or before.
    async fn wake_at(&self, at_ms: i64) -> worker::Result<()> {
        let now_ms = now_ms();
        if self
            .alarm_ms
            .get()
            .is_some_and(|set| set > now_ms && set <= at_ms)
        {
            return Ok(());
        }
        let delay = u64::try_from(at_ms - now_ms).unwrap_or(0);
        let delay = std::time::Duration::from_millis(delay);
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await?;
        self.alarm_ms.set(Some(at_ms));
        Ok(())
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
        Ok(Self {
            scope: TenantScope::of_running_object(&name).map_err(failed)?,
            rows: Rows::open(state.storage().sql())?,
        })
    }
}

fn random() -> worker::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}

fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
