//! `mysql_query` and `mysql_sample_rows`: one SELECT, already checked by the gateway.

use std::borrow::Cow;
use std::ops::ControlFlow;

use lango_connector_database::{BoundedList, Bounds};
use lango_connector_kit::{CallError, CallErrorCode};
use lango_mysql_protocol::{Column, Row, Violation};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connection::{Connection, Reader, Statement};
use crate::failure;
use crate::transport::Transport;
use crate::values::{type_name, value};
use crate::wire::Trouble;

/// What the tool takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow)]
    pub(crate) sql: Cow<'a, str>,
}

/// Runs it.
pub(crate) async fn run<S: Transport>(
    connection: &mut Connection<S>,
    bounds: &Bounds,
    sql: &str,
) -> Result<Value, CallError> {
    let statement = without_placeholders(connection.prepare(sql).await, bounds)?;
    let mut rows = Rows {
        columns: describe(&statement.columns),
        list: BoundedList::new(bounds, &describe(&statement.columns)),
        bounds,
    };
    connection
        .execute(&statement, &[], &mut rows)
        .await
        .map_err(|trouble| failure::while_running(&trouble, bounds.time))?;
    let (items, truncated) = rows.list.finish();
    Ok(json!({
        "columns": rows.columns,
        "row_count": items.len(),
        "rows": items,
        "truncated": truncated,
    }))
}

/// A statement that needs nothing more, or what is wrong with it.
pub(super) fn without_placeholders(
    parsed: Result<Statement, Trouble>,
    bounds: &Bounds,
) -> Result<Statement, CallError> {
    let statement = parsed.map_err(|trouble| failure::while_running(&trouble, bounds.time))?;
    if statement.parameters == 0 {
        return Ok(statement);
    }
    Err(CallError::new(
        CallErrorCode::Rejected,
        "The query has placeholders such as ?. Write the values into it.",
    ))
}

/// The columns as the tools show them.
pub(super) fn describe(columns: &[Column]) -> Value {
    columns
        .iter()
        .map(|column| json!({"name": column.name, "type": type_name(column)}))
        .collect()
}

struct Rows<'a> {
    columns: Value,
    list: BoundedList,
    bounds: &'a Bounds,
}

impl Reader for Rows<'_> {
    /// What a column is may be known only when the statement runs.
    fn columns(&mut self, columns: &[Column]) {
        self.columns = describe(columns);
        self.list = BoundedList::new(self.bounds, &self.columns);
    }

    fn row(&mut self, row: Row<'_>) -> Result<ControlFlow<()>, Violation> {
        let values: Value = row
            .map(|cell| cell.map(|(column, cell)| value(column, cell)))
            .collect::<Result<_, _>>()?;
        Ok(self.list.push(values))
    }

    fn too_large(&mut self) -> Option<()> {
        let _ = self.list.cut_by_size();
        Some(())
    }
}
