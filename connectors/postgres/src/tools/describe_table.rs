//! `postgres_describe_table`: columns, keys and comments of one table or view.

use std::borrow::Cow;

use futures_util::try_join;
use lango_connector_database::{Scope, Sight};
use lango_connector_kit::{CallError, CallErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Error, Row};

use super::relation::{OWN_SCHEMA, READABLE, kind_name};
use crate::session::Session;

/// What the tool takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow)]
    table: Cow<'a, str>,
    #[serde(borrow, default)]
    schema: Option<Cow<'a, str>>,
}

/// Runs it.
pub(crate) async fn run(
    session: &Session,
    scope: Scope<'_>,
    arguments: &Arguments<'_>,
) -> Result<Value, CallError> {
    let failure = |error: Error| session.failure(&error);
    let client = session.client();
    let mut candidates = find(client, arguments).await.map_err(failure)?;
    // A table that may not be seen is as good as none.
    candidates.retain(|it| scope.sight(OWN_SCHEMA, &it.schema, &it.name).is_some());
    let table = choose(candidates, &arguments.table)?;
    let Some(sight) = scope.sight(OWN_SCHEMA, &table.schema, &table.name) else {
        return Err(unclear(&[], &arguments.table));
    };
    // Sent together: one round trip.
    let (columns, primary_key, foreign_keys) = try_join!(
        columns(client, table.oid),
        primary_key(client, table.oid),
        foreign_keys(client, table.oid)
    )
    .map_err(failure)?;
    let foreign_keys: Vec<_> = foreign_keys
        .into_iter()
        .filter(|key| key.is_seen(sight, scope))
        .map(|key| key.shown())
        .collect();
    Ok(json!({
        "schema": table.schema,
        "name": table.name,
        "kind": table.kind,
        "comment": table.comment,
        "rows_limited": sight.rows_are_limited(),
        "columns": seen(columns, sight),
        "primary_key": if all_are_seen(&primary_key, sight) { primary_key } else { Vec::new() },
        "foreign_keys": foreign_keys,
    }))
}

#[derive(Debug, PartialEq, Eq)]
struct Table {
    oid: Oid,
    schema: String,
    name: String,
    kind: &'static str,
    comment: Option<String>,
    /// Found by its name alone, as a query would find it.
    visible: bool,
}

async fn find(client: &Client, arguments: &Arguments<'_>) -> Result<Vec<Table>, Error> {
    let statement = format!(
        "SELECT class.oid, namespace.nspname, class.relname, class.relkind::pg_catalog.text, \
           pg_catalog.obj_description(class.oid, 'pg_class'), \
           pg_catalog.pg_table_is_visible(class.oid) \
         FROM pg_catalog.pg_class AS class \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
         WHERE {READABLE} AND class.relname = $1 AND ($2 IS NULL OR namespace.nspname = $2) \
         ORDER BY namespace.nspname LIMIT 20"
    );
    let table: &str = &arguments.table;
    let schema = arguments.schema.as_deref();
    let rows = client
        .query_typed(&statement, &[(&table, Type::TEXT), (&schema, Type::TEXT)])
        .await?;
    rows.iter().map(read_table).collect()
}

fn read_table(row: &Row) -> Result<Table, Error> {
    Ok(Table {
        oid: row.try_get(0)?,
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: kind_name(row.try_get(3)?),
        comment: row.try_get(4)?,
        visible: row.try_get(5)?,
    })
}

/// The only one, or the one that a query without a schema would mean.
fn choose(mut candidates: Vec<Table>, name: &str) -> Result<Table, CallError> {
    let chosen = match candidates.len() {
        1 => Some(0),
        _ => candidates.iter().position(|table| table.visible),
    };
    match chosen {
        Some(index) => Ok(candidates.swap_remove(index)),
        None => Err(unclear(&candidates, name)),
    }
}

fn unclear(candidates: &[Table], name: &str) -> CallError {
    CallError::new(CallErrorCode::Rejected, why_unclear(candidates, name))
}

fn why_unclear(candidates: &[Table], name: &str) -> String {
    if candidates.is_empty() {
        return format!(
            "There is no table or view {name:?} that this connection may read. postgres_list_tables lists those that there are."
        );
    }
    let schemas: Vec<_> = candidates
        .iter()
        .map(|table| table.schema.as_str())
        .collect();
    format!(
        "Several schemas have a table {name:?}: {}. Name one as \"schema\".",
        schemas.join(", ")
    )
}

/// A column as the database has it.
struct Column {
    name: String,
    r#type: String,
    nullable: bool,
    readable: bool,
    comment: Option<String>,
}

