//! A connection that is signed in, and serves one call after another.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::{Pin, pin},
    rc::Rc,
    task::Poll,
    time::Duration,
};

use futures_util::try_join;
use lango_connector_database::{Bounds, Hyperdrive, Login, Tls, Verdict};
use lango_connector_kit::CallError;
use lango_connector_runtime::within;
use serde_json::Value;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Connection, Error, SimpleQueryMessage, Statement};

use crate::{
    failure::{self, Failed},
    known::KnownStatements,
    owners_code::Reached,
    session::{Names, Session},
    settings::Settings,
    socket::{GuardedSocket, SharedViolation, StartTls, Way},
    tools::query,
};

/// Connecting, TLS and signing in.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Brings a login back to its beginning: `DISCARD ALL`, which may not stand beside a
/// `ROLLBACK`, in its parts, but for the prepared statements. The client library keeps a
/// few of its own, by which it learns types, and nothing else prepares any by name.
const RESET: &str = "ROLLBACK;CLOSE ALL;SET SESSION AUTHORIZATION DEFAULT;RESET ALL;UNLISTEN *;\
    SELECT pg_catalog.pg_advisory_unlock_all();DISCARD PLANS;DISCARD TEMP;DISCARD SEQUENCES";
/// The server looks every two seconds whether its client is still there while a statement
/// runs. PostgreSQL 14 and later, and not everywhere.
const NOTICE_GONE_CLIENTS: &str = "SET client_connection_check_interval = 2000";

/// Whom the database has let in, to what. In a transaction, of which poolers keep no
/// answers.
const WHO: &str = "BEGIN READ ONLY;\
    SELECT session_user::pg_catalog.text, pg_catalog.current_database()::pg_catalog.text;\
    ROLLBACK";

type ServerConnection = Connection<GuardedSocket, GuardedSocket>;

/// A connection that is signed in. Nothing polls it while no call has it.
pub(crate) struct PostgresLogin {
    client: Rc<Client>,
    /// `None` once it has ended.
    connection: Option<Pin<Box<ServerConnection>>>,
    violation: SharedViolation,
    way: Way,
    notices_gone_clients: bool,
    known: KnownStatements,
}

impl PostgresLogin {
    /// Connects and signs in, and says at which step that failed.
    pub(crate) async fn sign_in(settings: &Settings<'_>) -> Result<Self, Failed> {
        let connect = async {
            match &settings.binding {
                Some(binding) => Self::connect_by(binding, settings).await,
                None => Self::connect(settings).await,
            }
        };
        within(CONNECT_TIME, connect)
            .await
            .map_err(|_| failure::connecting_took_too_long())?
    }

    async fn connect_by(binding: &Hyperdrive, settings: &Settings<'_>) -> Result<Self, Failed> {
        let mut config = config();
        config
            .user(binding.user())
            .password(binding.password())
            .dbname(binding.database())
            .ssl_mode(SslMode::Disable);
        let mut login = Self::open(Way::Bound(binding.clone()), &config).await?;
        login.hold_to(settings).await?;
        Ok(login)
    }

    /// A binding gives nobody more than the connection's own login: whom the database says
    /// that it has let in has to be who is sealed.
    async fn hold_to(&mut self, settings: &Settings<'_>) -> Result<(), Failed> {
        let client = Rc::clone(&self.client);
        let (told, _) = attend(client.simple_query(WHO), &mut self.connection).await;
        let told = told.map_err(|error| failure::while_connecting(&error, self.violation.get()))?;
        let is_same = told.iter().any(|message| match message {
            SimpleQueryMessage::Row(row) => {
                row.get(0) == Some(settings.user) && row.get(1) == Some(settings.database)
            }
            _ => false,
        });
        is_same.then_some(()).ok_or_else(failure::bound_to_another)
    }

    async fn connect(settings: &Settings<'_>) -> Result<Self, Failed> {
        let mut config = config();
        config
            .user(settings.user)
            .password(settings.password)
            .dbname(settings.database)
            .ssl_mode(match settings.server.tls {
                Tls::Require => SslMode::Require,
                Tls::Prefer => SslMode::Prefer,
                Tls::Disable => SslMode::Disable,
            });
        let mut login = Self::open(Way::Direct(settings.server.clone()), &config).await?;
        login.notices_gone_clients = login.execute(NOTICE_GONE_CLIENTS).await;
        Ok(login)
    }

    async fn open(way: Way, config: &Config) -> Result<Self, Failed> {
        let socket = GuardedSocket::connect(&way)
            .await
            .map_err(|_| failure::no_connection())?;
        let violation = socket.violation();
        let (client, connection) = config
            .connect_raw(socket, StartTls)
            .await
            .map_err(|error| failure::while_connecting(&error, violation.get()))?;
        Ok(Self {
            client: Rc::new(client),
            connection: Some(Box::pin(connection)),
            violation,
            way,
            notices_gone_clients: false,
            known: KnownStatements::default(),
        })
    }

