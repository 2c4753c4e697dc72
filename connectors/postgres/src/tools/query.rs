//! `postgres_query`: one SELECT, already checked by the gateway.

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;

use futures_util::{TryStreamExt, try_join};
use lango_connector_kit::{CallError, CallErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;
use tokio_postgres::{Column, Error, Row, RowStream, Statement};

use crate::known::{KnownStatements, StatementKey};
use crate::owners_code::Reached;
use crate::projection::{Form, type_name, wrap, wrap_for_read_only};
use crate::session::{Names, Session};
use lango_connector_database::{BoundedList, Bounds};

/// What the tool takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow)]
    pub(crate) sql: Cow<'a, str>,
}

/// Runs a statement in the transaction that `begun` begins.
///
/// The beginning, the text to be parsed, and, if the login has served the statement
/// before, the query in the forms that its columns had then, go in one flight. The server
/// takes the text as one statement only; the query runs in a read-only transaction or not
/// at all, and counts only if the columns have the same forms still.
pub(crate) async fn run(
    session: &Session,
    bounds: &Bounds,
    sql: &str,
    known: &mut KnownStatements,
    begun: impl Future<Output = Result<(), CallError>>,
) -> Result<Value, CallError> {
    let key = StatementKey::of(session.names(), sql);
    let guess = known.forms(key).map(<[Form]>::to_vec);
    known.forget(key);
    // One more than may come back, to know whether there are more.
    let limit = u64::from(bounds.rows) + 1;
    let parsed = async { Ok(session.client().prepare(sql).await) };
    let guessed = async {
        let Some(forms) = &guess else { return Ok(None) };
        let query = wrap_for_read_only(sql, forms, limit);
        Ok(Some(start(session, &query).await))
    };
    let begun = async { begun.await.inspect_err(|_| session.leave_rows()) };
    // Before the text is parsed: an error would end the transaction.
    let reached = async {
        match guess {
            Some(_) => Ok(None),
            None => session.reached(sql).await,
        }
    };
    let ((), reached, parsed, guessed) = try_join!(begun, reached, parsed, guessed)?;
    if let Some(reached) = reached {
        return Err(refused(&reached, session.names()));
    }

    let statement = without_placeholders(session, parsed)?;
    let columns = describe_columns(&statement);
    let types = statement.columns().iter().map(Column::type_);
    let forms: Vec<Form> = types.map(Form::of).collect();
    // Frees the server's copy before the next statement runs.
    drop(statement);

    let rows = match guessed {
        Some(rows) if guess.as_ref() == Some(&forms) => rows,
        other => {
            if other.is_some() {
                drop(other);
                session.begin_anew().await?;
            }
            start(session, &wrap(sql, &forms, limit)).await
        }
    };
    let rows = rows.map_err(|error| session.failure(&error))?;
    let rows = read_rows(session, bounds, rows, &forms, &columns).await?;
    known.learn(key, forms);
    let (rows, truncated) = rows.finish();
    Ok(json!({
        "columns": columns,
        "row_count": rows.len(),
        "rows": rows,
        "truncated": truncated,
    }))
}

fn refused(reached: &Reached, names: Names) -> CallError {
    let construct = reached.construct(names);
    CallError::new(
        CallErrorCode::Rejected,
        format!("The query could run {construct}. {}", reached.hint()),
    )
}

async fn start(session: &Session, query: &str) -> Result<RowStream, Error> {
    let none: [(&str, Type); 0] = [];
    session.client().query_typed_raw(query, none).await
}

pub(super) fn without_placeholders(
    session: &Session,
    parsed: Result<Statement, Error>,
) -> Result<Statement, CallError> {
    let statement = parsed.map_err(|error| session.failure(&error))?;
    if statement.params().is_empty() {
        return Ok(statement);
    }
    Err(CallError::new(
        CallErrorCode::Rejected,
        "The query has placeholders such as $1. Write the values into it.",
    ))
}

pub(super) fn describe_columns(statement: &Statement) -> Value {
    statement
        .columns()
        .iter()
        .map(|column| json!({"name": column.name(), "type": type_name(column.type_())}))
        .collect()
}

/// Reads rows one by one and stops at the bounds; what is left is never read.
async fn read_rows(
    session: &Session,
    bounds: &Bounds,
    rows: RowStream,
    forms: &[Form],
    columns: &Value,
) -> Result<BoundedList, CallError> {
    let mut list = BoundedList::new(bounds, columns);
    let mut rows = pin!(rows);
    let mut received = 0;
    loop {
        let row = match rows.try_next().await {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(_) if session.stopped_at_a_large_message() => {
                let _ = list.cut_by_size();
                break;
            }
            Err(error) => return Err(session.failure(&error)),
        };
        received += 1;
        let values = read_row(&row, forms).map_err(|error| session.failure(&error))?;
        if list.push(values).is_break() {
            // The last one that was asked for, or any before it.
            if received <= bounds.rows {
                session.leave_rows();
            }
            break;
        }
    }
    Ok(list)
}

fn read_row(row: &Row, forms: &[Form]) -> Result<Value, Error> {
    forms
        .iter()
        .enumerate()
        .map(|(index, form)| form.read(row, index))
        .collect()
}
