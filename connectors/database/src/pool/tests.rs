//! The pool with logins that only count.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures_util::future::{LocalBoxFuture, join_all};
use lango_connector_kit::{CallError, CallErrorCode};
use tokio::{task::LocalSet, time::Instant};

use super::{AT_ONCE, IDLE, LIFETIME, Login, LoginKey, Platform, Pool, Verdict, with_login};

/// What has become of logins.
#[derive(Default)]
struct Log {
    opened: Cell<usize>,
    closed: RefCell<Vec<usize>>,
    cancelled: RefCell<Vec<usize>>,
    reset: RefCell<Vec<usize>>,
    /// Does not reset any more.
    dead: Cell<bool>,
}

struct Counted {
    number: usize,
    log: Rc<Log>,
}

impl Login for Counted {
    async fn reset(&mut self) -> bool {
        self.log.reset.borrow_mut().push(self.number);
        !self.log.dead.get()
    }

    async fn close(self) {
        self.log.closed.borrow_mut().push(self.number);
    }

    async fn cancel(self) {
        self.log.cancelled.borrow_mut().push(self.number);
    }
}

/// Time that a test moves, and tasks of its thread.
struct Tokio(Instant);

impl Platform for Tokio {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        tokio::task::spawn_local(work);
    }
}

struct Test {
    pool: Pool<Counted>,
    log: Rc<Log>,
}

const TIME: Duration = Duration::from_secs(30);

impl Test {
    async fn call<T>(
        &self,
        password: &str,
        work: impl AsyncFn(usize) -> (Result<T, CallError>, Verdict),
    ) -> Result<T, CallError> {
        let sign_in = async || {
            self.log.opened.set(self.log.opened.get() + 1);
            Ok(Counted {
                number: self.log.opened.get(),
                log: Rc::clone(&self.log),
            })
        };
        let work = async |login: &mut Counted| work(login.number).await;
        with_login(
            Some(&self.pool),
            LoginKey::of(&[password]),
            TIME,
            sign_in,
            work,
        )
        .await
    }

    /// A call that takes a while and ends well; which login it had.
    async fn simple(&self, password: &str) -> usize {
        self.call(password, async |number| {
            tokio::time::sleep(Duration::from_millis(10)).await;
            (Ok(number), Verdict::Reusable)
        })
        .await
        .unwrap()
    }

    fn counts(&self) -> (usize, usize) {
        self.pool.0.counts()
    }
}

/// What was begun in the background is done.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(3)).await;
}

fn run(test: impl AsyncFnOnce(&Test)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let it = Test {
            pool: Pool::new(Rc::new(Tokio(Instant::now()))),
            log: Rc::default(),
        };
        test(&it).await;
    });
}

fn failed() -> CallError {
    CallError::new(CallErrorCode::Rejected, "no such column")
}

#[test]
fn a_login_serves_one_call_after_another_and_is_reset_between() {
    run(async |test| {
        for _ in 0..3 {
            assert_eq!(test.simple("a").await, 1);
            settle().await;
        }
        assert_eq!(*test.log.reset.borrow(), [1, 1, 1]);
        assert_eq!(test.counts(), (1, 1));
    });
}

#[test]
fn a_call_that_fails_leaves_its_login_to_the_next() {
    run(async |test| {
        let outcome: Result<(), _> = test
            .call("a", async |_| (Err(failed()), Verdict::Reusable))
            .await;
        assert_eq!(outcome, Err(failed()));
        settle().await;
        assert_eq!(test.simple("a").await, 1);
    });
}

#[test]
fn never_more_than_so_many_and_the_others_wait() {
    run(async |test| {
        let calls = (0..3 * AT_ONCE).map(|_| test.simple("a"));
        let numbers = join_all(calls).await;
        assert_eq!(numbers.iter().max(), Some(&AT_ONCE));
        settle().await;
        assert_eq!(test.counts(), (AT_ONCE, AT_ONCE));
    });
}

