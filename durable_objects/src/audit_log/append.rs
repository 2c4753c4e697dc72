//! Group commit. A lone append is written at once. What arrives while a commit is being
//! made durable waits and then goes in one commit, under one checkpoint.

use std::rc::Rc;

use tokio::sync::oneshot;
use worker::{State, console_error};

use super::{
    commit::{Arrival, commit},
    hooks,
    log::{Log, Waiting},
};

/// More are left for the commit after.
const MOST_AT_ONCE: usize = 200;

/// Appends, and answers when it is durable.
pub(super) async fn append(log: &Rc<Log>, state: &State, arrival: Arrival) -> worker::Result<()> {
    let (told, answer) = oneshot::channel();
    let waiting = Waiting { arrival, told };
    log.waiting.borrow_mut().push(waiting);
    if !log.committing.replace(true) {
        // Its own answer must not wait until nobody comes any more.
        state.wait_until(commit_all(Rc::clone(log)));
    }
    let answer = answer.await;
    answer
        .unwrap_or_else(|_| Err("the commit was given up".to_owned()))
        .map_err(worker::Error::RustError)
}

/// One commit after the other until nobody waits.
async fn commit_all(log: Rc<Log>) {
    let log = Committing(log);
    loop {
        let group = next(&log.0);
        if group.is_empty() {
            return;
        }
        commit_group(&log.0, group).await;
    }
}

fn next(log: &Log) -> Vec<Waiting> {
    let mut waiting = log.waiting.borrow_mut();
    let count = waiting.len().min(MOST_AT_ONCE);
    waiting.drain(..count).collect()
}

async fn commit_group(log: &Log, group: Vec<Waiting>) {
    let (arrivals, told): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|waiting| (waiting.arrival, waiting.told))
        .unzip();
    let mut results = match commit(log, &arrivals) {
        Ok(records) => {
            hooks::appended(log, &records);
            vec![Ok(()); arrivals.len()]
        }
        Err(error) if arrivals.len() == 1 => vec![Err(error.to_string())],
        // One that cannot be written is not to hold up the others.
        Err(_) => arrivals.iter().map(|arrival| alone(log, arrival)).collect(),
    };
    if let Err(error) = log.storage.sync().await {
        results = vec![Err(error.to_string()); arrivals.len()];
    }
    for (result, told) in results.into_iter().zip(told) {
        if let Err(problem) = &result {
            console_error!("the log of {} was not appended to: {problem}", log.name);
        }
        // Whoever asked may be gone.
        let _ = told.send(result);
    }
}

fn alone(log: &Log, arrival: &Arrival) -> Result<(), String> {
    let records = commit(log, core::slice::from_ref(arrival)).map_err(|error| error.to_string())?;
    hooks::appended(log, &records);
    Ok(())
}

/// However it ends, the next append begins again.
struct Committing(Rc<Log>);

impl Drop for Committing {
    fn drop(&mut self) {
        self.0.committing.set(false);
    }
}
