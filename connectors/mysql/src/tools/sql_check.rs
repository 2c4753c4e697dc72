//! `mysql_sql_check`: what would become of a query, without running it.

use lango_connector_database::Bounds;
use lango_connector_kit::{CallError, CallErrorCode, DatabaseScope, SqlCheck, SqlRefusal};
use serde_json::{Value, json};

use super::query::{describe, without_placeholders};
use crate::connection::Connection;
use crate::transport::Transport;
use crate::wire::Trouble;

/// What the gateway's guard says: the answer if it refuses, or what to ask the server.
pub(crate) fn verdict(database: Option<&DatabaseScope>) -> Result<Verdict<'_>, CallError> {
    match database.and_then(|it| it.check.as_ref()) {
        Some(SqlCheck::Refused(refusal)) => Ok(Verdict::Refused(refused(refusal))),
        Some(SqlCheck::Allowed { sql, tables }) => Ok(Verdict::Allowed(Allowed {
            statement: database
                .and_then(|it| it.statement.as_deref())
                .unwrap_or(sql),
            sql,
            tables,
        })),
        None => Err(CallError::new(
            CallErrorCode::Rejected,
            "The gateway did not check the query.",
        )),
    }
}

/// See [`verdict`].
pub(crate) enum Verdict<'a> {
    Refused(Value),
    Allowed(Allowed<'a>),
}

/// A query that the guard lets through.
pub(crate) struct Allowed<'a> {
    /// What the database would get.
    pub(crate) statement: &'a str,
    /// What may be shown of that.
    pub(crate) sql: &'a str,
    pub(crate) tables: &'a [String],
}

/// Lets the server parse the text. Nothing runs.
pub(crate) async fn run<S: Transport>(
    connection: &mut Connection<S>,
    bounds: &Bounds,
    allowed: &Allowed<'_>,
) -> Result<Value, CallError> {
    let parsed = connection.prepare(allowed.statement).await;
    let construct = match &parsed {
        Err(Trouble::Server(error)) => error.code.to_string(),
        _ => String::new(),
    };
    let (columns, error) = match without_placeholders(parsed, bounds) {
        Ok(statement) => (describe(&statement.columns), Value::Null),
        // Not about the statement: the connection broke off, or it took too long.
        Err(error) if error.code != CallErrorCode::Rejected => return Err(error),
        Err(error) => (
            json!([]),
            json!({
                "code": "database",
                "construct": construct,
                "position": null,
                "hint": error.message,
            }),
        ),
    };
    Ok(json!({
        "allowed": error.is_null(),
        "sql": allowed.sql,
        "tables": allowed.tables,
        "columns": columns,
        "error": error,
    }))
}

fn refused(refusal: &SqlRefusal) -> Value {
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
