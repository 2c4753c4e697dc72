//! Event streams that an object holds open.

use futures_util::stream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use worker::{Response, ResponseBuilder};

/// Writes events to whoever reads the response.
#[derive(Clone)]
pub(crate) struct SseWriter(UnboundedSender<String>);

impl SseWriter {
    /// A writer, and the response that its events go to. The stream ends when the
    /// last writer is dropped.
    pub(crate) fn open() -> worker::Result<(Self, Response)> {
        let (sender, receiver) = unbounded_channel();
        let response = ResponseBuilder::new()
            .with_header("Content-Type", "text/event-stream")?
            .from_stream(stream::unfold(receiver, next))?;
        Ok((Self(sender), response))
    }

    /// Writes; `false` when nobody reads any more.
    pub(crate) fn write(&self, event: String) -> bool {
        self.0.send(event).is_ok()
    }

    /// Whether the reader is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

async fn next(
    mut receiver: UnboundedReceiver<String>,
) -> Option<(worker::Result<Vec<u8>>, UnboundedReceiver<String>)> {
    let event = receiver.recv().await?;
    Some((Ok(event.into_bytes()), receiver))
}
