//! What follows a commit. Nobody waits for it, and nothing of it can undo the commit.

use lango_audit_log::Record;
use worker::{Date, console_error, wasm_bindgen_futures::spawn_local};

use super::log::Log;
use crate::{alerts::AlertsClient, audit_stream::AuditStreamClient, exchange::Unreachable};

/// Whoever watches the log reads it two seconds after it was told, and a stream looks again
/// two seconds after it has sent something: what comes in within a second needs no telling.
const TOLD_EVERY_MS: u64 = 1_000;
/// A stream with nothing to do reads the log at least once a minute. One that does not is
/// paused, waits for its receiver, or is not there: telling it would be of no use, and
/// would make an object for a tenant that streams nothing.
const FOLLOWED_FOR_MS: u64 = 150_000;

/// These records are in the log now.
pub(super) fn appended(log: &Log, records: &[Record]) {
    let now_ms = Date::now().as_millis();
    let was_told = now_ms.saturating_sub(log.told_ms.get()) < TOLD_EVERY_MS;
    if records.is_empty() || log.is_platform() || was_told {
        return;
    }
    log.told_ms.set(now_ms);
    let alerts = AlertsClient::of_log(&log.env, &log.name);
    tell(async move { alerts?.appended().await });
    if now_ms.saturating_sub(log.followed_ms.get()) < FOLLOWED_FOR_MS {
        let stream = AuditStreamClient::of_log(&log.env, &log.name);
        tell(async move { stream?.grown().await });
    }
}

fn tell(telling: impl Future<Output = Result<(), Unreachable>> + 'static) {
    spawn_local(async move {
        if let Err(unreachable) = telling.await {
            // The next commit tells it all, and a stream looks by itself.
            console_error!("whoever reads a log was not told: {unreachable}");
        }
    });
}
