//! Frames over TLS.
//!
//! Syslog has no acknowledgements. The nearest to one is that the platform has handed
//! over every frame and the end of the conversation, and the receiver has had time to
//! read to that end; so each batch has a connection of its own. How the receiver then
//! closes says nothing: rsyslog leaves TLS without a word.

use std::time::Duration;

use lango_connector_database::{DatabaseSocket, Server, SocketError};
use lango_connector_runtime::within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How long a receiver may take to close after the last frame.
const UNTIL_THE_END: Duration = Duration::from_secs(3);

/// Sends frames and waits until the receiver has closed.
///
/// # Errors
/// Why they may not have arrived.
pub(crate) async fn send(server: &Server, frames: &[u8]) -> Result<(), String> {
    let broken = |_| "The connection broke off.".to_owned();
    let mut socket = connect(server).await?;
    socket.write_all(frames).await.map_err(broken)?;
    socket.flush().await.map_err(broken)?;
    socket.shutdown().await.map_err(broken)?;
    let mut rest = [0; 256];
    let _ = within(UNTIL_THE_END, socket.read(&mut rest)).await;
    Ok(())
}

/// Connects and starts TLS at once (RFC 5425).
///
/// # Errors
/// What went wrong.
pub(crate) async fn connect(server: &Server) -> Result<DatabaseSocket, String> {
    let said = |error: SocketError| format!("{error}.");
    let socket = DatabaseSocket::connect(server).await.map_err(said)?;
    socket.start_tls().await.map_err(said)
}
