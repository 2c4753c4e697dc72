//! What went wrong, in words that an assistant can act on and without a credential.
//!
//! While connecting, PostgreSQL's messages name user, database and host, which
//! are credentials: those errors get words of our own. Afterwards its messages
//! are about the query and are passed on.

use std::error::Error as _;
use std::time::Duration;

use lango_connector_kit::{CallError, CallErrorCode, Step};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::frame_guard::Violation;
use lango_connector_database::SocketError;

/// The parts of a server's error that are used.
struct ServerError<'a> {
    state: &'a str,
    message: &'a str,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
    position: Option<u32>,
}

/// At which step connecting failed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) step: Step,
    error: CallError,
}

impl Failed {
    fn at(step: Step, error: CallError) -> Self {
        Self { step, error }
    }

    pub(crate) fn into_error(self) -> CallError {
        self.error
    }
}

pub(crate) fn no_connection() -> Failed {
    Failed::at(Step::Port, no_answer())
}

/// The operator's binding signs in as somebody else.
pub(crate) fn bound_to_another() -> Failed {
    let error = CallError::new(
        CallErrorCode::Unauthorized,
        "The operator has bound this connection to a pool that signs in as another user, or to another database, than the connection names. They have to be the same.",
    );
    Failed::at(Step::Authentication, error)
}

fn no_answer() -> CallError {
    CallError::new(
        CallErrorCode::Unreachable,
        "The database could not be reached: its host name is unknown, nothing listens at the port, or a firewall refuses. An administrator has to check the connection's host and port.",
    )
}

pub(crate) fn connecting_took_too_long() -> Failed {
    let error = CallError::new(
        CallErrorCode::Unreachable,
        "The database could not be reached: connecting and signing in took too long.",
    );
    Failed::at(Step::Port, error)
}

/// An error before the transaction began.
pub(crate) fn while_connecting(error: &Error, violation: Option<Violation>) -> Failed {
    match violation {
        Some(Violation::CleartextPassword) => {
            return Failed::at(Step::Authentication, asks_for_cleartext());
        }
        // Nothing of PostgreSQL's is large before a query.
        Some(Violation::TooLarge | Violation::Malformed) => {
            return Failed::at(Step::Port, no_postgresql());
        }
        None => {}
    }
    if let Some(server) = error.as_db_error() {
        return refused_at_sign_in(server.code().code());
    }
    let cause = error.source();
    if cause.is_some_and(|cause| cause.is::<SocketError>()) {
        let error = CallError::new(
            CallErrorCode::Unreachable,
            "TLS with the database failed: its certificate is not one that is trusted for this host.",
        );
        return Failed::at(Step::Tls, error);
    }
    // The library does not expose the kind of its errors; these are its texts.
    let (step, code, message) = match (
        error.to_string().as_str(),
        cause.map(ToString::to_string).as_deref(),
    ) {
        ("error performing TLS handshake", Some("server does not support TLS")) => (
            Step::Tls,
            CallErrorCode::Unreachable,
            "The database does not offer TLS, and the connection requires it.",
        ),
        ("authentication error", _) => (
            Step::Authentication,
            CallErrorCode::Unauthorized,
            "The database asks for a way to sign in that is not supported, or did not prove that it knows the password. SCRAM-SHA-256 and MD5 are supported.",
        ),
        _ => (
            Step::Port,
            CallErrorCode::Unreachable,
            "What answers at the connection's host and port broke off, or is not PostgreSQL.",
        ),
    };
    Failed::at(step, CallError::new(code, message))
}

/// An error of the transaction and what runs in it.
pub(crate) fn while_running(
    error: &Error,
    violation: Option<Violation>,
    time: Duration,
) -> CallError {
    match violation {
        Some(Violation::TooLarge) => return too_large(),
        Some(Violation::CleartextPassword) => return asks_for_cleartext(),
        Some(Violation::Malformed) => return no_postgresql(),
        None => {}
    }
    match error.as_db_error() {
        Some(server) => of_server_error(&ServerError::from(server), time),
        None if error.is_closed() => broken_off(),
        None => match error.to_string().as_str() {
            "error communicating with the server" => broken_off(),
            "error encoding message to server" => CallError::new(
                CallErrorCode::Rejected,
                "The query has a zero byte (U+0000), which PostgreSQL's texts cannot have.",
            ),
            other => CallError::new(
                CallErrorCode::Internal,
                format!("The connector did not understand the database: {other}."),
            ),
        },
    }
}

