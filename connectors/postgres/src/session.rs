//! One sign-in, one read-only transaction, one goodbye.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, select};
use lango_connector_kit::CallError;
use lango_connector_runtime::within;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Connection, Error};

use crate::bounds::Bounds;
use crate::failure::{self, Failed};
use crate::frame_guard::Violation;
use crate::settings::{Settings, Tls};
use crate::socket::{DatabaseSocket, SharedViolation, StartTls};

/// Connecting, TLS and signing in.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Saying goodbye, so that the server's log does not show a broken connection.
const FAREWELL_TIME: Duration = Duration::from_millis(250);

/// A signed-in connection inside a read-only transaction, which is never
/// committed: what a function does in spite of "read only" (large objects
/// before PostgreSQL 16) is rolled back when the connection ends.
pub(crate) struct Session {
    client: Client,
    violation: SharedViolation,
    time: Duration,
}

pub(crate) type ServerConnection = Connection<DatabaseSocket, DatabaseSocket>;

/// Connects, runs `work` in a read-only transaction, and closes, whatever happens.
/// Dropping the future closes too.
pub(crate) async fn with_session<T, W>(
    settings: &Settings<'_>,
    bounds: &Bounds,
    work: W,
) -> Result<T, CallError>
where
    W: AsyncFnOnce(&Session) -> Result<T, CallError>,
{
    let signed_in = sign_in(settings, bounds)
        .await
        .map_err(Failed::into_error)?;
    in_transaction(signed_in, work).await
}

/// Signed in, before the transaction.
pub(crate) type SignedIn = (Session, ServerConnection);

/// Connects and signs in, and says at which step that failed.
pub(crate) async fn sign_in(settings: &Settings<'_>, bounds: &Bounds) -> Result<SignedIn, Failed> {
    within(CONNECT_TIME, connect(settings, bounds))
        .await
        .map_err(|_| failure::connecting_took_too_long())?
}

/// Runs `work` in a read-only transaction, and closes.
pub(crate) async fn in_transaction<T, W>(
    (session, connection): SignedIn,
    work: W,
) -> Result<T, CallError>
where
    W: AsyncFnOnce(&Session) -> Result<T, CallError>,
{
    let work = async {
        session.begin_read_only().await?;
        work(&session).await
    };
    let (outcome, after) = attend(work, Box::pin(connection)).await;
    match after {
        After::Open(connection) => {
            // Without its client the connection says goodbye and ends.
            drop(session);
            let _ = within(FAREWELL_TIME, connection).await;
            outcome
        }
        // The server's own words are better than "connection closed".
        After::Ended(Err(error)) if outcome.is_err() && error.as_db_error().is_some() => {
            Err(session.failure(&error))
        }
        After::Ended(_) => outcome,
    }
}

/// What became of the connection while the work ran.
enum After {
    Open(Pin<Box<ServerConnection>>),
    Ended(Result<(), Error>),
}

/// Waits for `work` while the connection carries its messages. A connection that
/// ends first is dropped at once; otherwise `work` would wait for it for ever.
async fn attend<W: Future>(work: W, connection: Pin<Box<ServerConnection>>) -> (W::Output, After) {
    match select(pin!(work), connection).await {
        Either::Left((outcome, connection)) => (outcome, After::Open(connection)),
        Either::Right((ended, work)) => (work.await, After::Ended(ended)),
    }
}

async fn connect(settings: &Settings<'_>, bounds: &Bounds) -> Result<SignedIn, Failed> {
    let socket = DatabaseSocket::connect(settings)
        .await
        .map_err(|_| failure::no_connection())?;
    let violation = socket.violation();
    let (client, connection) = config(settings)
        .connect_raw(socket, StartTls)
        .await
        .map_err(|error| failure::while_connecting(&error, violation.get()))?;
    let session = Session {
        client,
        violation,
        time: bounds.time,
    };
    Ok((session, connection))
}

fn config(settings: &Settings<'_>) -> Config {
    let mut config = Config::new();
    config
        .user(settings.user)
        .password(settings.password)
        .dbname(settings.database)
        .application_name("lango")
        .ssl_mode(match settings.tls {
            Tls::Require => SslMode::Require,
            Tls::Prefer => SslMode::Prefer,
            Tls::Disable => SslMode::Disable,
        });
    config
}

impl Session {
    /// A session over a connection that a test has made natively.
    #[cfg(test)]
    pub(crate) async fn for_test(client: Client, bounds: &Bounds) -> Result<Self, CallError> {
        let session = Self {
            client,
            violation: SharedViolation::default(),
            time: bounds.time,
        };
        session.begin_read_only().await?;
        Ok(session)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The error in words for the assistant.
    pub(crate) fn failure(&self, error: &Error) -> CallError {
        failure::while_running(error, self.violation.get(), self.time)
    }

    /// Whether the connection ended because a single message was too large.
    pub(crate) fn stopped_at_a_large_message(&self) -> bool {
        self.violation.get() == Some(Violation::TooLarge)
    }

    async fn begin_read_only(&self) -> Result<(), CallError> {
        self.client
            .batch_execute(&opening_statements(self.time))
            .await
            .map_err(|error| self.failure(&error))
    }
}

/// Fixed text but for a number, so the simple protocol may carry it: one round
/// trip. Everything is local to the transaction, which poolers keep together.
///
/// `pg_catalog` comes first in the search path, so that no schema of the
/// business can put a function in the place of a built-in one; the login's own
/// schemas follow.
fn opening_statements(time: Duration) -> String {
    let milliseconds = time.as_millis();
    format!(
        "BEGIN READ ONLY;\
         SET LOCAL statement_timeout = {milliseconds};\
         SET LOCAL idle_in_transaction_session_timeout = {milliseconds};\
         SET LOCAL standard_conforming_strings = on;\
         SET LOCAL DateStyle = 'ISO';\
         SET LOCAL IntervalStyle = 'iso_8601';\
         SET LOCAL TimeZone = 'UTC';\
         SET LOCAL bytea_output = 'hex';\
         SET LOCAL extra_float_digits = 1;\
         SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog', \
         nullif(pg_catalog.current_setting('search_path'), ''), 'pg_temp'), true)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transaction_is_read_only_and_limited_first() {
        let text = opening_statements(Duration::from_secs(30));
        let statements: Vec<_> = text.split(';').collect();
        assert_eq!(statements[0], "BEGIN READ ONLY");
        assert_eq!(statements[1], "SET LOCAL statement_timeout = 30000");
        assert!(
            statements[2..]
                .iter()
                .all(|one| one.starts_with("SET LOCAL ")
                    || one.starts_with("SELECT pg_catalog.set_config"))
        );
    }
}
