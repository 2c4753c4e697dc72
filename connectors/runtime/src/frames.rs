//! What a connector says before its answer.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, Stream, StreamExt};
use lango_connector_kit::{CallAnswer, Frame};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Takes what a connector says while it works. Whether anybody listens makes no
/// difference to it.
pub struct FrameSender(Option<UnboundedSender<Frame>>);

impl FrameSender {
    /// For a call that nobody listens to.
    #[must_use]
    pub fn to_nobody() -> Self {
        Self(None)
    }

    /// Says something.
    pub fn send(&self, frame: Frame) {
        if let Some(sender) = &self.0 {
            // The listener may be gone; the work goes on.
            let _ = sender.send(frame);
        }
    }
}

/// How a call came out.
pub(crate) enum Outcome<S> {
    /// It had nothing to say before its answer.
    Whole(CallAnswer),
    /// It said something first; the last frame is the answer.
    Frames(S),
}

/// Runs a call until it answers or says something.
pub(crate) async fn run<F: Future<Output = CallAnswer> + 'static>(
    work: impl FnOnce(FrameSender) -> F,
) -> Outcome<impl Stream<Item = Frame> + 'static> {
    let (sender, said) = unbounded_channel();
    let work: Work = Box::pin(work(FrameSender(Some(sender))));
    let mut rest = Rest {
        said,
        work: Progress::Working(work),
    };
    match rest.next().await {
        Some(Frame::Answer(answer)) => Outcome::Whole(answer),
        first => Outcome::Frames(stream::iter(first).chain(rest.into_stream())),
    }
}

type Work = Pin<Box<dyn Future<Output = CallAnswer>>>;

enum Progress {
    Working(Work),
    Answered(Option<CallAnswer>),
}

struct Rest {
    said: UnboundedReceiver<Frame>,
    work: Progress,
}

impl Rest {
    fn into_stream(self) -> impl Stream<Item = Frame> {
        stream::unfold(self, |mut rest| async move {
            let frame = rest.next().await;
            frame.map(|frame| (frame, rest))
        })
    }

    async fn next(&mut self) -> Option<Frame> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Whatever was said comes before the answer.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Frame>> {
        loop {
            if let Poll::Ready(Some(frame)) = self.said.poll_recv(context) {
                return Poll::Ready(Some(frame));
            }
            match &mut self.work {
                Progress::Answered(answer) => return Poll::Ready(answer.take().map(Frame::Answer)),
                Progress::Working(work) => match work.as_mut().poll(context) {
                    Poll::Ready(answer) => self.work = Progress::Answered(Some(answer)),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use lango_connector_kit::{Changed, Progress as Report};
    use serde_json::json;

    use super::*;

    fn answer() -> CallAnswer {
        CallAnswer::Result(json!({}))
    }

    fn report(progress: f64) -> Frame {
        Frame::Progress(Report {
            progress,
            total: None,
            message: None,
        })
    }

    #[test]
    fn a_call_that_says_nothing_is_whole() {
        let outcome = run(|_| async { answer() }).now_or_never().unwrap();
        assert!(matches!(outcome, Outcome::Whole(CallAnswer::Result(_))));
    }

    #[test]
    fn what_is_said_comes_before_the_answer() {
        let outcome = run(|frames| async move {
            frames.send(report(0.0));
            futures_util::future::ready(()).await;
            frames.send(Frame::Changed(Changed::Tools));
            answer()
        });
        let Outcome::Frames(frames) = outcome.now_or_never().unwrap() else {
            panic!("whole");
        };
        let frames: Vec<_> = frames.collect().now_or_never().unwrap();
        let expected = [
            report(0.0),
            Frame::Changed(Changed::Tools),
            Frame::Answer(answer()),
        ];
        assert_eq!(frames, expected);
    }
}