fn too_large() -> CallError {
    CallError::new(
        CallErrorCode::Rejected,
        "A single row of the result is larger than 8 MiB. Ask for fewer columns, or for part of a value with substring().",
    )
}

fn asks_for_cleartext() -> CallError {
    CallError::new(
        CallErrorCode::Unauthorized,
        "The database asks for the password in the clear, and the connection to it is not encrypted. An administrator has to turn TLS or SCRAM-SHA-256 on.",
    )
}

fn no_postgresql() -> CallError {
    CallError::new(
        CallErrorCode::Unreachable,
        "What answers at the connection's host and port is not PostgreSQL.",
    )
}

/// SQLSTATEs are in appendix A of PostgreSQL's manual.
fn refused_at_sign_in(state: &str) -> Failed {
    let (code, message) = match state {
        "28P01" => (
            CallErrorCode::Unauthorized,
            "The database did not accept the connection's user and password.",
        ),
        "28000" => (
            CallErrorCode::Unauthorized,
            "The database does not let the connection's user in from here, perhaps only with TLS (pg_hba.conf).",
        ),
        "42501" => (
            CallErrorCode::Unauthorized,
            "The connection's user may not connect to its database.",
        ),
        "3D000" => (
            CallErrorCode::Unauthorized,
            "The connection's database does not exist.",
        ),
        "53300" => (
            CallErrorCode::Unreachable,
            "The database has too many connections. Try again later.",
        ),
        "57P03" => (
            CallErrorCode::Unreachable,
            "The database is starting up or shutting down. Try again later.",
        ),
        _ if state.starts_with("28") => (
            CallErrorCode::Unauthorized,
            "The database did not accept the connection's user.",
        ),
        _ => (
            CallErrorCode::Unreachable,
            "The database refused the connection.",
        ),
    };
    let step = match (code, state) {
        (CallErrorCode::Unauthorized, "42501" | "3D000") => Step::Rights,
        (CallErrorCode::Unauthorized, _) => Step::Authentication,
        _ => Step::Port,
    };
    let error = CallError::new(code, format!("{message} (SQLSTATE {state})"));
    Failed::at(step, error)
}

fn of_server_error(error: &ServerError<'_>, time: Duration) -> CallError {
    match error.state {
        "57014" | "25P03" | "25P04" => CallError::new(
            CallErrorCode::TimedOut,
            format!(
                "The query took longer than {} s and was stopped. Ask for less, filter on an indexed column, or aggregate.",
                time.as_secs_f64()
            ),
        ),
        "57P01" | "57P02" | "57P03" => broken_off(),
        state if state.starts_with("28") => refused_at_sign_in(state).into_error(),
        state if state.starts_with("08") => broken_off(),
        _ => CallError::new(CallErrorCode::Rejected, describe(error)),
    }
}

/// The error, and what to do where it may only be that whoever asks sees a part of the
/// database: tables are subqueries to the server then, and extensions are not found.
pub(crate) fn with_advice(failed: CallError, state: Option<&SqlState>) -> CallError {
    let advice = match state.map(SqlState::code) {
        Some("42883" | "42704") => {
            "Under the connection's SQL policy only PostgreSQL's own types, functions and operators are found, not those of extensions such as citext, hstore or PostGIS: cast the column to text, or ask an administrator to expose a view with columns of ordinary types."
        }
        Some("42803") => {
            "Under the connection's SQL policy PostgreSQL does not know which column is a table's key: name every column that is selected in GROUP BY, or select min(column)."
        }
        _ => return failed,
    };
    CallError::new(failed.code, format!("{} {advice}", failed.message))
}

