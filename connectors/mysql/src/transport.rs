//! The stream that the protocol is spoken over.

use std::future::Future;

use lango_connector_database::{DatabaseSocket, SocketError};
use tokio::io::{AsyncRead, AsyncWrite};

/// A stream that TLS can take over in the middle of the conversation.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Sized {
    /// Starts TLS; the server has been asked.
    fn start_tls(self) -> impl Future<Output = Result<Self, SocketError>>;
}

impl Transport for DatabaseSocket {
    fn start_tls(self) -> impl Future<Output = Result<Self, SocketError>> {
        DatabaseSocket::start_tls(self)
    }
}
