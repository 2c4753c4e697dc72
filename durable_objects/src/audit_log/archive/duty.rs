//! What the alarm does for the archive: segment by segment, as long as there are entries.

use lango_admission::Plan as TenantPlan;
use lango_audit_log::archive::sha256;
use lango_identity::TenantScope;
use lango_metrics::ArchiveFigures;
use lango_store::own_tenant;
use worker::{Date, console_error};

use super::{
    super::log::Log,
    ArchiveProblem,
    made::{Made, Next, Plan},
    place::{Created, Place},
    rows::Progress,
};
use crate::{alerts::AlertsClient, metrics::MetricsClient, sql::Store};

/// How long an answer about the tenant's plan holds.
const LOOK_AGAIN_AFTER_MS: u64 = 10 * 60 * 1_000;
/// How long a segment that is not full waits for more, unless the operator says otherwise.
const EVERY_MS: u64 = 60_000;
const EVERY: &str = "LANGO_ARCHIVE_SECONDS";
/// How long one alarm goes on.
const LONGEST_RUN_MS: u64 = 20_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What a step has come to.
enum Step {
    Archived,
    /// Nothing is due for so long.
    Waits(u64),
}

impl Log {
    /// Archives what is due. Gives when to look again.
    pub(in super::super) async fn archive(&self) -> worker::Result<u64> {
        if self.is_platform() {
            return Ok(DAY_MS);
        }
        let place = Place::bound(&self.env);
        let progress = self.archive_progress()?;
        if place.is_none() && progress.is_none() {
            return Ok(DAY_MS);
        }
        let is_required = self.is_required().await?;
        if progress.is_none_or(|it| it.required != is_required) {
            self.set_required(is_required)?;
        }
        if !is_required {
            return Ok(DAY_MS);
        }
        let wait_ms = match place {
            Some(place) => self.go_on(&place).await?,
            None => {
                self.failed(&ArchiveProblem::new("not_configured", GONE))
                    .await?
            }
        };
        self.report().await;
        Ok(wait_ms)
    }

    /// Within how long an entry that was just appended is to be archived; `None` when it is
    /// not.
    pub(in super::super) fn archive_within_ms(&self) -> Option<u64> {
        if self.is_platform() || !Place::is_bound(&self.env) {
            return None;
        }
        match self.archive.required.get() {
            Some((false, at_ms)) if now_ms() < at_ms + LOOK_AGAIN_AFTER_MS => None,
            _ => Some(self.archive_every_ms()),
        }
    }

    /// Whether the tenant's plan has an archive. A tenant that is not there has none.
    async fn is_required(&self) -> worker::Result<bool> {
        if let Some((is_required, at_ms)) = self.archive.required.get()
            && now_ms() < at_ms + LOOK_AGAIN_AFTER_MS
        {
            return Ok(is_required);
        }
        let scope = TenantScope::of_running_object(&self.name).map_err(failed)?;
        let store = Store::bound(&self.env).map_err(failed)?;
        let tenant = own_tenant(&store, &scope).await.map_err(failed)?;
        let plan: Option<TenantPlan> = tenant.map(|tenant| tenant.plan);
        let is_required = plan.is_some_and(TenantPlan::has_audit_archive);
        self.archive.required.set(Some((is_required, now_ms())));
        Ok(is_required)
    }

    async fn go_on(&self, place: &Place) -> worker::Result<u64> {
        let due_ms = self.archive_progress()?.map_or(0, |it| it.due_ms);
        let now = now_ms();
        if now < due_ms {
            return Ok(due_ms - now);
        }
        let until_ms = now + LONGEST_RUN_MS;
        if let Err(problem) = self.check_newest(place).await {
            return self.failed(&problem).await;
        }
        while now_ms() < until_ms {
            match self.archive_next(place).await {
                Ok(Step::Archived) => {}
                Ok(Step::Waits(wait_ms)) => return Ok(wait_ms),
                Err(problem) => return self.failed(&problem).await,
            }
        }
        Ok(0)
    }

    async fn archive_next(&self, place: &Place) -> Result<Step, ArchiveProblem> {
        let of_log = |error: worker::Error| ArchiveProblem::of_log(&error);
        let progress = self.archive_progress().map_err(of_log)?;
        let progress = progress.unwrap_or_default();
        let plan = match self.due(&progress).map_err(of_log)? {
            Ok(plan) => plan,
            Err(wait_ms) => return Ok(Step::Waits(wait_ms)),
        };
        let made = self.make(plan)?;
        if progress.joint.is_some_and(|joint| joint != made.before) {
            let detail = "The log is another one than what was archived of it.";
            return Err(ArchiveProblem::new("log", detail));
        }
        self.put(place, &made).await?;
        self.set_archived(&made, now_ms()).map_err(of_log)?;
        Ok(Step::Archived)
    }

