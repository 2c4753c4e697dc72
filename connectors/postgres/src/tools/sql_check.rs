//! `postgres_sql_check`: what would become of a statement, without running it.

use lango_connector_kit::{CallError, CallErrorCode, SqlRefusal};
use serde_json::{Value, json};
use tokio_postgres::{Error, Statement};

use super::query::{describe_columns, without_placeholders};
use crate::owners_code::Reached;
use crate::session::{Names, Session};

/// What the gateway refuses; the database is not asked.
pub(crate) fn refused(refusal: &SqlRefusal) -> Value {
    json!({
        "allowed": false,
        "sql": null,
        "tables": [],
        "columns": [],
        "error": {
            "code": refusal.code,
            "construct": refusal.construct,
            "position": refusal.position,
            "hint": refusal.hint,
        },
    })
}

/// What could run code of the database's owner.
pub(crate) fn of_the_owner(reached: &Reached, names: Names) -> Value {
    refused(&SqlRefusal {
        code: reached.code().to_owned(),
        construct: reached.construct(names),
        position: None,
        hint: reached.hint(),
    })
}

/// What the gateway lets through and the database has parsed, or not.
pub(crate) fn of_database(
    session: &Session,
    sql: &str,
    tables: &[String],
    parsed: Result<Statement, Error>,
) -> Result<Value, CallError> {
    let state = parsed
        .as_ref()
        .err()
        .and_then(|error| error.code())
        .map(|state| state.code().to_owned());
    let (columns, error) = match (without_placeholders(session, parsed), state) {
        (Ok(statement), _) => (describe_columns(&statement), Value::Null),
        // Not about the statement: the connection broke off, or it took too long.
        (Err(error), _) if error.code != CallErrorCode::Rejected => return Err(error),
        (Err(error), state) => (
            json!([]),
            json!({
                "code": "database",
                "construct": state.unwrap_or_default(),
                "position": null,
                "hint": error.message,
            }),
        ),
    };
    Ok(json!({
        "allowed": error.is_null(),
        "sql": sql,
        "tables": tables,
        "columns": columns,
        "error": error,
    }))
}
