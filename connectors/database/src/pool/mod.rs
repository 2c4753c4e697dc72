//! Connections that outlive a call.
//!
//! A [`Pool`] is part of a Durable Object, of which there is one per connection: it never
//! holds another tenant's or another connection's logins. Inside, logins are told apart by
//! a digest of everything that was signed in with, and only those of the newest
//! credentials are kept. A login serves one call at a time, and is brought back to the
//! state of a fresh sign-in before it serves the next, while nobody waits for it. What
//! broke off while it was idle is replaced by a new one without the call noticing.

mod held;
mod key;
mod platform;
mod store;
#[cfg(test)]
mod tests;

use std::{pin::pin, rc::Rc, time::Duration};

use futures_util::future::{Either, select};
use lango_connector_kit::{CallError, CallErrorCode};
use lango_connector_runtime::within;

use self::{held::Held, store::Store};
pub use self::{key::LoginKey, platform::Platform};

/// How many connections to its database a connection of a tenant has at once.
pub(crate) const AT_ONCE: usize = 8;
/// How long one that nobody uses is kept.
pub(crate) const IDLE: Duration = Duration::from_secs(60);
/// How long one is kept that is used: what stands behind a name may move.
pub(crate) const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a call waits for one to be free.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a call may take longer than the server is told: the server stops it first, in
/// words of its own.
const GRACE: Duration = Duration::from_secs(1);
/// Writing a call's answer, before anything is done about its login.
pub(crate) const ANSWER: Duration = Duration::from_millis(1);
/// Stopping what runs, or bringing a login back to its beginning.
pub(crate) const AFTERMATH: Duration = Duration::from_secs(5);
/// Saying goodbye, so that the server's log does not show a broken connection.
pub(crate) const FAREWELL: Duration = Duration::from_millis(250);

/// A connection that is signed in. It owns its stream, and is polled only while
/// something of it is awaited. Dropping it closes it.
// Workers run on one thread: no caller needs the futures to be `Send`.
#[allow(async_fn_in_trait)]
pub trait Login: 'static {
    /// Brings it back to the state of a fresh sign-in: no transaction, no setting, no
    /// lock, no temporary table of the call before. `false` if it can serve no more.
    async fn reset(&mut self) -> bool;

    /// Says goodbye.
    async fn close(self);

    /// Has the server stop what runs in it, by a second connection, and closes.
    async fn cancel(self);
}

/// What a call has left of its login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Once reset it may serve another.
    Reusable,
    /// It is to be closed.
    Spent,
    /// It had broken off before it answered anything: nothing of the call has run, so
    /// another may take its place. Only a login that has waited is taken at its word.
    Stale,
}

/// The logins of one connection.
pub struct Pool<L: Login>(Rc<Store<L>>);

impl<L: Login> Pool<L> {
    /// An empty pool.
    #[must_use]
    pub fn new(platform: Rc<dyn Platform>) -> Self {
        Self(Rc::new(Store::new(platform)))
    }
}

/// Runs a call's `work` with a login: one that waits in the pool, or a new one from
/// `sign_in`. The login is stopped and closed when the call takes longer than `time` (and
/// a little), and when this future is dropped.
///
/// # Errors
/// Those of `sign_in` and `work`; [`CallErrorCode::Unreachable`] if all logins are busy,
/// [`CallErrorCode::TimedOut`] if it took too long.
pub async fn with_login<L, T, S, W>(
    pool: Option<&Pool<L>>,
    key: LoginKey,
    time: Duration,
    sign_in: S,
    work: W,
) -> Result<T, CallError>
where
    L: Login,
    S: AsyncFn() -> Result<L, CallError>,
    W: AsyncFn(&mut L) -> (Result<T, CallError>, Verdict),
{
    let time = time.saturating_add(GRACE);
    let Some(Pool(store)) = pool else {
        return with_one_of_its_own(time, sign_in, work).await;
    };
    let (place, waiting) = store.place(key, PATIENCE).await.ok_or_else(busy)?;
    let mut place = Some(place);
    if let Some(login) = waiting {
        let mut held = Held::new(login, place.take());
        match run(store, time, held.login(), &work).await {
            None => return Err(timed_out()),
            Some((_, Verdict::Stale)) => place = held.replace(),
            Some((outcome, verdict)) => {
                held.release(verdict);
                return outcome;
            }
        }
    }
    let login = store.opened(sign_in().await?);
    let mut held = Held::new(login, place);
    let Some((outcome, verdict)) = run(store, time, held.login(), &work).await else {
        return Err(timed_out());
    };
    held.release(verdict);
    outcome
}

async fn run<L: Login, T>(
    store: &Store<L>,
    time: Duration,
    login: Option<&mut L>,
    work: &impl AsyncFn(&mut L) -> (Result<T, CallError>, Verdict),
) -> Option<(Result<T, CallError>, Verdict)> {
    let work = pin!(work(login?));
    match select(work, store.platform().sleep(time)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Where nothing outlives a call.
async fn with_one_of_its_own<L: Login, T>(
    time: Duration,
    sign_in: impl AsyncFn() -> Result<L, CallError>,
    work: impl AsyncFn(&mut L) -> (Result<T, CallError>, Verdict),
) -> Result<T, CallError> {
    let mut login = sign_in().await?;
    let outcome = within(time, work(&mut login)).await;
    let goodbye = match &outcome {
        Ok(_) => within(FAREWELL, login.close()).await,
        // There is a second of the runtime's own left to say so.
        Err(_) => within(2 * FAREWELL, login.cancel()).await,
    };
    let _ = goodbye;
    outcome.map_or_else(|_| Err(timed_out()), |(outcome, _)| outcome)
}

fn busy() -> CallError {
    CallError::new(
        CallErrorCode::Unreachable,
        format!(
            "{AT_ONCE} calls of this connection are running in its database. Try again in a moment."
        ),
    )
}

fn timed_out() -> CallError {
    CallError::new(
        CallErrorCode::TimedOut,
        "The database did not answer within the time limit, and was told to stop.",
    )
}
