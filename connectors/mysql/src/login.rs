//! A connection that is signed in, and serves one call after another.

use std::time::Duration;

use lango_connector_database::{Bounds, DatabaseSocket, Login, Verdict};
use lango_connector_kit::CallError;
use lango_connector_runtime::within;

use crate::connection::Connection;
use crate::failure::{self, Failed};
use crate::settings::{Kept, Settings};

/// Connecting, TLS and signing in.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// A connection over the platform's socket.
pub(crate) struct MysqlLogin {
    connection: Connection<DatabaseSocket>,
    kept: Kept,
}

impl MysqlLogin {
    /// Connects and signs in, and says at which step that failed.
    pub(crate) async fn sign_in(settings: &Settings<'_>, bounds: &Bounds) -> Result<Self, Failed> {
        let kept = Kept::from(settings);
        let connection = connect(&kept, bounds.time).await?;
        Ok(Self { connection, kept })
    }

    /// Runs `work` in a transaction that only reads, and leaves it open.
    pub(crate) async fn serve<T>(
        &mut self,
        bounds: &Bounds,
        work: impl AsyncFnOnce(&mut Connection<DatabaseSocket>) -> Result<T, CallError>,
    ) -> (Result<T, CallError>, Verdict) {
        let connection = &mut self.connection;
        let outcome = match connection.begin_call(bounds.time).await {
            Ok(()) => work(connection).await,
            Err(trouble) => Err(failure::while_running(&trouble, bounds.time)),
        };
        let verdict = if connection.is_sound() {
            Verdict::Reusable
        } else if connection.has_been_answered() {
            Verdict::Spent
        } else {
            Verdict::Stale
        };
        (outcome, verdict)
    }
}

async fn connect(kept: &Kept, time: Duration) -> Result<Connection<DatabaseSocket>, Failed> {
    let connect = async {
        let socket = DatabaseSocket::connect(&kept.server)
            .await
            .map_err(failure::of_socket)?;
        Connection::sign_in(socket, &kept.who(), time).await
    };
    within(CONNECT_TIME, connect)
        .await
        .map_err(|_| failure::connecting_took_too_long())?
}

impl Login for MysqlLogin {
    async fn reset(&mut self) -> bool {
        self.connection.reset().await
    }

    async fn close(self) {
        self.connection.quit().await;
    }

    async fn cancel(self) {
        // The server does not look whether a client is gone while it works.
        if let Ok(mut second) = connect(&self.kept, CONNECT_TIME).await {
            let number = self.connection.number();
            let _ = second.run(&format!("KILL QUERY {number}")).await;
            second.quit().await;
        }
    }
}