    /// The segment that is to be written now: the one that was planned, or the next one,
    /// which is planned first. The error is how long to wait for one.
    fn due(&self, progress: &Progress) -> worker::Result<Result<Plan, u64>> {
        let position = progress.position;
        if let Some((end, size)) = progress.planned {
            return Plan::of(position, end, size).map(Ok);
        }
        let Some(Next { plan, is_full }) = self.next_segment(position)? else {
            return Ok(Err(DAY_MS));
        };
        let archived_ms = progress.archived_ms.and_then(|ms| u64::try_from(ms).ok());
        let due_ms = archived_ms.map_or(0, |ms| ms + self.archive_every_ms());
        let now = now_ms();
        if !is_full && now < due_ms {
            return Ok(Err(due_ms - now));
        }
        self.set_planned(&plan)?;
        Ok(Ok(plan))
    }

    /// Writes a segment, unless just this one is there.
    async fn put(&self, place: &Place, made: &Made) -> Result<(), ArchiveProblem> {
        let path = made.segment.name.path(&self.name);
        let created = place.create(&path, &made.segment.text).await;
        match created.map_err(|error| unreachable_place(&error))? {
            Created::New => Ok(()),
            Created::IsThere => self.is_the_same(place, &path, &made.sha256).await,
        }
    }

    async fn is_the_same(
        &self,
        place: &Place,
        path: &str,
        digest: &str,
    ) -> Result<(), ArchiveProblem> {
        let there = place.read(path).await;
        let there = there.map_err(|error| unreachable_place(&error))?;
        let there = there.map(|bytes| sha256(&bytes));
        if there.as_deref() == Some(digest) {
            return Ok(());
        }
        let detail = format!("{path} is there, and is another one than the log's segment.");
        Err(ArchiveProblem::new("differs", detail))
    }

    /// After a start: what a loss of power has taken from a folder is written once more.
    async fn check_newest(&self, place: &Place) -> Result<(), ArchiveProblem> {
        if !place.forgets() || self.archive.is_checked.get() {
            return Ok(());
        }
        let remembered = self.remembered();
        let remembered = remembered.map_err(|error| ArchiveProblem::of_log(&error))?;
        for (plan, digest) in remembered {
            let path = plan.name.path(&self.name);
            let there = place.read(&path).await;
            let there = there.map_err(|error| unreachable_place(&error))?;
            if there.as_deref().map(sha256).as_deref() == Some(&digest) {
                continue;
            }
            let made = self.make(plan)?;
            if made.sha256 != digest {
                let detail = format!("{path} is gone, and cannot be made again.");
                return Err(ArchiveProblem::new("lost", detail));
            }
            self.put(place, &made).await?;
            console_error!("{path} was gone from the archive, and is there again");
        }
        self.archive.is_checked.set(true);
        Ok(())
    }

    /// Entries go on being appended; this is tried again.
    async fn failed(&self, problem: &ArchiveProblem) -> worker::Result<u64> {
        let ArchiveProblem { code, detail } = problem;
        console_error!("the archive of {} waits ({code}): {detail}", self.name);
        let wait_ms = self.set_failed(problem, now_ms())?;
        let progress = self.archive_progress()?.unwrap_or_default();
        if is_told(code, progress.failures) {
            let told = match AlertsClient::of_log(&self.env, &self.name) {
                Ok(alerts) => {
                    alerts
                        .not_archived(code, progress.position, progress.failures)
                        .await
                }
                Err(unreachable) => Err(unreachable),
            };
            if let Err(unreachable) = told {
                console_error!("nobody was told that an archive waits: {unreachable}");
            }
        }
        Ok(wait_ms)
    }

    /// The numbers of the deployment. Whoever does not take them is told the next time.
    async fn report(&self) {
        let Ok(Some(progress)) = self.archive_progress() else {
            return;
        };
        let now = (progress.position, progress.failures);
        if self.archive.reported.get() == Some(now) {
            return;
        }
        let figures = ArchiveFigures {
            archived: progress.position,
            waiting: self.size().unwrap_or(0).saturating_sub(progress.position),
            segments: progress.segments,
            bytes: progress.bytes,
            is_failing: progress.failures > 0,
        };
        let reported = match MetricsClient::bound(&self.env) {
            Ok(metrics) => metrics.report_archive(&self.name, &figures).await,
            Err(unreachable) => Err(unreachable),
        };
        match reported {
            Ok(()) => self.archive.reported.set(Some(now)),
            Err(unreachable) => console_error!("an archive's numbers wait: {unreachable}"),
        }
    }

    fn archive_every_ms(&self) -> u64 {
        let told = self.env.var(EVERY).ok();
        let told = told.and_then(|text| text.to_string().parse::<u64>().ok());
        told.filter(|seconds| (1..=86_400).contains(seconds))
            .map_or(EVERY_MS, |seconds| seconds * 1_000)
    }
}

const GONE: &str = "The place that this log was archived to is not bound any more: its entries \
                    are kept until it is.";

/// What may pass is told after some minutes, what somebody has to look at at once; either
/// again once a day.
fn is_told(code: &str, failures: u32) -> bool {
    // Eight minutes after the first one, and a day of one every ten minutes.
    const PATIENCE: u32 = 9;
    const A_DAY: u32 = 144;
    let first = if code == "unreachable" { PATIENCE } else { 1 };
    failures >= first && (failures - first).is_multiple_of(A_DAY)
}

fn unreachable_place(error: &str) -> ArchiveProblem {
    let detail = format!("The archive does not take the segment: {error}.");
    ArchiveProblem::new("unreachable", detail)
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
