//! What is read of the log is taken in: counted, and held against the rules.

use std::collections::BTreeMap;

use lango_anomaly::{Alert, AlertPolicy, Memory, Observed, subject};
use lango_audit_log::{Counts, LeafHash, LoggedEntry};

use super::{
    check::Checked,
    client::CheckState,
    rows::{Rows, Watch},
};

/// What is not as it was read before, in words of the code's own.
const PROBLEM_ENTRY: &str = "entry";
const PROBLEM_GAP: &str = "gap";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often an alert about the same problem of the log is raised.
const CHECK_QUIET_MS: i64 = DAY_MS;

/// Takes entries in that follow what was read. All of it commits together; entries that
/// were read already are left out, so reading twice changes nothing.
pub(super) fn take(rows: &Rows, entries: &[LoggedEntry], now_ms: i64) -> worker::Result<()> {
    let (mut watch, policy) = (rows.watch()?, rows.policy()?.0.policy);
    let mut memories = BTreeMap::<String, Memory>::new();
    let mut raised = Vec::new();
    let mut problem = None;
    for entry in entries {
        let size = watch.frontier.size();
        if entry.index < size {
            continue;
        }
        if entry.index > size {
            problem = Some(PROBLEM_GAP);
            break;
        }
        if is_changed(entry) {
            problem = Some(PROBLEM_ENTRY);
        }
        if watch.frontier.push(entry.hash).is_err() {
            break;
        }
        if entry.index >= watch.taken {
            watch.taken = entry.index + 1;
            raised.extend(observe(
                rows,
                &policy,
                &mut watch,
                &mut memories,
                (entry, now_ms),
            )?);
        }
    }
    for (subject, memory) in &memories {
        rows.set_memory(subject, memory)?;
    }
    if let Some(problem) = problem {
        watch.check.problem = Some(problem.to_owned());
        raised.extend(about_check(&mut watch, &policy, problem, now_ms));
    }
    for alert in &raised {
        watch.totals.add_alert(alert.rule.name());
        rows.raise(alert, &policy, now_ms)?;
    }
    watch.is_unreported = true;
    sweep(rows, &mut watch, now_ms)?;
    rows.set_watch(&watch)
}

/// What the gates have received so far, as the log has it: it only grows.
pub(super) fn received(rows: &Rows, received: Counts) -> worker::Result<()> {
    let mut watch = rows.watch()?;
    if watch.totals.set_received(received) {
        watch.is_unreported = true;
        rows.set_watch(&watch)?;
    }
    Ok(())
}

/// Writes down what a check has found, and raises an alert about it.
pub(super) fn checked(rows: &Rows, checked: &Checked, now_ms: i64) -> worker::Result<CheckState> {
    let (mut watch, policy) = (rows.watch()?, rows.policy()?.0.policy);
    // What was wrong with an entry stays wrong until the watch begins anew.
    let earlier = watch
        .check
        .problem
        .take()
        .filter(|problem| [PROBLEM_ENTRY, PROBLEM_GAP].contains(&problem.as_str()));
    watch.check = CheckState {
        at_ms: now_ms,
        size: checked.size,
        problem: earlier.or(checked.problem.map(str::to_owned)),
    };
    let problem = watch.check.problem.clone();
    watch.totals.add_checkpoint_check(problem.is_none());
    watch.is_unreported = true;
    let alert = problem.and_then(|problem| about_check(&mut watch, &policy, &problem, now_ms));
    if let Some(alert) = &alert {
        watch.totals.add_alert(alert.rule.name());
        rows.raise(alert, &policy, now_ms)?;
    }
    rows.set_watch(&watch)?;
    Ok(watch.check)
}

/// The alert about a log that does not verify, unless there was one today.
fn about_check(
    watch: &mut Watch,
    policy: &AlertPolicy,
    problem: &str,
    now_ms: i64,
) -> Option<Alert> {
    let is_quiet = watch
        .check_raised_ms
        .is_some_and(|raised| now_ms - raised < CHECK_QUIET_MS);
    if is_quiet || !policy.checkpoint.enabled {
        return None;
    }
    watch.check_raised_ms = Some(now_ms);
    Some(Alert::of_checkpoint(now_ms, problem, watch.frontier.size()))
}

fn observe(
    rows: &Rows,
    policy: &AlertPolicy,
    watch: &mut Watch,
    memories: &mut BTreeMap<String, Memory>,
    (entry, now_ms): (&LoggedEntry, i64),
) -> worker::Result<Vec<Alert>> {
    // What was pruned before it was read, or cannot be read, teaches nothing.
    let Ok(Some(record)) = entry.record() else {
        return Ok(Vec::new());
    };
    watch.totals.add(&record);
    let subject = subject(&record);
    let memory = match memories.get_mut(subject) {
        Some(memory) => memory,
        None => {
            let stored = rows.memory(subject)?;
            memories.entry(subject.to_owned()).or_insert(stored)
        }
    };
    let observed = Observed {
        index: entry.index,
        record: &record,
        now_ms,
    };
    Ok(memory.observe(&observed, policy))
}

/// The text of an entry does not have its hash.
fn is_changed(entry: &LoggedEntry) -> bool {
    entry
        .leaf
        .as_deref()
        .is_some_and(|leaf| LeafHash::of_leaf(leaf) != entry.hash)
}

fn sweep(rows: &Rows, watch: &mut Watch, now_ms: i64) -> worker::Result<()> {
    let day = now_ms.div_euclid(DAY_MS);
    if day > watch.swept_day {
        watch.swept_day = day;
        rows.sweep(day)?;
    }
    Ok(())
}
