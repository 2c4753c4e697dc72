//! The two streams of a socket, locked for as long as it is used.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use worker::js_sys::{Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStreamDefaultReader, WritableStreamDefaultWriter};
use worker::worker_sys;

pub(super) struct Streams {
    reader: ReadableStreamDefaultReader,
    writer: WritableStreamDefaultWriter,
    reading: Option<JsFuture>,
    /// What was read and did not fit.
    left: Vec<u8>,
    writing: Option<JsFuture>,
    closing: Option<JsFuture>,
}

impl Streams {
    pub(super) fn of(handle: &worker_sys::Socket) -> Result<Self, JsValue> {
        let reader = handle.readable()?.get_reader();
        Ok(Self {
            reader: reader.unchecked_into(),
            writer: handle.writable()?.get_writer()?,
            reading: None,
            left: Vec::new(),
            writing: None,
            closing: None,
        })
    }

    /// Gives the streams back, which is possible while nothing is under way; `false` if
    /// something is.
    pub(super) fn release(&mut self) -> bool {
        if self.reading.is_some() || !self.left.is_empty() {
            return false;
        }
        self.reader.release_lock();
        self.writer.release_lock();
        true
    }

    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left.is_empty() {
            let reading = self
                .reading
                .get_or_insert_with(|| JsFuture::from(self.reader.read()));
            let read = ready!(Pin::new(reading).poll(context));
            self.reading = None;
            match bytes(read) {
                Ok(Some(bytes)) => self.left = bytes,
                Ok(None) => return Poll::Ready(Ok(())),
                Err(_) => return Poll::Ready(Err(broken())),
            }
        }
        let here = self.left.len().min(buffer.remaining());
        buffer.put_slice(&self.left[..here]);
        self.left.drain(..here);
        Poll::Ready(Ok(()))
    }

    /// What was handed over before has been taken, or the bytes wait for it. The platform
    /// sends by itself; what goes wrong is told with the next write.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Err(error) = ready!(self.poll_written(context)) {
            return Poll::Ready(Err(error));
        }
        let chunk: JsValue = Uint8Array::from(bytes).into();
        self.writing = Some(JsFuture::from(self.writer.write_with_chunk(&chunk)));
        Poll::Ready(Ok(bytes.len()))
    }

    /// Nothing is held back here.
    #[allow(clippy::unused_self, reason = "one of four")]
    pub(super) fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_none()
            && let Err(error) = ready!(self.poll_written(context))
        {
            return Poll::Ready(Err(error));
        }
        let closing = self
            .closing
            .get_or_insert_with(|| JsFuture::from(self.writer.close()));
        let closed = ready!(Pin::new(closing).poll(context));
        self.closing = None;
        Poll::Ready(closed.map(drop).map_err(|_| broken()))
    }

    fn poll_written(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writing) = &mut self.writing else {
            return Poll::Ready(Ok(()));
        };
        let written = ready!(Pin::new(writing).poll(context));
        self.writing = None;
        Poll::Ready(written.map(drop).map_err(|_| broken()))
    }
}

/// The bytes of one read; `None` at the end.
fn bytes(read: Result<JsValue, JsValue>) -> Result<Option<Vec<u8>>, JsValue> {
    let read = read?;
    if Reflect::get(&read, &JsValue::from_str("done"))?.is_truthy() {
        return Ok(None);
    }
    let value = Reflect::get(&read, &JsValue::from_str("value"))?;
    Ok(Some(value.dyn_into::<Uint8Array>()?.to_vec()))
}

/// The platform's own words may name host and port.
fn broken() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}