/// The columns that may be seen, in the policy's order if it has one.
fn seen(mut columns: Vec<Column>, sight: Sight<'_>) -> Vec<Value> {
    if let Some(order) = sight.columns() {
        columns.retain(|column| sight.shows(&column.name));
        columns.sort_by_key(|column| order.iter().position(|it| it.name == column.name));
    }
    columns
        .into_iter()
        .map(|column| {
            json!({
                "masked": sight.masks(&column.name),
                "name": column.name,
                "type": column.r#type,
                "nullable": column.nullable,
                "readable": column.readable,
                "comment": column.comment,
            })
        })
        .collect()
}

fn all_are_seen(names: &[String], sight: Sight<'_>) -> bool {
    names.iter().all(|name| sight.shows(name))
}

/// A foreign key as the database has it.
struct ForeignKey {
    name: String,
    columns: Vec<String>,
    schema: String,
    table: String,
    referenced: Vec<String>,
}

impl ForeignKey {
    /// Whether both of its sides may be seen.
    fn is_seen(&self, sight: Sight<'_>, scope: Scope<'_>) -> bool {
        all_are_seen(&self.columns, sight)
            && scope
                .sight(OWN_SCHEMA, &self.schema, &self.table)
                .is_some_and(|other| all_are_seen(&self.referenced, other))
    }

    fn shown(self) -> Value {
        json!({
            "name": self.name,
            "columns": self.columns,
            "references": {
                "schema": self.schema, "table": self.table, "columns": self.referenced,
            },
        })
    }
}

async fn columns(client: &Client, table: Oid) -> Result<Vec<Column>, Error> {
    let rows = client
        .query_typed(
            "SELECT attname, pg_catalog.format_type(atttypid, atttypmod), NOT attnotnull, \
               pg_catalog.has_column_privilege(attrelid, attnum, 'SELECT'), \
               pg_catalog.col_description(attrelid, attnum) \
             FROM pg_catalog.pg_attribute \
             WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            &[(&table, Type::OID)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Column {
                name: row.try_get(0)?,
                r#type: row.try_get(1)?,
                nullable: row.try_get(2)?,
                readable: row.try_get(3)?,
                comment: row.try_get(4)?,
            })
        })
        .collect()
}

async fn primary_key(client: &Client, table: Oid) -> Result<Vec<String>, Error> {
    let rows = client
        .query_typed(
            "SELECT attribute.attname FROM pg_catalog.pg_constraint AS con, \
               pg_catalog.unnest(con.conkey) WITH ORDINALITY AS key (attnum, place) \
             JOIN pg_catalog.pg_attribute AS attribute \
               ON attribute.attrelid = $1 AND attribute.attnum = key.attnum \
             WHERE con.conrelid = $1 AND con.contype = 'p' ORDER BY key.place",
            &[(&table, Type::OID)],
        )
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

async fn foreign_keys(client: &Client, table: Oid) -> Result<Vec<ForeignKey>, Error> {
    let names = |relation: &str, key: &str| {
        format!(
            "ARRAY(SELECT attribute.attname::pg_catalog.text \
             FROM pg_catalog.unnest({key}) WITH ORDINALITY AS key (attnum, place) \
             JOIN pg_catalog.pg_attribute AS attribute \
               ON attribute.attrelid = {relation} AND attribute.attnum = key.attnum \
             ORDER BY key.place)"
        )
    };
    let statement = format!(
        "SELECT con.conname, {}, namespace.nspname, class.relname, {} \
         FROM pg_catalog.pg_constraint AS con \
         JOIN pg_catalog.pg_class AS class ON class.oid = con.confrelid \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
         WHERE con.conrelid = $1 AND con.contype = 'f' ORDER BY con.conname",
        names("con.conrelid", "con.conkey"),
        names("con.confrelid", "con.confkey"),
    );
    let rows = client
        .query_typed(&statement, &[(&table, Type::OID)])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ForeignKey {
                name: row.try_get(0)?,
                columns: row.try_get(1)?,
                schema: row.try_get(2)?,
                table: row.try_get(3)?,
                referenced: row.try_get(4)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schema: &str, visible: bool) -> Table {
        Table {
            oid: 1,
            schema: schema.to_owned(),
            name: "orders".to_owned(),
            kind: "table",
            comment: None,
            visible,
        }
    }

    #[test]
    fn the_only_one_is_chosen() {
        assert_eq!(
            choose(vec![table("sales", false)], "orders")
                .unwrap()
                .schema,
            "sales"
        );
    }

    #[test]
    fn a_query_would_mean_the_visible_one() {
        let tables = vec![table("archive", false), table("public", true)];
        assert_eq!(choose(tables, "orders").unwrap().schema, "public");
    }

    #[test]
    fn what_is_unclear_is_said() {
        let error = choose(vec![], "order").unwrap_err();
        assert!(
            error.message.contains("no table or view \"order\""),
            "{}",
            error.message
        );
        let error = choose(vec![table("a", false), table("b", false)], "orders").unwrap_err();
        assert!(
            error.message.contains("\"orders\": a, b."),
            "{}",
            error.message
        );
    }
}
