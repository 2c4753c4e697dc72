//! A TCP socket of the platform as the stream that `tokio-postgres` speaks over.
//!
//! `worker::Socket` panics where the platform refuses TLS or gives no streams,
//! and hides the handle that closes it. This one asks the platform itself,
//! turns every refusal into an error, closes when it is dropped, and lets the
//! [`FrameGuard`] look at every byte first.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use lango_egress::Destination;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use worker::js_sys::{JsString, Object, Reflect};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::worker_sys;

use crate::frame_guard::{Channel, FrameGuard, Violation};
use crate::settings::{Settings, Tls};

/// What the guard found, for whoever reports the error.
pub(crate) type SharedViolation = Rc<Cell<Option<Violation>>>;

/// A connected socket.
pub(crate) struct DatabaseSocket {
    /// `None` once TLS has taken the connection over.
    handle: Option<worker_sys::Socket>,
    stream: worker::Socket,
    guard: FrameGuard,
    violation: SharedViolation,
    /// The stream must not be asked again after an error: it would throw.
    broken: bool,
}

/// The platform refused. Its own words may name host and port, so they stay here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SocketError {
    #[error("the socket could not be opened")]
    Open,
    #[error("TLS could not be started")]
    Tls,
}

impl DatabaseSocket {
    /// Connects and waits until the connection stands.
    pub(crate) async fn connect(settings: &Settings<'_>) -> Result<Self, SocketError> {
        let transport = match settings.tls {
            Tls::Disable => "off",
            Tls::Prefer | Tls::Require => "starttls",
        };
        let guard = match settings.tls {
            Tls::Disable => FrameGuard::new(Channel::Plain),
            Tls::Prefer | Tls::Require => FrameGuard::with_tls_question(),
        };
        let handle = open(&settings.destination, transport).map_err(|_| SocketError::Open)?;
        let socket = Self::from_handle(handle, guard, SharedViolation::default())
            .map_err(|_| SocketError::Open)?;
        socket.opened().await.map_err(|_| SocketError::Open)?;
        Ok(socket)
    }

    /// Where the guard leaves what it found.
    pub(crate) fn violation(&self) -> SharedViolation {
        Rc::clone(&self.violation)
    }

    async fn into_tls(mut self) -> Result<Self, SocketError> {
        let plain = self.handle.take().ok_or(SocketError::Tls)?;
        let handle = plain.start_tls().map_err(|_| SocketError::Tls)?;
        let guard = FrameGuard::new(Channel::Encrypted);
        let socket =
            Self::from_handle(handle, guard, self.violation()).map_err(|_| SocketError::Tls)?;
        socket.opened().await.map_err(|_| SocketError::Tls)?;
        Ok(socket)
    }

    fn from_handle(
        handle: worker_sys::Socket,
        guard: FrameGuard,
        violation: SharedViolation,
    ) -> Result<Self, JsValue> {
        // `worker::Socket` unwraps both.
        handle.readable()?;
        handle.writable()?;
        Ok(Self {
            stream: worker::Socket::from(handle.clone()),
            handle: Some(handle),
            guard,
            violation,
            broken: false,
        })
    }

    async fn opened(&self) -> Result<(), JsValue> {
        match &self.handle {
            Some(handle) => JsFuture::from(handle.opened()?).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Lets the guard look at what was read after `before`, and takes out what
    /// it does not let pass. What came before that is still delivered.
    fn inspect(&mut self, buffer: &mut ReadBuf<'_>, before: usize) -> io::Result<()> {
        let Err(stopped) = self.guard.observe(&buffer.filled()[before..]) else {
            return Ok(());
        };
        self.violation.set(Some(stopped.violation));
        buffer.set_filled(before + stopped.after);
        match stopped.after {
            0 => Err(io::Error::other(stopped.violation)),
            _ => Ok(()),
        }
    }

    fn noting_errors<T>(&mut self, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.broken |= matches!(poll, Poll::Ready(Err(_)));
        poll
    }

    fn check(&self) -> io::Result<()> {
        if self.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }
}

fn open(destination: &Destination, transport: &str) -> Result<worker_sys::Socket, JsValue> {
    let host = destination.host();
    let address = Object::new();
    let name = JsString::from(host.host().as_str());
    Reflect::set(&address, &"hostname".into(), &name)?;
    Reflect::set(&address, &"port".into(), &JsValue::from(host.port()))?;
    let options = Object::new();
    Reflect::set(
        &options,
        &"secureTransport".into(),
        &JsString::from(transport),
    )?;
    worker_sys::connect(address.into(), options.into())
}

impl Drop for DatabaseSocket {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take()
            && let Ok(closed) = handle.close()
        {
            // Nobody waits for it; but a promise that nobody looks at would be
            // reported as an unhandled rejection.
            spawn_local(async move {
                let _ = JsFuture::from(closed).await;
            });
        }
    }
}

impl AsyncRead for DatabaseSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        if let Some(violation) = self.violation.get() {
            return Poll::Ready(Err(io::Error::other(violation)));
        }
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        let poll = match poll {
            Poll::Ready(Ok(())) => Poll::Ready(self.inspect(buffer, before)),
            other => other,
        };
        self.noting_errors(poll)
    }
}

impl AsyncWrite for DatabaseSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.noting_errors(poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        self.noting_errors(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        let poll = Pin::new(&mut self.stream).poll_shutdown(context);
        self.noting_errors(poll)
    }
}

impl TlsStream for DatabaseSocket {
    /// The platform does not tell: SCRAM-SHA-256 works, SCRAM-SHA-256-PLUS does not.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Starts TLS on a socket when the server has agreed to it. The platform checks
/// the certificate against its own authorities and the host of the connection.
pub(crate) struct StartTls;

impl TlsConnect<DatabaseSocket> for StartTls {
    type Stream = DatabaseSocket;
    type Error = SocketError;
    type Future = Pin<Box<dyn Future<Output = Result<DatabaseSocket, SocketError>>>>;

    fn connect(self, socket: DatabaseSocket) -> Self::Future {
        Box::pin(socket.into_tls())
    }
}
