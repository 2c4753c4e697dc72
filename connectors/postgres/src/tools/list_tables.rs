//! `postgres_list_tables`: what can be queried.

use std::borrow::Cow;

use lango_connector_kit::{CallError, VisibleTable};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::relation::{OWN_SCHEMA, READABLE, kind_name};
use crate::session::Session;
use lango_connector_database::json_text;
use lango_connector_database::{BoundedList, Bounds, Scope, Sight};

/// What the tool takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow, default)]
    schema: Option<Cow<'a, str>>,
}

/// Runs it.
pub(crate) async fn run(
    session: &Session,
    bounds: &Bounds,
    scope: Scope<'_>,
    arguments: &Arguments<'_>,
) -> Result<Value, CallError> {
    let limit = i64::from(bounds.rows) + 1;
    let schema = arguments.schema.as_deref();
    let visible = scope.tables().map(names);
    let rows = session
        .client()
        .query_typed(
            &statement(),
            &[
                (&schema, Type::TEXT),
                (&limit, Type::INT8),
                (&visible.as_ref().map(|it| &it.0), Type::TEXT_ARRAY),
                (&visible.as_ref().map(|it| &it.1), Type::TEXT_ARRAY),
            ],
        )
        .await
        .map_err(|error| session.failure(&error))?;

    let mut list = BoundedList::new(bounds, &Value::Null);
    for row in &rows {
        let table = describe(row, scope).map_err(|error| session.failure(&error))?;
        if list.push(table).is_break() {
            break;
        }
    }
    let (tables, truncated) = list.finish();
    Ok(json!({"tables": tables, "truncated": truncated}))
}

/// Schemas and names of the tables that may be seen.
fn names(tables: &[VisibleTable]) -> (Vec<&str>, Vec<&str>) {
    tables
        .iter()
        .map(|it| (it.schema.as_deref().unwrap_or(OWN_SCHEMA), it.name.as_str()))
        .unzip()
}

fn statement() -> String {
    format!(
        "SELECT namespace.nspname, class.relname, class.relkind::pg_catalog.text, \
           class.reltuples::pg_catalog.float8, \
           pg_catalog.obj_description(class.oid, 'pg_class') \
         FROM pg_catalog.pg_class AS class \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
         WHERE {READABLE} AND NOT class.relispartition \
           AND ($1 IS NULL OR namespace.nspname = $1) \
           AND ($3 IS NULL OR (namespace.nspname, class.relname) IN \
             (SELECT * FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)))) \
         ORDER BY namespace.nspname, class.relname LIMIT $2"
    )
}

fn describe(row: &Row, scope: Scope<'_>) -> Result<Value, Error> {
    let (schema, name): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let kind = kind_name(row.try_get::<_, &str>(2)?);
    // How many rows others have is nobody else's business.
    let limited = scope
        .sight(OWN_SCHEMA, schema, name)
        .is_none_or(Sight::rows_are_limited);
    let estimated_rows = match limited {
        true => Value::Null,
        false => estimated_rows(kind, row.try_get(3)?),
    };
    Ok(json!({
        "schema": schema,
        "name": name,
        "kind": kind,
        "estimated_rows": estimated_rows,
        "rows_limited": limited,
        "comment": row.try_get::<_, Option<&str>>(4)?,
    }))
}

/// A negative number stands for "never analyzed"; views have no statistics.
fn estimated_rows(kind: &str, reltuples: f64) -> Value {
    if kind == "view" || !(0.0..1e15).contains(&reltuples) {
        return Value::Null;
    }
    // Whole and below 2^53 by the range above.
    json_text::integer(reltuples.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_that_are_none_are_null() {
        assert_eq!(estimated_rows("table", 1200.0), json!(1200));
        assert_eq!(estimated_rows("table", 0.0), json!(0));
        for (kind, reltuples) in [
            ("table", -1.0),
            ("view", 0.0),
            ("table", f64::NAN),
            ("table", 1e300),
        ] {
            assert_eq!(estimated_rows(kind, reltuples), Value::Null);
        }
    }
}