    /// Runs `work` in a read-only transaction, and leaves the transaction open.
    pub(crate) async fn serve<T>(
        &mut self,
        bounds: &Bounds,
        work: impl AsyncFnOnce(&Session) -> Result<T, CallError>,
    ) -> (Result<T, CallError>, Verdict) {
        let session = self.session(bounds);
        let work = async {
            session.begin_read_only().await?;
            work(&session).await
        };
        self.attended(&session, work).await
    }

    /// As [`PostgresLogin::serve`], with a statement that the server has parsed. That
    /// does not wait for the transaction to have begun: nothing runs before it has.
    pub(crate) async fn serve_statement<T>(
        &mut self,
        bounds: &Bounds,
        names: Names,
        sql: &str,
        work: impl AsyncFnOnce(
            &Session,
            Option<Reached>,
            Result<Statement, Error>,
        ) -> Result<T, CallError>,
    ) -> (Result<T, CallError>, Verdict) {
        let session = self.session(bounds).finding(names);
        let work = async {
            let parsed = async { Ok(session.client().prepare(sql).await) };
            let ((), reached, statement) =
                try_join!(session.begin_read_only(), session.reached(sql), parsed)?;
            work(&session, reached, statement).await
        };
        self.attended(&session, work).await
    }

    /// A query's answer: in one flight, if the login has served it before.
    pub(crate) async fn serve_query(
        &mut self,
        bounds: &Bounds,
        names: Names,
        sql: &str,
    ) -> (Result<Value, CallError>, Verdict) {
        let session = self.session(bounds).finding(names);
        let mut known = mem::take(&mut self.known);
        let begun = session.begin_read_only();
        let work = query::run(&session, bounds, sql, &mut known, begun);
        let done = self.attended(&session, work).await;
        self.known = known;
        done
    }

    fn session(&self, bounds: &Bounds) -> Session {
        Session::new(Rc::clone(&self.client), Rc::clone(&self.violation), bounds)
    }

    async fn attended<T>(
        &mut self,
        session: &Session,
        work: impl Future<Output = Result<T, CallError>>,
    ) -> (Result<T, CallError>, Verdict) {
        let (outcome, ended) = attend(work, &mut self.connection).await;
        let verdict = if self.violation.get().is_some() {
            Verdict::Spent
        } else if !session.has_been_answered() {
            Verdict::Stale
        } else if self.connection.is_none() || session.has_rows_left() {
            Verdict::Spent
        } else {
            Verdict::Reusable
        };
        match ended {
            // The server's own words are better than "connection closed".
            Some(Err(error)) if outcome.is_err() && error.as_db_error().is_some() => {
                (Err(session.failure(&error)), verdict)
            }
            _ => (outcome, verdict),
        }
    }

    /// Runs statements of fixed text; says whether the server took them.
    async fn execute(&mut self, statements: &str) -> bool {
        let client = Rc::clone(&self.client);
        let (outcome, ended) = attend(client.batch_execute(statements), &mut self.connection).await;
        outcome.is_ok() && ended.is_none()
    }
}

impl Login for PostgresLogin {
    async fn reset(&mut self) -> bool {
        if self.notices_gone_clients {
            self.execute(&format!("{RESET};{NOTICE_GONE_CLIENTS}"))
                .await
        } else {
            self.execute(RESET).await
        }
    }

    /// Without its client the connection says goodbye and ends.
    async fn close(self) {
        drop(self.client);
        if let Some(connection) = self.connection {
            let _ = connection.await;
        }
    }

    async fn cancel(self) {
        let token = self.client.cancel_token();
        if let Ok(socket) = GuardedSocket::connect(&self.way).await {
            let _ = token.cancel_query_raw(socket, StartTls).await;
        }
    }
}

/// Waits for `work` while the connection carries its messages; says how the connection
/// ended, if it did. One that has ended is dropped at once, otherwise `work` would wait
/// for it for ever.
async fn attend<W: Future>(
    work: W,
    connection: &mut Option<Pin<Box<ServerConnection>>>,
) -> (W::Output, Option<Result<(), Error>>) {
    let mut work = pin!(work);
    let mut end = None;
    let outcome = poll_fn(|context| {
        loop {
            if let Poll::Ready(outcome) = work.as_mut().poll(context) {
                return Poll::Ready(outcome);
            }
            let Some(running) = connection else {
                return Poll::Pending;
            };
            let Poll::Ready(ended) = running.as_mut().poll(context) else {
                return Poll::Pending;
            };
            end = Some(ended);
            *connection = None;
        }
    })
    .await;
    (outcome, end)
}

fn config() -> Config {
    let mut config = Config::new();
    config.application_name("lango");
    config
}
