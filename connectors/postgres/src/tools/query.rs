//! `postgres_query`: one SELECT, already checked by the gateway.

use std::borrow::Cow;
use std::pin::pin;

use futures_util::TryStreamExt;
use lango_connector_kit::{CallError, CallErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Statement};

use crate::bounds::{BoundedList, Bounds};
use crate::projection::{Form, type_name, wrap};
use crate::session::Session;

/// What the tool takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow)]
    sql: Cow<'a, str>,
}

/// Runs it.
pub(crate) async fn run(
    session: &Session,
    bounds: &Bounds,
    arguments: &Arguments<'_>,
) -> Result<Value, CallError> {
    let statement = prepare(session, &arguments.sql).await?;
    let columns = describe_columns(&statement);
    let forms: Vec<Form> = statement
        .columns()
        .iter()
        .map(|column| Form::of(column.type_()))
        .collect();
    // Frees the server's copy before the next statement runs.
    drop(statement);

    // One more than may come back, to know whether there are more.
    let sql = wrap(&arguments.sql, &forms, u64::from(bounds.rows) + 1);
    let rows = read_rows(session, bounds, &sql, &forms, &columns).await?;
    let (rows, truncated) = rows.finish();
    Ok(json!({
        "columns": columns,
        "row_count": rows.len(),
        "rows": rows,
        "truncated": truncated,
    }))
}

/// Lets the server parse the text as one statement, and say what it would give.
async fn prepare(session: &Session, sql: &str) -> Result<Statement, CallError> {
    let statement = session
        .client()
        .prepare(sql)
        .await
        .map_err(|error| session.failure(&error))?;
    if statement.params().is_empty() {
        return Ok(statement);
    }
    Err(CallError::new(
        CallErrorCode::Rejected,
        "The query has placeholders such as $1. Write the values into it.",
    ))
}

fn describe_columns(statement: &Statement) -> Value {
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
    sql: &str,
    forms: &[Form],
    columns: &Value,
) -> Result<BoundedList, CallError> {
    let mut list = BoundedList::new(bounds, columns);
    let none: [(&str, Type); 0] = [];
    let rows = session
        .client()
        .query_typed_raw(sql, none)
        .await
        .map_err(|error| session.failure(&error))?;
    let mut rows = pin!(rows);
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
        let values = read_row(&row, forms).map_err(|error| session.failure(&error))?;
        if list.push(values).is_break() {
            break;
        }
    }
    Ok(list)
}

fn read_row(row: &Row, forms: &[Form]) -> Result<Value, tokio_postgres::Error> {
    forms
        .iter()
        .enumerate()
        .map(|(index, form)| form.read(row, index))
        .collect()
}
