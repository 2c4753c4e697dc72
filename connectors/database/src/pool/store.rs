//! Who waits: logins for calls, and calls for logins.

use std::pin::pin;
use std::{cell::RefCell, collections::VecDeque, future::Future, mem, rc::Rc, time::Duration};

use futures_channel::oneshot;
use futures_util::future::{Either, LocalBoxFuture, select};

use super::{AT_ONCE, FAREWELL, IDLE, LIFETIME, Login, LoginKey, Platform};

/// The logins that wait, and how many there are in all.
pub(super) struct Store<L: Login> {
    platform: Rc<dyn Platform>,
    state: RefCell<State<L>>,
}

struct State<L> {
    /// The newest credentials: logins of others are not kept.
    key: Option<LoginKey>,
    /// The one that was used last is at the end.
    idle: Vec<Opened<L>>,
    /// The idle ones and the busy ones.
    open: usize,
    calls: VecDeque<oneshot::Sender<()>>,
    is_swept: bool,
}

/// A login, and since when it is open and idle.
pub(super) struct Opened<L> {
    pub(super) login: L,
    opened_ms: u64,
    idle_since_ms: u64,
}

/// The right to one of the logins of a pool.
pub(super) struct Place<L: Login> {
    store: Rc<Store<L>>,
    key: LoginKey,
    /// Whether a login has been put back in its place.
    is_kept: bool,
}

/// A place, and a login if one waited.
type Taken<L> = (Place<L>, Option<Opened<L>>);

impl<L: Login> Store<L> {
    pub(super) fn new(platform: Rc<dyn Platform>) -> Self {
        Self {
            platform,
            state: RefCell::new(State {
                key: None,
                idle: Vec::new(),
                open: 0,
                calls: VecDeque::new(),
                is_swept: false,
            }),
        }
    }

    pub(super) fn platform(&self) -> &dyn Platform {
        &*self.platform
    }

    /// A login that was opened just now.
    pub(super) fn opened(&self, login: L) -> Opened<L> {
        let now_ms = self.platform.now_ms();
        Opened {
            login,
            opened_ms: now_ms,
            idle_since_ms: now_ms,
        }
    }

    /// A place, and a login if one waits. `None` if none is free in time.
    pub(super) async fn place(
        self: &Rc<Self>,
        key: LoginKey,
        patience: Duration,
    ) -> Option<Taken<L>> {
        let mut over = self.platform.sleep(patience);
        loop {
            let turn = match self.take(key) {
                Ok(taken) => return Some(taken),
                Err(turn) => turn,
            };
            match select(turn, over).await {
                Either::Left((_, rest)) => over = rest,
                Either::Right(_) => return None,
            }
        }
    }

    fn take(self: &Rc<Self>, key: LoginKey) -> Result<Taken<L>, oneshot::Receiver<()>> {
        self.forget_others(key);
        let mut state = self.state.borrow_mut();
        let waiting = state.idle.pop();
        if waiting.is_none() {
            if state.open >= AT_ONCE {
                let (call, turn) = oneshot::channel();
                state.calls.push_back(call);
                return Err(turn);
            }
            state.open += 1;
        }
        let place = Place {
            store: Rc::clone(self),
            key,
            is_kept: false,
        };
        Ok((place, waiting))
    }

    /// Closes what waits that was signed in with other credentials.
    fn forget_others(&self, key: LoginKey) {
        let mut state = self.state.borrow_mut();
        if state.key == Some(key) {
            return;
        }
        state.key = Some(key);
        let others = mem::take(&mut state.idle);
        state.open -= others.len();
        drop(state);
        self.say_goodbye(others);
    }

    fn say_goodbye(&self, logins: Vec<Opened<L>>) {
        for opened in logins {
            let over = self.platform.sleep(FAREWELL);
            self.platform.spawn(Box::pin(async move {
                bounded(over, opened.login.close()).await;
            }));
        }
    }

    /// Closes what has waited too long, while anything waits.
    fn sweep(self: &Rc<Self>) {
        if mem::replace(&mut self.state.borrow_mut().is_swept, true) {
            return;
        }
        let store = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            while let Some(next) = store.close_old() {
                store.platform.sleep(next).await;
            }
        }));
    }

    /// Says when to look again; never, if nothing waits.
    fn close_old(&self) -> Option<Duration> {
        let now_ms = self.platform.now_ms();
        let waits = |opened: &Opened<L>| {
            IDLE.checked_sub(Duration::from_millis(
                now_ms.saturating_sub(opened.idle_since_ms),
            ))
            .filter(|left| !left.is_zero())
        };
        let mut state = self.state.borrow_mut();
        let (young, old) = mem::take(&mut state.idle)
            .into_iter()
            .partition::<Vec<_>, _>(|opened| waits(opened).is_some());
        state.open -= old.len();
        state.idle = young;
        let next = state.idle.iter().filter_map(waits).min();
        state.is_swept = next.is_some();
        drop(state);
        self.say_goodbye(old);
        next
    }

    fn wake_one(&self) {
        let mut state = self.state.borrow_mut();
        // Some no longer wait.
        while let Some(call) = state.calls.pop_front() {
            if call.send(()).is_ok() {
                break;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn counts(&self) -> (usize, usize) {
        let state = self.state.borrow();
        (state.idle.len(), state.open)
    }
}

/// Waits for work until the time is over; `None` if it was.
pub(super) async fn bounded<T>(
    over: LocalBoxFuture<'static, ()>,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(work), over).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

impl<L: Login> Place<L> {
    pub(super) fn store(&self) -> &Rc<Store<L>> {
        &self.store
    }

    /// Whether a login may wait in its place: not an old one, and not one of credentials
    /// that have been replaced.
    pub(super) fn keeps(&self, opened: &Opened<L>) -> bool {
        let age = self
            .store
            .platform
            .now_ms()
            .saturating_sub(opened.opened_ms);
        Duration::from_millis(age) < LIFETIME && self.store.state.borrow().key == Some(self.key)
    }

    /// Lets a login wait in its place for another call.
    pub(super) fn put_back(mut self, mut opened: Opened<L>) {
        opened.idle_since_ms = self.store.platform.now_ms();
        self.is_kept = true;
        self.store.state.borrow_mut().idle.push(opened);
        self.store.wake_one();
        self.store.sweep();
    }
}

impl<L: Login> Drop for Place<L> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.store.state.borrow_mut().open -= 1;
            self.store.wake_one();
        }
    }
}
