//! Packets over a stream.

use lango_mysql_protocol::{Framer, ServerError, Violation, framed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::transport::Transport;

/// Larger than any row that fits into a result of 1 MiB.
pub(crate) const ROW_LIMIT: usize = 8 * 1024 * 1024;
/// Names have at most 256 characters. As many columns as a server can have, each of this
/// length, still leave room for the rows.
pub(crate) const COLUMN_LIMIT: usize = 4 * 1024;
/// Everything else: an error, an end.
pub(crate) const LIMIT: usize = 64 * 1024;
/// How much is read at once.
const CHUNK: usize = 16 * 1024;

/// Why the server gave no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection broke off.
    Gone,
    /// The server does what it may not.
    Violation(Violation),
    /// The server's own error.
    Server(ServerError),
}

impl From<Violation> for Trouble {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

/// A stream of packets. It is polled only while something of it is awaited.
pub(crate) struct Wire<S> {
    stream: S,
    framer: Framer,
}

impl<S: Transport> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            framer: Framer::default(),
        }
    }

    /// The same conversation, encrypted from here on.
    pub(crate) async fn encrypted(self) -> Result<Self, lango_connector_database::SocketError> {
        Ok(Self {
            stream: self.stream.start_tls().await?,
            framer: self.framer,
        })
    }

    /// The server's next packet.
    pub(crate) async fn hear(&mut self, limit: usize) -> Result<Vec<u8>, Trouble> {
        let mut chunk = [0; CHUNK];
        loop {
            if let Some(packet) = self.framer.next(limit)? {
                return Ok(packet);
            }
            let read = self
                .stream
                .read(&mut chunk)
                .await
                .map_err(|_| Trouble::Gone)?;
            if read == 0 {
                return Err(Trouble::Gone);
            }
            self.framer.feed(chunk.get(..read).unwrap_or_default());
        }
    }

    /// Says something in the exchange that goes on.
    pub(crate) async fn say(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        let bytes = self.framer.frame(payload);
        self.send(&bytes).await
    }

    /// Begins an exchange.
    pub(crate) async fn command(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        self.framer.new_exchange()?;
        self.say(payload).await
    }

    /// Begins an exchange that is also its end, before another.
    pub(crate) async fn command_without_answer(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        self.framer.new_exchange()?;
        self.send(&framed(payload, 0).0).await
    }

    /// Whether everything that the server has said is heard.
    pub(crate) fn is_between_exchanges(&mut self) -> bool {
        self.framer.new_exchange().is_ok()
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|_| Trouble::Gone)
    }
}
