//! The stream that `tokio-postgres` speaks over: a database's socket whose every
//! byte the [`FrameGuard`] looks at first.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use lango_connector_database::{DatabaseSocket, Hyperdrive, Server, SocketError, Tls};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use crate::frame_guard::{Channel, FrameGuard, Violation};

/// What the guard found, for whoever reports the error.
pub(crate) type SharedViolation = Rc<Cell<Option<Violation>>>;

/// A connected socket with its guard.
pub(crate) struct GuardedSocket {
    socket: DatabaseSocket,
    guard: FrameGuard,
    violation: SharedViolation,
}

/// How a server is reached.
#[derive(Clone)]
pub(crate) enum Way {
    /// At its own address.
    Direct(Server),
    /// By a binding of the operator's, which is encrypted by the platform.
    Bound(Hyperdrive),
}

impl GuardedSocket {
    /// Connects and waits until the connection stands.
    pub(crate) async fn connect(way: &Way) -> Result<Self, SocketError> {
        let (socket, guard) = match way {
            Way::Direct(server) => {
                let guard = match server.tls {
                    Tls::Disable => FrameGuard::new(Channel::Plain),
                    Tls::Prefer | Tls::Require => FrameGuard::with_tls_question(),
                };
                (DatabaseSocket::connect(server).await?, guard)
            }
            Way::Bound(binding) => {
                let guard = FrameGuard::new(Channel::Encrypted);
                (DatabaseSocket::by(binding).await?, guard)
            }
        };
        Ok(Self {
            socket,
            guard,
            violation: SharedViolation::default(),
        })
    }

    /// Where the guard leaves what it found.
    pub(crate) fn violation(&self) -> SharedViolation {
        Rc::clone(&self.violation)
    }

    async fn into_tls(self) -> Result<Self, SocketError> {
        Ok(Self {
            socket: self.socket.start_tls().await?,
            guard: FrameGuard::new(Channel::Encrypted),
            violation: self.violation,
        })
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
}

impl AsyncRead for GuardedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(violation) = self.violation.get() {
            return Poll::Ready(Err(io::Error::other(violation)));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.socket).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(self.inspect(buffer, before)),
            other => other,
        }
    }
}

impl AsyncWrite for GuardedSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl TlsStream for GuardedSocket {
    /// The platform does not tell: SCRAM-SHA-256 works, SCRAM-SHA-256-PLUS does not.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Starts TLS on a socket when the server has agreed to it.
pub(crate) struct StartTls;

impl TlsConnect<GuardedSocket> for StartTls {
    type Stream = GuardedSocket;
    type Error = SocketError;
    type Future = Pin<Box<dyn Future<Output = Result<GuardedSocket, SocketError>>>>;

    fn connect(self, socket: GuardedSocket) -> Self::Future {
        Box::pin(socket.into_tls())
    }
}
