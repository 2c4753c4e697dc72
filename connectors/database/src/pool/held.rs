//! A login while a call has it, and what becomes of it afterwards.

use std::rc::Rc;

use super::{
    AFTERMATH, ANSWER, FAREWELL, Login, Verdict,
    store::{Opened, Place, bounded},
};

/// A login in the hands of a call. Dropped without a word (the deadline has passed, or the
/// caller has gone), it is stopped on the server and closed.
pub(super) struct Held<L: Login>(Option<(Opened<L>, Place<L>)>);

impl<L: Login> Held<L> {
    pub(super) fn new(opened: Opened<L>, place: Option<Place<L>>) -> Self {
        Self(place.map(|place| (opened, place)))
    }

    pub(super) fn login(&mut self) -> Option<&mut L> {
        self.0.as_mut().map(|(opened, _)| &mut opened.login)
    }

    /// Drops what had broken off, and keeps its place.
    pub(super) fn replace(mut self) -> Option<Place<L>> {
        self.0.take().map(|(_, place)| place)
    }

    /// Gives it back. Nobody waits for what follows.
    pub(super) fn release(mut self, verdict: Verdict) {
        let Some((mut opened, place)) = self.0.take() else {
            return;
        };
        let store = Rc::clone(place.store());
        let sleep = |time| store.platform().sleep(time);
        let answered = sleep(ANSWER);
        let (to_reset, to_leave) = (sleep(AFTERMATH), sleep(FAREWELL));
        store.platform().spawn(Box::pin(async move {
            // The answer goes first: the server would take its processor time now.
            answered.await;
            if verdict == Verdict::Reusable
                && place.keeps(&opened)
                && bounded(to_reset, opened.login.reset()).await == Some(true)
                && place.keeps(&opened)
            {
                place.put_back(opened);
            } else {
                bounded(to_leave, opened.login.close()).await;
                drop(place);
            }
        }));
    }
}

impl<L: Login> Drop for Held<L> {
    fn drop(&mut self) {
        let Some((opened, place)) = self.0.take() else {
            return;
        };
        let store = Rc::clone(place.store());
        let over = store.platform().sleep(AFTERMATH);
        store.platform().spawn(Box::pin(async move {
            bounded(over, opened.login.cancel()).await;
            drop(place);
        }));
    }
}
