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
    task::{Context, Poll},
};

use futures_util::stream::{self, Stream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

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
pub struct Talk<S, A> {
    said: UnboundedReceiver<S>,
    work: Work<A>,
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
            let _ = sender.send(said);
        }
    }
}

impl<S: 'static, A: 'static> Talk<S, A> {
    /// Begins work. Nothing happens until a turn is waited for.
    pub fn begin<F: Future<Output = A> + 'static>(work: impl FnOnce(Mouth<S>) -> F) -> Self {
        let (sender, said) = unbounded_channel();
        Self {
            said,
            work: Work::Running(Box::pin(work(Mouth(Some(sender))))),
        }
    }

    /// The next turn; `None` after the answer.
    pub async fn next(&mut self) -> Option<Turn<S, A>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// All turns that are left.
    pub fn into_stream(self) -> impl Stream<Item = Turn<S, A>> + 'static {
        stream::unfold(self, |mut talk| async move {
            let turn = talk.next().await;
            turn.map(|turn| (turn, talk))
        })
    }

    fn poll_said(&mut self, context: &mut Context<'_>) -> Poll<Option<Turn<S, A>>> {
        match self.said.poll_recv(context) {
            Poll::Ready(Some(said)) => Poll::Ready(Some(Turn::Said(said))),
            _ => Poll::Pending,
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Turn<S, A>>> {
        loop {
            if let Poll::Ready(Some(said)) = self.said.poll_recv(context) {
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
    use futures_util::{FutureExt, StreamExt, future};

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
