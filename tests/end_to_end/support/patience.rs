//! Waiting for what comes about a moment later.

use std::time::{Duration, Instant};

/// How long at most: a busy machine is no failure, a minute without it is one.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer, and gives it.
///
/// # Panics
///
/// When there is none for a minute, with `what` was waited for.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "a minute without it: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
