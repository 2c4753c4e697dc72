//! A bound on waiting.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::Delay;

/// The time was over first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedOut;

/// `setTimeout` takes 2^31 ms and fires at once for more; nothing here waits
/// longer than this.
const LONGEST: Duration = Duration::from_secs(600);

/// Waits for `work`, but not longer than `time`; then `work` is dropped.
///
/// # Errors
/// [`TimedOut`].
pub async fn within<F: Future>(time: Duration, work: F) -> Result<F::Output, TimedOut> {
    match select(pin!(work), Delay::from(time.min(LONGEST))).await {
        Either::Left((output, _)) => Ok(output),
        Either::Right(_) => Err(TimedOut),
    }
}
