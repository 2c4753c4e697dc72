//! `mysql_list_tables`: what can be queried.

use std::borrow::Cow;

use lango_connector_database::{BoundedList, Bounds, Scope, json_text};
use lango_connector_kit::CallError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::{OF_THE_BUSINESS, comment, kind, texts};
use crate::connection::Connection;
use crate::transport::Transport;

/// What the tool takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow, default)]
    schema: Option<Cow<'a, str>>,
}

/// Runs it.
pub(crate) async fn run<S: Transport>(
    connection: &mut Connection<S>,
    bounds: &Bounds,
    arguments: &Arguments<'_>,
    scope: Scope<'_>,
) -> Result<Value, CallError> {
    let schema = arguments.schema.as_deref();
    let limit = match scope.tables() {
        None => format!(" LIMIT {}", u64::from(bounds.rows) + 1),
        // What may be seen is picked out here: the server compares names without case.
        Some(_) => String::new(),
    };
    let statement = format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_ROWS, t.TABLE_COMMENT, DATABASE() \
         FROM information_schema.TABLES AS t \
         WHERE {OF_THE_BUSINESS} AND (? IS NULL OR t.TABLE_SCHEMA = ?) \
         ORDER BY t.TABLE_SCHEMA, t.TABLE_NAME{limit}"
    );
    let rows = texts(connection, bounds, &statement, &[schema, schema]).await?;
    let mut list = BoundedList::new(bounds, &Value::Null);
    for row in &rows {
        let Some(table) = describe(row, scope) else {
            continue;
        };
        if list.push(table).is_break() {
            break;
        }
    }
    let (tables, truncated) = list.finish();
    Ok(json!({"tables": tables, "truncated": truncated}))
}

fn describe(row: &[Option<String>], scope: Scope<'_>) -> Option<Value> {
    let column = |index: usize| row.get(index).and_then(Option::as_deref);
    let text = |index| column(index).unwrap_or_default();
    let sight = scope.sight(text(5), text(0), text(1))?;
    // How many rows others have is nobody else's business.
    let estimate = column(3)
        .filter(|_| !sight.rows_are_limited())
        .and_then(|rows| rows.parse().ok());
    Some(json!({
        "schema": text(0),
        "name": text(1),
        "kind": kind(text(2)),
        "estimated_rows": estimate.map(json_text::integer),
        "rows_limited": sight.rows_are_limited(),
        "comment": comment(text(2), text(4)),
    }))
}