/// Whether it says nothing of a statement, but that the connection is no more.
pub(crate) fn is_of_the_connection(error: &Error) -> bool {
    match error.as_db_error() {
        Some(server) => {
            let state = server.code().code();
            state.starts_with("57P") || state.starts_with("08")
        }
        None => true,
    }
}

pub(crate) fn broken_off() -> CallError {
    CallError::new(
        CallErrorCode::Unreachable,
        "The database broke the connection off. Try again.",
    )
}

fn describe(error: &ServerError<'_>) -> String {
    let mut text = format!("PostgreSQL: {} (SQLSTATE {}", error.message, error.state);
    if let Some(position) = error.position {
        text.push_str(&format!(", at character {position}"));
    }
    text.push_str(").");
    if let Some(detail) = error.detail {
        text.push_str(&format!(" Detail: {detail}"));
    }
    if let Some(hint) = error.hint {
        text.push_str(&format!(" Hint: {hint}"));
    }
    text
}

impl<'a> From<&'a DbError> for ServerError<'a> {
    fn from(error: &'a DbError) -> Self {
        Self {
            state: error.code().code(),
            message: error.message(),
            detail: error.detail(),
            hint: error.hint(),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => Some(*position),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(state: &'static str) -> ServerError<'static> {
        ServerError {
            state,
            message: "column \"nam\" does not exist",
            detail: None,
            hint: Some("Perhaps you meant to reference the column \"staff.name\"."),
            position: Some(8),
        }
    }

    #[test]
    fn a_sql_error_keeps_what_helps_to_correct_it() {
        let error = of_server_error(&server_error("42703"), Duration::from_secs(30));
        assert_eq!(error.code, CallErrorCode::Rejected);
        assert_eq!(
            error.message,
            "PostgreSQL: column \"nam\" does not exist (SQLSTATE 42703, at character 8). \
             Hint: Perhaps you meant to reference the column \"staff.name\"."
        );
    }

    #[test]
    fn under_a_policy_an_error_says_what_would_pass() {
        let failed = || CallError::new(CallErrorCode::Rejected, "PostgreSQL: no.");
        let told = |state: &str| with_advice(failed(), Some(&SqlState::from_code(state))).message;
        for state in ["42883", "42704"] {
            assert!(told(state).starts_with("PostgreSQL: no. Under"), "{state}");
            assert!(told(state).contains("cast the column to text"), "{state}");
        }
        assert!(told("42803").contains("GROUP BY"));
        assert_eq!(told("22012"), "PostgreSQL: no.");
        assert_eq!(with_advice(failed(), None).message, "PostgreSQL: no.");
    }

    #[test]
    fn states_have_their_codes() {
        let cases = [
            ("57014", CallErrorCode::TimedOut),
            ("25P03", CallErrorCode::TimedOut),
            ("57P01", CallErrorCode::Unreachable),
            ("08006", CallErrorCode::Unreachable),
            ("28P01", CallErrorCode::Unauthorized),
            ("25006", CallErrorCode::Rejected),
            ("42501", CallErrorCode::Rejected),
            ("22012", CallErrorCode::Rejected),
        ];
        for (state, code) in cases {
            let error = of_server_error(&server_error(state), Duration::from_secs(30));
            assert_eq!(error.code, code, "{state}");
        }
    }

    #[test]
    fn signing_in_has_its_own_words() {
        let cases = [
            ("28P01", CallErrorCode::Unauthorized),
            ("28000", CallErrorCode::Unauthorized),
            ("28999", CallErrorCode::Unauthorized),
            ("3D000", CallErrorCode::Unauthorized),
            ("53300", CallErrorCode::Unreachable),
            ("57P03", CallErrorCode::Unreachable),
            ("XX000", CallErrorCode::Unreachable),
        ];
        for (state, code) in cases {
            let error = refused_at_sign_in(state).into_error();
            assert_eq!(error.code, code, "{state}");
            assert!(error.message.ends_with(&format!("(SQLSTATE {state})")));
        }
    }

    #[test]
    fn a_time_limit_below_a_second_reads_well() {
        let error = of_server_error(&server_error("57014"), Duration::from_millis(200));
        assert!(
            error.message.contains("longer than 0.2 s"),
            "{}",
            error.message
        );
    }
}
