//! What a pool asks of where it runs.

use std::{rc::Rc, time::Duration};

use futures_util::future::LocalBoxFuture;
use worker::{Date, Delay, State};

/// A clock, and work that nobody waits for.
pub trait Platform {
    /// Now, in milliseconds.
    fn now_ms(&self) -> u64;

    /// Ends after some time.
    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()>;

    /// Runs something to its end, whoever waits.
    fn spawn(&self, work: LocalBoxFuture<'static, ()>);
}

/// A Durable Object lives as long as its work.
impl Platform for Rc<State> {
    fn now_ms(&self) -> u64 {
        Date::now().as_millis()
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(Delay::from(time))
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        self.wait_until(work);
    }
}
