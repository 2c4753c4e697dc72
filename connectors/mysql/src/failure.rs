//! What went wrong, in words that an assistant can act on and without a credential.
//!
//! While connecting, the server's messages name user, database and host, which
//! are credentials: those errors get words of our own. Afterwards its messages
//! are about the query and are passed on.

use std::time::Duration;

use lango_connector_database::SocketError;
use lango_connector_kit::{CallError, CallErrorCode, Step};
use lango_mysql_protocol::{ServerError, Violation};

use crate::wire::Trouble;

/// At which step connecting failed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) step: Step,
    error: CallError,
}

impl Failed {
    fn new(step: Step, code: CallErrorCode, message: impl Into<String>) -> Self {
        Self {
            step,
            error: CallError::new(code, message),
        }
    }

    pub(crate) fn into_error(self) -> CallError {
        self.error
    }
}

pub(crate) fn of_socket(error: SocketError) -> Failed {
    match error {
        SocketError::Open => Failed::new(
            Step::Port,
            CallErrorCode::Unreachable,
            "The database could not be reached: its host name is unknown, nothing listens at the port, or a firewall refuses. An administrator has to check the connection's host and port.",
        ),
        SocketError::Tls => Failed::new(
            Step::Tls,
            CallErrorCode::Unreachable,
            "TLS with the database failed: its certificate is not one that is trusted for this host.",
        ),
    }
}

pub(crate) fn connecting_took_too_long() -> Failed {
    Failed::new(
        Step::Port,
        CallErrorCode::Unreachable,
        "The database could not be reached: connecting and signing in took too long.",
    )
}

pub(crate) fn no_tls_offered() -> Failed {
    Failed::new(
        Step::Tls,
        CallErrorCode::Unreachable,
        "The database does not offer TLS, and the connection requires it.",
    )
}

pub(crate) fn no_common_method() -> Failed {
    Failed::new(
        Step::Authentication,
        CallErrorCode::Unauthorized,
        "The database asks for a way to sign in that is not supported here. caching_sha2_password, mysql_native_password and client_ed25519 are, and mysql_clear_password where the connection is encrypted.",
    )
}

/// Before the server has said what it is.
pub(crate) fn at_greeting(trouble: Trouble) -> Failed {
    let message = match trouble {
        Trouble::Violation(Violation::TooOld) => {
            "What answers at the connection's host and port is too old: MySQL 5.7 or MariaDB 10.6 and later are supported."
        }
        _ => {
            "What answers at the connection's host and port broke off, or is neither MySQL nor MariaDB."
        }
    };
    Failed::new(Step::Port, CallErrorCode::Unreachable, message)
}

pub(crate) fn while_signing_in(trouble: Trouble) -> Failed {
    match trouble {
        Trouble::Server(error) => refused(&error),
        Trouble::Gone => Failed::new(
            Step::Port,
            CallErrorCode::Unreachable,
            "The database broke the connection off while signing in.",
        ),
        Trouble::Violation(_) => at_greeting(trouble),
    }
}

/// The server's error numbers are in its reference of errors.
pub(crate) fn refused(error: &ServerError) -> Failed {
    use CallErrorCode::{Unauthorized, Unreachable};
    let (step, code, message) = match error.code {
        1045 | 1698 => (
            Step::Authentication,
            Unauthorized,
            "The database did not accept the connection's user and password.",
        ),
        1251 | 2059 | 1156 | 1524 => return no_common_method(),
        1820 | 1862 => (
            Step::Authentication,
            Unauthorized,
            "The password of the connection's user has expired.",
        ),
        3118 | 4151 => (
            Step::Authentication,
            Unauthorized,
            "The connection's user is locked.",
        ),
        3159 => (
            Step::Tls,
            Unauthorized,
            "The database lets nobody in without TLS. An administrator has to set tls to require.",
        ),
        1044 | 1142 => (
            Step::Rights,
            Unauthorized,
            "The connection's user may not use its database.",
        ),
        1049 => (
            Step::Rights,
            Unauthorized,
            "The connection's database does not exist.",
        ),
        1129 | 1130 => (
            Step::Port,
            Unauthorized,
            "The database does not let this machine in.",
        ),
        1040 | 1203 | 1226 => (
            Step::Port,
            Unreachable,
            "The database has too many connections. Try again later.",
        ),
        1053 | 1077 => (
            Step::Port,
            Unreachable,
            "The database is shutting down. Try again later.",
        ),
        _ => (
            Step::Port,
            Unreachable,
            "The database refused the connection.",
        ),
    };
    Failed::new(step, code, format!("{message} (error {})", error.code))
}

