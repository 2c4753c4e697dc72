//! What the tools that read the catalogue have in common.

use std::ops::ControlFlow;

use lango_connector_database::Bounds;
use lango_connector_kit::{CallError, CallErrorCode};
use lango_mysql_protocol::{Cell, Column, Row, Violation};

use crate::connection::{Connection, Reader};
use crate::failure;
use crate::transport::Transport;

/// The conditions under which a table of `information_schema.TABLES` (as `t`) is one of
/// the business's.
pub(super) const OF_THE_BUSINESS: &str = "t.TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') \
     AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')";
/// What a question may be answered with; 50,000 tables fit.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The rows of a statement of our own, as texts: no value of it needs more.
pub(crate) type Texts = Vec<Vec<Option<String>>>;

/// Runs a statement of our own.
pub(crate) async fn texts<S: Transport>(
    connection: &mut Connection<S>,
    bounds: &Bounds,
    sql: &str,
    parameters: &[Option<&str>],
) -> Result<Texts, CallError> {
    let mut rows = Rows::default();
    let work = async {
        let statement = connection.prepare(sql).await?;
        connection.execute(&statement, parameters, &mut rows).await
    };
    work.await
        .map_err(|trouble| failure::while_running(&trouble, bounds.time))?;
    if rows.bytes > MOST_BYTES {
        return Err(CallError::new(
            CallErrorCode::Rejected,
            "The database has too many tables to look through all of them. Name one of its schemas.",
        ));
    }
    Ok(rows.texts)
}

#[derive(Default)]
struct Rows {
    texts: Texts,
    bytes: usize,
}

impl Reader for Rows {
    fn columns(&mut self, _: &[Column]) {}

    fn row(&mut self, row: Row<'_>) -> Result<ControlFlow<()>, Violation> {
        let texts: Vec<_> = row
            .map(|cell| cell.map(|(_, cell)| text(cell)))
            .collect::<Result<_, _>>()?;
        let bytes: usize = texts.iter().flatten().map(String::len).sum();
        self.bytes += bytes + size_of_val(texts.as_slice());
        if self.bytes > MOST_BYTES {
            return Ok(ControlFlow::Break(()));
        }
        self.texts.push(texts);
        Ok(ControlFlow::Continue(()))
    }
}

fn text(cell: Cell<'_>) -> Option<String> {
    match cell {
        Cell::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Cell::Signed(number) => Some(number.to_string()),
        Cell::Unsigned(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `BASE TABLE` and `SYSTEM VERSIONED` are tables.
pub(super) fn kind(table_type: &str) -> &'static str {
    match table_type {
        "VIEW" => "view",
        _ => "table",
    }
}

/// A view's comment says that it is one.
pub(super) fn comment<'a>(table_type: &str, comment: &'a str) -> Option<&'a str> {
    Some(comment).filter(|it| !it.is_empty() && table_type != "VIEW")
}
