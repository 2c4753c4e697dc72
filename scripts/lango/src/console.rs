//! Words for the person at the terminal: progress on standard error, answers on
//! standard output.

use std::{
    future::Future,
    io::{self, Write as _},
    time::{Duration, Instant},
};

/// Steps that end sooner say nothing.
const QUIET: Duration = Duration::from_millis(1500);
/// Longer ones give a sign of life this often.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A line on standard error.
pub(crate) fn say(line: impl AsRef<str>) {
    // A terminal that is gone is no reason to stop.
    let _ = writeln!(io::stderr(), "{}", line.as_ref());
}

/// A line on standard output.
pub(crate) fn answer(line: impl AsRef<str>) {
    let _ = writeln!(io::stdout(), "{}", line.as_ref());
}

/// Runs `work`; announces it when it takes longer than a moment.
pub(crate) async fn step<T>(title: &str, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let mut announced = false;
    let mut pause = QUIET;
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                if announced {
                    say(format!("  done in {:.1} s", started.elapsed().as_secs_f32()));
                }
                return done;
            }
            () = tokio::time::sleep(pause) => {
                if announced {
                    say(format!("  … {} s", started.elapsed().as_secs()));
                } else {
                    say(format!("▸ {title} …"));
                    announced = true;
                }
                pause = HEARTBEAT;
            }
        }
    }
}