/// After signing in.
pub(crate) fn while_running(trouble: &Trouble, time: Duration) -> CallError {
    match trouble {
        Trouble::Gone => broken_off(),
        Trouble::Server(error) => of_server(error, time),
        Trouble::Violation(Violation::TooLarge) => CallError::new(
            CallErrorCode::Rejected,
            "A single row of the result is larger than 8 MiB. Ask for fewer columns, or for part of a value with SUBSTRING().",
        ),
        Trouble::Violation(Violation::AsksForFile) => CallError::new(
            CallErrorCode::Unreachable,
            "The database asked for a file of this gateway's, which it never gets. An administrator has to look whether it is the server that it should be.",
        ),
        Trouble::Violation(_) => CallError::new(
            CallErrorCode::Internal,
            "The connector did not understand the database.",
        ),
    }
}

pub(crate) fn broken_off() -> CallError {
    CallError::new(
        CallErrorCode::Unreachable,
        "The database broke the connection off. Try again.",
    )
}

fn of_server(error: &ServerError, time: Duration) -> CallError {
    match error.code {
        // MySQL's time limit, MariaDB's, KILL QUERY, and waiting for a lock.
        3024 | 1969 | 1317 | 1205 => CallError::new(
            CallErrorCode::TimedOut,
            format!(
                "The query took longer than {} s and was stopped. Ask for less, filter on an indexed column, or aggregate.",
                time.as_secs_f64()
            ),
        ),
        1053 | 1077 | 1927 => broken_off(),
        1045 | 1044 | 1049 => refused(error).into_error(),
        // A column that GROUP BY does not name: under a SQL policy the server does not know
        // which column is a table's key.
        1055 => CallError::new(
            CallErrorCode::Rejected,
            format!(
                "{} Name every column that is selected in GROUP BY, or select ANY_VALUE(column).",
                describe(error)
            ),
        ),
        _ => CallError::new(CallErrorCode::Rejected, describe(error)),
    }
}

/// The server's own words, with what to look them up by.
pub(crate) fn describe(error: &ServerError) -> String {
    let state = if error.state.is_empty() {
        String::new()
    } else {
        format!(", SQLSTATE {}", error.state)
    };
    format!(
        "The database says: {} (error {}{state}).",
        error.message, error.code
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: u16) -> ServerError {
        ServerError {
            code,
            state: "42S22".to_owned(),
            message: "Unknown column 'nam' in 'field list'".to_owned(),
        }
    }

    #[test]
    fn a_sql_error_keeps_what_helps_to_correct_it() {
        let shown = of_server(&error(1054), Duration::from_secs(30));
        assert_eq!(shown.code, CallErrorCode::Rejected);
        assert_eq!(
            shown.message,
            "The database says: Unknown column 'nam' in 'field list' (error 1054, SQLSTATE 42S22)."
        );
    }

    #[test]
    fn grouping_by_a_key_alone_says_what_would_pass() {
        let shown = of_server(&error(1055), Duration::from_secs(30));
        assert_eq!(shown.code, CallErrorCode::Rejected);
        assert!(shown.message.ends_with("or select ANY_VALUE(column)."));
    }

    #[test]
    fn numbers_have_their_codes() {
        for (number, code) in [
            (3024, CallErrorCode::TimedOut),
            (1969, CallErrorCode::TimedOut),
            (1317, CallErrorCode::TimedOut),
            (1053, CallErrorCode::Unreachable),
            (1792, CallErrorCode::Rejected),
            (1142, CallErrorCode::Rejected),
        ] {
            let shown = of_server(&error(number), Duration::from_millis(200));
            assert_eq!(shown.code, code, "{number}");
        }
    }

    #[test]
    fn signing_in_has_its_own_words() {
        for number in [1045, 1049, 1044, 1130, 1040, 9999] {
            let shown = refused(&error(number)).into_error().message;
            assert!(!shown.contains("nam"), "{shown}");
            assert!(shown.ends_with(&format!("(error {number})")), "{shown}");
        }
    }
}
