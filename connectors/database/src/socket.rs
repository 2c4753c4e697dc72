//! A TCP socket of the platform as a stream, with TLS from the start, from the
//! middle of the conversation, or never.
//!
//! `worker::Socket` panics where the platform refuses TLS or gives no streams, hides the
//! handle that closes it, and locks and unlocks its streams around every read and write:
//! the platform makes an error with a stack trace each time a lock is released. This one
//! asks the platform itself, turns every refusal into an error, keeps its locks, and
//! closes when it is dropped.

mod streams;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use lango_egress::Destination;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use worker::js_sys::{JsString, Object, Reflect};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::worker_sys;

use self::streams::Streams;
use crate::{Hyperdrive, Server, Tls};

/// A connected socket.
pub struct DatabaseSocket {
    /// `None` once TLS has taken the connection over.
    handle: Option<worker_sys::Socket>,
    streams: Streams,
    /// The stream must not be asked again after an error: it would throw.
    broken: bool,
}

/// The platform refused. Its own words may name host and port, so they stay here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// Nothing answers there.
    #[error("the socket could not be opened")]
    Open,
    /// The certificate is not trusted for the host, or there is no agreement.
    #[error("TLS could not be started")]
    Tls,
}

impl DatabaseSocket {
    /// Connects in the clear, and waits until the connection stands.
    /// [`DatabaseSocket::start_tls`] may follow unless `server.tls` is
    /// [`Tls::Disable`].
    ///
    /// # Errors
    /// [`SocketError::Open`].
    pub async fn connect(server: &Server) -> Result<Self, SocketError> {
        let transport = match server.tls {
            Tls::Disable => "off",
            Tls::Prefer | Tls::Require => "starttls",
        };
        Self::open(&server.destination, transport)
            .await
            .map_err(|_| SocketError::Open)
    }

    /// Connects by a binding, and waits until the connection stands. It does not leave
    /// the platform in the clear.
    ///
    /// # Errors
    /// [`SocketError::Open`].
    pub async fn by(binding: &Hyperdrive) -> Result<Self, SocketError> {
        let open = async {
            let socket = Self::of(binding.connect()?)?;
            socket.opened().await?;
            Ok::<_, JsValue>(socket)
        };
        open.await.map_err(|_| SocketError::Open)
    }

    /// Starts TLS when both sides have agreed to it. The platform checks the
    /// certificate against its own authorities and the host of the connection.
    ///
    /// # Errors
    /// [`SocketError::Tls`].
    pub async fn start_tls(mut self) -> Result<Self, SocketError> {
        // What came before TLS, anybody on the way may have said.
        if !self.streams.release() {
            return Err(SocketError::Tls);
        }
        let plain = self.handle.take().ok_or(SocketError::Tls)?;
        let handle = plain.start_tls().map_err(|_| SocketError::Tls)?;
        let socket = Self::of(handle).map_err(|_| SocketError::Tls)?;
        socket.opened().await.map_err(|_| SocketError::Tls)?;
        Ok(socket)
    }

    async fn open(destination: &Destination, transport: &str) -> Result<Self, JsValue> {
        let socket = Self::of(handle(destination, transport)?)?;
        socket.opened().await?;
        Ok(socket)
    }

    fn of(handle: worker_sys::Socket) -> Result<Self, JsValue> {
        Ok(Self {
            streams: Streams::of(&handle)?,
            handle: Some(handle),
            broken: false,
        })
    }

    async fn opened(&self) -> Result<(), JsValue> {
        match &self.handle {
            Some(handle) => JsFuture::from(handle.opened()?).await.map(|_| ()),
            None => Ok(()),
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

fn handle(destination: &Destination, transport: &str) -> Result<worker_sys::Socket, JsValue> {
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
        let poll = self.streams.poll_read(context, buffer);
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
        let poll = self.streams.poll_write(context, bytes);
        self.noting_errors(poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        let poll = self.streams.poll_flush(context);
        self.noting_errors(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        let poll = self.streams.poll_shutdown(context);
        self.noting_errors(poll)
    }
}
