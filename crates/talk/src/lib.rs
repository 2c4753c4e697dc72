//! Work that may say something before it answers.
//!
//! In scope: running a future together with the channel on which it talks, so
//! that whatever was said comes before the answer, and so that work that says
//! nothing needs no stream. Connectors talk to the gateway in this way, and the
//! gateway to clients.
//! Out of scope: what is said, and how it goes over a wire.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{
    stream::{self, Stream, StreamExt},
    task::AtomicWaker,
};

/// Where work says something. Whether anybody listens makes no difference to it.
#[derive(Debug)]
pub struct Mouth<S>(Option<UnboundedSender<S>>);

/// One turn of a talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn<S, A> {
    /// Something was said.
    Said(S),
    /// The answer; nothing follows.
    Answer(A),
}

/// Work in progress. Dropping it drops the work.
///
/// A talk may be polled by one task at first and by another later: by whoever
/// waits for the first turn, then by the stream of the others. Not every future
/// minds that its waker has changed (timers of the Workers runtime keep their
/// first one), so the work only ever sees one waker, which wakes whoever polls.
pub struct Talk<S, A> {
    waker: Arc<Whoever>,
    said: UnboundedReceiver<S>,
    work: Work<A>,
}

#[derive(Default)]
struct Whoever(AtomicWaker);

impl Wake for Whoever {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

enum Work<A> {
    Running(Pin<Box<dyn Future<Output = A>>>),
    Done(Option<A>),
}

impl<S> Clone for Mouth<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Mouth<S> {
    /// For work that nobody listens to.
    #[must_use]
    pub fn unheard() -> Self {
        Self(None)
    }

    /// Says something.
    pub fn say(&self, said: S) {
        if let Some(sender) = &self.0 {
            // The listener may be gone; the work goes on.
            let _ = sender.unbounded_send(said);
        }
    }
}

impl<S: 'static, A: 'static> Talk<S, A> {
    /// Begins work. Nothing happens until a turn is waited for.
    pub fn begin<F: Future<Output = A> + 'static>(work: impl FnOnce(Mouth<S>) -> F) -> Self {
        let (sender, said) = unbounded();
        Self {
            waker: Arc::default(),
            said,
            work: Work::Running(Box::pin(work(Mouth(Some(sender))))),
        }
    }

    /// The next turn; `None` after the answer.
    pub async fn next(&mut self) -> Option<Turn<S, A>> {
        poll_fn(|context| {
            self.waker.0.register(context.waker());
            let waker = Waker::from(Arc::clone(&self.waker));
            self.poll_next(&mut Context::from_waker(&waker))
        })
        .await
    }

    /// All turns that are left.
    pub fn into_stream(self) -> impl Stream<Item = Turn<S, A>> + 'static {
        stream::unfold(self, |mut talk| async move {
            let turn = talk.next().await;
            turn.map(|turn| (turn, talk))
        })
    }

    fn poll_said(&mut self, context: &mut Context<'_>) -> Poll<Option<Turn<S, A>>> {
        match self.said.poll_next_unpin(context) {
            Poll::Ready(Some(said)) => Poll::Ready(Some(Turn::Said(said))),
            _ => Poll::Pending,
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Turn<S, A>>> {
        loop {
            if let Poll::Ready(Some(said)) = self.said.poll_next_unpin(context) {
                return Poll::Ready(Some(Turn::Said(said)));
            }
            match &mut self.work {
                Work::Done(answer) => return Poll::Ready(answer.take().map(Turn::Answer)),
                Work::Running(work) => match work.as_mut().poll(context) {
                    Poll::Ready(answer) => self.work = Work::Done(Some(answer)),
                    // What it said just now is there already.
                    Poll::Pending => return self.poll_said(context),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future};

    use super::*;

    #[test]
    fn silent_work_answers_first() {
        let mut talk = Talk::<(), u8>::begin(|_| future::ready(1));
        assert_eq!(talk.next().now_or_never(), Some(Some(Turn::Answer(1))));
        assert_eq!(talk.next().now_or_never(), Some(None));
    }

    #[test]
    fn whatever_was_said_comes_before_the_answer() {
        let talk = Talk::begin(|mouth| async move {
            mouth.say("a");
            let other = mouth.clone();
            future::ready(()).await;
            other.say("b");
            2
        });
        let turns: Vec<_> = talk.into_stream().collect().now_or_never().unwrap();
        assert_eq!(turns, [Turn::Said("a"), Turn::Said("b"), Turn::Answer(2)]);
    }

    /// A future that keeps the waker of its first poll, as some timers do.
    #[test]
    fn work_that_keeps_its_first_waker_wakes_whoever_polls_now() {
        use std::sync::{Mutex, atomic::AtomicUsize, atomic::Ordering};

        #[derive(Default)]
        struct Woken(AtomicUsize);
        impl Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
        let keeping = Arc::clone(&kept);
        let mut talk = Talk::<(), ()>::begin(|_| {
            poll_fn(move |context| {
                let mut kept = keeping.lock().unwrap();
                kept.get_or_insert_with(|| context.waker().clone());
                Poll::Pending
            })
        });
        let (first, second) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
        for task in [&first, &second] {
            let waker = Waker::from(Arc::clone(task));
            let mut turn = Box::pin(talk.next());
            let polled = turn.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        kept.lock().unwrap().take().unwrap().wake();
        assert_eq!(first.0.load(Ordering::Relaxed), 0);
        assert_eq!(second.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn work_that_waits_can_be_heard_meanwhile() {
        let mut talk = Talk::<_, ()>::begin(|mouth| async move {
            mouth.say("a");
            future::pending().await
        });
        assert_eq!(talk.next().now_or_never(), Some(Some(Turn::Said("a"))));
        assert_eq!(talk.next().now_or_never(), None);
    }
}