#[test]
fn who_waits_too_long_is_told_so() {
    run(async |test| {
        let slow = (0..AT_ONCE).map(|_| {
            test.call("a", async |_| {
                tokio::time::sleep(Duration::from_secs(20)).await;
                (Ok(()), Verdict::Reusable)
            })
        });
        let (slow, late) = futures_util::join!(join_all(slow), async {
            settle().await;
            test.call("a", async |number| (Ok(number), Verdict::Reusable))
                .await
        });
        assert!(slow.iter().all(Result::is_ok));
        assert_eq!(late.unwrap_err().code, CallErrorCode::Unreachable);
        settle().await;
        assert_eq!(test.counts(), (AT_ONCE, AT_ONCE));
    });
}

#[test]
fn what_nobody_uses_is_closed() {
    run(async |test| {
        join_all((0..3).map(|_| test.simple("a"))).await;
        settle().await;
        assert_eq!(test.counts(), (3, 3));
        tokio::time::sleep(IDLE / 2).await;
        test.simple("a").await;
        tokio::time::sleep(IDLE / 2 + Duration::from_secs(1)).await;
        assert_eq!(test.counts(), (1, 1), "the one that was used stays");
        tokio::time::sleep(IDLE).await;
        assert_eq!(test.counts(), (0, 0));
        assert_eq!(test.log.closed.borrow().len(), 3);
    });
}

#[test]
fn none_lives_for_ever() {
    run(async |test| {
        let started = Instant::now();
        while started.elapsed() < LIFETIME + IDLE {
            test.simple("a").await;
            tokio::time::sleep(IDLE / 3).await;
        }
        assert_eq!(test.log.opened.get(), 2);
        assert_eq!(*test.log.closed.borrow(), [1]);
    });
}

#[test]
fn other_credentials_never_meet_a_login_of_these() {
    run(async |test| {
        assert_eq!(test.simple("old").await, 1);
        settle().await;
        assert_eq!(test.simple("new").await, 2);
        settle().await;
        assert_eq!(*test.log.closed.borrow(), [1], "closed at once");
        assert_eq!(test.counts(), (1, 1));
        // One that was busy meanwhile is not kept either.
        let (old, new) = futures_util::join!(test.simple("old"), async {
            settle().await;
            test.simple("new").await
        });
        assert_ne!(old, new);
        settle().await;
        assert_eq!(test.simple("new").await, new);
    });
}

#[test]
fn one_that_broke_off_while_it_waited_is_replaced_unnoticed() {
    run(async |test| {
        test.simple("a").await;
        settle().await;
        let broken = async |number| match number {
            1 => (Err(failed()), Verdict::Stale),
            _ => (Ok(number), Verdict::Reusable),
        };
        assert_eq!(test.call("a", broken).await, Ok(2));
        settle().await;
        assert_eq!(test.counts(), (1, 1));
        // A new one that breaks off is an error.
        let broken = async |_| (Err::<(), _>(failed()), Verdict::Stale);
        assert_eq!(test.call("a", broken).await, Err(failed()));
        assert_eq!(test.log.opened.get(), 3, "once, and not again");
    });
}

#[test]
fn what_cannot_be_reset_serves_no_more() {
    run(async |test| {
        test.log.dead.set(true);
        test.simple("a").await;
        settle().await;
        assert_eq!(test.counts(), (0, 0));
        assert_eq!(test.simple("a").await, 2);
    });
}

#[test]
fn a_spent_one_is_closed_and_not_reset() {
    run(async |test| {
        let spent = async |number| (Ok(number), Verdict::Spent);
        assert_eq!(test.call("a", spent).await, Ok(1));
        settle().await;
        assert_eq!(*test.log.closed.borrow(), [1]);
        assert!(test.log.reset.borrow().is_empty());
        assert_eq!(test.counts(), (0, 0));
    });
}

#[test]
fn nobody_who_waits_means_that_the_server_stops() {
    run(async |test| {
        let endless = async |_| {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            (Ok(()), Verdict::Reusable)
        };
        {
            let call = test.call("a", endless);
            let gone = tokio::time::timeout(Duration::from_secs(1), call).await;
            assert!(gone.is_err());
        }
        settle().await;
        assert_eq!(*test.log.cancelled.borrow(), [1]);
        // The same at the end of its time.
        let error = test.call("a", endless).await.unwrap_err();
        assert_eq!(error.code, CallErrorCode::TimedOut);
        settle().await;
        assert_eq!(*test.log.cancelled.borrow(), [1, 2]);
        assert_eq!(test.counts(), (0, 0));
    });
}
