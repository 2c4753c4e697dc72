//! A call's time with a login: one read-only transaction, which is never committed.

use std::{cell::Cell, rc::Rc, time::Duration};

use lango_connector_database::{Bounds, Scope};
use lango_connector_kit::CallError;
use lango_connector_runtime::within;
use tokio_postgres::{Client, Error};

use crate::failure;
use crate::frame_guard::Violation;
use crate::owners_code::{self, Reached};
use crate::socket::SharedViolation;

/// Beginning a transaction, which every server does at once: one that does not is gone
/// without a word.
const BEGIN_TIME: Duration = Duration::from_secs(5);

/// A login inside a read-only transaction, which is never committed: what a function does
/// in spite of "read only" (large objects before PostgreSQL 16) is rolled back.
pub(crate) struct Session {
    client: Rc<Client>,
    violation: SharedViolation,
    time: Duration,
    names: Names,
    is_answered: Cell<bool>,
    has_rows_left: Cell<bool>,
}

/// Where the server looks for what a statement names without a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// In the server's own schema, then in the login's.
    OfTheLogin,
    /// In the server's own schema alone. For a statement of somebody who may not see
    /// everything: `x.f` calls the function `f` of the business where `x` has no such
    /// column, with any row that looks like one it takes, and it may read anything. The
    /// gateway has written every table with its schema.
    OfTheServer,
}

impl Names {
    /// For a statement that may see `scope`.
    pub(crate) fn within(scope: Scope<'_>) -> Self {
        match scope.tables() {
            None => Self::OfTheLogin,
            Some(_) => Self::OfTheServer,
        }
    }
}

impl Session {
    /// Before its transaction.
    pub(crate) fn new(client: Rc<Client>, violation: SharedViolation, bounds: &Bounds) -> Self {
        Self {
            client,
            violation,
            time: bounds.time,
            names: Names::OfTheLogin,
            is_answered: Cell::new(false),
            has_rows_left: Cell::new(false),
        }
    }

    /// A session over a connection that a test has made natively.
    #[cfg(test)]
    pub(crate) async fn for_test(client: Client, bounds: &Bounds) -> Result<Self, CallError> {
        let session = Self::new(Rc::new(client), SharedViolation::default(), bounds);
        session.begin().await?;
        Ok(session)
    }

    pub(crate) fn names(&self) -> Names {
        self.names
    }

    /// The session with another way to find names.
    pub(crate) fn finding(self, names: Names) -> Self {
        Self { names, ..self }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The error in words for the assistant.
    pub(crate) fn failure(&self, error: &Error) -> CallError {
        let failed = failure::while_running(error, self.violation.get(), self.time);
        match self.names {
            Names::OfTheLogin => failed,
            Names::OfTheServer => failure::with_advice(failed, error.code()),
        }
    }

    /// What of the owner's `sql` could run without naming it.
    pub(crate) async fn reached(&self, sql: &str) -> Result<Option<Reached>, CallError> {
        owners_code::reached(&self.client, sql, self.names)
            .await
            .map_err(|error| self.failure(&error))
    }

    /// Whether the connection ended because a single message was too large.
    pub(crate) fn stopped_at_a_large_message(&self) -> bool {
        self.violation.get() == Some(Violation::TooLarge)
    }

    /// Notes that rows are on the way which nobody will read.
    pub(crate) fn leave_rows(&self) {
        self.has_rows_left.set(true);
    }

    /// Whether rows are on the way which nobody will read.
    pub(crate) fn has_rows_left(&self) -> bool {
        self.has_rows_left.get()
    }

    /// Whether the server has answered at all: if not, nothing has run.
    pub(crate) fn has_been_answered(&self) -> bool {
        self.is_answered.get()
    }

    /// Begins the transaction.
    pub(crate) async fn begin_read_only(&self) -> Result<(), CallError> {
        within(BEGIN_TIME, self.begin())
            .await
            .unwrap_or_else(|_| Err(failure::broken_off()))
    }

    /// Ends the transaction, whatever became of it, and begins another.
    pub(crate) async fn begin_anew(&self) -> Result<(), CallError> {
        let ended = self.client.batch_execute("ROLLBACK").await;
        ended.map_err(|error| self.failure(&error))?;
        self.begin().await
    }

    async fn begin(&self) -> Result<(), CallError> {
        let begun = self
            .client
            .batch_execute(&opening_statements(self.time, self.names))
            .await;
        let is_gone = begun.as_ref().is_err_and(failure::is_of_the_connection);
        self.is_answered.set(!is_gone);
        begun.map_err(|error| self.failure(&error))
    }
}

/// Fixed text but for a number, so the simple protocol may carry it: one round
/// trip. Everything is local to the transaction, which poolers keep together.
///
/// `pg_catalog` comes first in the search path, so that no schema of the
/// business can put a function in the place of a built-in one; the login's own
/// schemas follow, or none: see [`Names`].
fn opening_statements(time: Duration, names: Names) -> String {
    let milliseconds = time.as_millis();
    let search_path = match names {
        Names::OfTheLogin => {
            "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog', \
             nullif(pg_catalog.current_setting('search_path'), ''), 'pg_temp'), true)"
        }
        Names::OfTheServer => "SET LOCAL search_path = pg_catalog, pg_temp",
    };
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
         {search_path}"
    )
}

#[cfg(test)]
mod tests {
    use lango_connector_kit::DatabaseScope;

    use super::*;

    #[test]
    fn the_transaction_is_read_only_and_limited_first() {
        let text = opening_statements(Duration::from_secs(30), Names::OfTheLogin);
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

    /// Else a statement could call what the business has written, by `row.function`.
    #[test]
    fn whoever_may_not_see_everything_finds_no_schema_of_the_business() {
        let all = DatabaseScope::default();
        let none = DatabaseScope {
            tables: Some(Vec::new()),
            ..DatabaseScope::default()
        };
        let names = |scope| Names::within(Scope::of(Some(scope), None).unwrap());
        assert_eq!(names(&all), Names::OfTheLogin);
        let text = opening_statements(Duration::from_secs(30), names(&none));
        assert!(text.ends_with("SET LOCAL search_path = pg_catalog, pg_temp"));
        assert!(!text.contains("current_setting"));
    }
}
