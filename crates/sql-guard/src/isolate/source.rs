//! What stands in a table's place: the columns and rows of it that may be read.

use sqlparser::ast::{Expr, Query, SetExpr, Statement};

use super::quoted;
use crate::Dialect;
use crate::access::ReadableTable;
use crate::policy::{Column, Mask, behind};
use crate::refusal::{Code, Refusal};

/// The shortest value of which the last four characters are shown: of a
/// shorter one they would be half of it.
const SHORTEST_SHOWN: u32 = 8;

/// The query that reads what may be read of `table`.
pub(super) fn query(table: &ReadableTable, dialect: Dialect) -> Result<Query, Refusal> {
    let condition = table.condition(dialect);
    let text = match condition {
        None => select(table, dialect, ""),
        Some(_) => with_barrier(table, dialect),
    };
    let mut statement = crate::parse::statement(&text, dialect)?;
    if let Some(condition) = condition {
        let condition = condition.ok_or_else(|| unwritable(table))?;
        place(&mut statement, condition).ok_or_else(|| unwritable(table))?;
    }
    crate::canonical(&mut statement, dialect)?;
    match statement {
        Statement::Query(query) => Ok(*query),
        _ => Err(unwritable(table)),
    }
}

/// A query below whose condition nothing of the query around it is evaluated.
///
/// - PostgreSQL moves no condition into a query with OFFSET, nor pulls such a
///   query up. Yet it would look through it at the column's statistics, and
///   evaluate conditions of the outer query on the values it finds there,
///   other people's, while planning: `LIKE '_x\'` fails when one matches. It
///   does not look through a set operation, hence the second, empty half.
/// - MySQL and MariaDB materialise a query with LIMIT as it stands.
fn with_barrier(table: &ReadableTable, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => {
            let rows = select(table, dialect, " WHERE true");
            let none = select(table, dialect, " WHERE false");
            format!("{rows} UNION ALL {none} OFFSET 0")
        }
        Dialect::Mysql => {
            let rows = select(table, dialect, " WHERE true");
            format!("{rows} LIMIT {}", u64::MAX)
        }
    }
}

fn select(table: &ReadableTable, dialect: Dialect, condition: &str) -> String {
    let name = table.name();
    let alias = quoted(&behind(&name.name), dialect);
    let columns = match table.columns() {
        None => format!("{alias}.*"),
        Some(columns) => {
            let columns: Vec<String> = columns
                .iter()
                .map(|column| shown(column, &alias.to_string(), dialect))
                .collect();
            columns.join(", ")
        }
    };
    let schema = match &name.schema {
        Some(schema) => format!("{}.", quoted(schema, dialect)),
        None => String::new(),
    };
    let table = quoted(&name.name, dialect);
    format!("SELECT {columns} FROM {schema}{table} AS {alias}{condition}")
}

fn shown(column: &Column, table: &str, dialect: Dialect) -> String {
    let name = quoted(&column.name, dialect);
    let value = format!("{table}.{name}");
    let text = match dialect {
        Dialect::Postgres => format!("CAST({value} AS text)"),
        Dialect::Mysql => format!("CAST({value} AS CHAR)"),
    };
    match column.mask {
        None => value,
        Some(Mask::Null) => format!("CASE WHEN false THEN {value} END AS {name}"),
        Some(Mask::Redacted) => format!("'[redacted]' AS {name}"),
        Some(Mask::LastFour) => format!(
            "CASE WHEN char_length({text}) >= {SHORTEST_SHOWN} THEN concat('****', right({text}, 4)) \
             WHEN {value} IS NOT NULL THEN '****' END AS {name}"
        ),
    }
}

/// Puts the condition in the place that the text keeps for it.
fn place(statement: &mut Statement, condition: Expr) -> Option<()> {
    let Statement::Query(query) = statement else {
        return None;
    };
    let first = match query.body.as_mut() {
        SetExpr::SetOperation { left, .. } => left.as_mut(),
        body => body,
    };
    match first {
        SetExpr::Select(select) => {
            *select.selection.as_mut()? = condition;
            Some(())
        }
        _ => None,
    }
}

fn unwritable(table: &ReadableTable) -> Refusal {
    Refusal::new(
        Code::Principal,
        table.name(),
        None,
        "The row condition of this table cannot be written for you; an administrator can see why \
         with the policy's try.",
    )
}
