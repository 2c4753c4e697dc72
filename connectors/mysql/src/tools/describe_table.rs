//! `mysql_describe_table`: columns, primary key and foreign keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lango_connector_database::{Bounds, Scope, Sight};
use lango_connector_kit::{CallError, CallErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::{OF_THE_BUSINESS, Texts, comment, kind, texts};
use crate::connection::Connection;
use crate::transport::Transport;

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
pub(crate) async fn run<S: Transport>(
    connection: &mut Connection<S>,
    bounds: &Bounds,
    arguments: &Arguments<'_>,
    scope: Scope<'_>,
) -> Result<Value, CallError> {
    let statement = format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_COMMENT, DATABASE() \
         FROM information_schema.TABLES AS t \
         WHERE {OF_THE_BUSINESS} AND t.TABLE_NAME = ? AND (? IS NULL OR t.TABLE_SCHEMA = ?) \
         ORDER BY t.TABLE_SCHEMA"
    );
    let (name, schema) = (Some(&*arguments.table), arguments.schema.as_deref());
    let rows = texts(connection, bounds, &statement, &[name, schema, schema]).await?;
    let candidates = rows
        .iter()
        .filter_map(|row| Table::read(row, scope))
        .collect();
    let table = choose(candidates, &arguments.table)?;

    let of_table = [Some(table.schema.as_str()), Some(table.name.as_str())];
    let columns = texts(connection, bounds, COLUMNS, &of_table).await?;
    let keys = texts(connection, bounds, KEYS, &of_table).await?;
    Ok(json!({
        "schema": table.schema,
        "name": table.name,
        "kind": kind(&table.r#type),
        "comment": comment(&table.r#type, &table.comment),
        "rows_limited": table.sight.rows_are_limited(),
        "columns": in_order(&columns, table.sight),
        "primary_key": primary_key(&keys, table.sight),
        "foreign_keys": foreign_keys(&keys, table.sight, scope),
    }))
}

const COLUMNS: &str = "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, PRIVILEGES, COLUMN_COMMENT \
     FROM information_schema.COLUMNS WHERE BINARY TABLE_SCHEMA = ? AND BINARY TABLE_NAME = ? \
     ORDER BY ORDINAL_POSITION";

const KEYS: &str = "SELECT k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, \
     k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, \
     DATABASE() \
     FROM information_schema.KEY_COLUMN_USAGE AS k \
     WHERE BINARY k.TABLE_SCHEMA = ? AND BINARY k.TABLE_NAME = ? \
     ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION";

struct Table<'a> {
    schema: String,
    name: String,
    r#type: String,
    comment: String,
    /// Whether a query without a schema would mean it.
    is_own: bool,
    sight: Sight<'a>,
}

impl<'a> Table<'a> {
    fn read(row: &[Option<String>], scope: Scope<'a>) -> Option<Self> {
        let (own, schema, name) = (text(row, 4), text(row, 0), text(row, 1));
        let sight = scope.sight(own, schema, name)?;
        Some(Self {
            schema: schema.to_owned(),
            name: name.to_owned(),
            r#type: text(row, 2).to_owned(),
            comment: text(row, 3).to_owned(),
            is_own: own == schema,
            sight,
        })
    }
}

fn text(row: &[Option<String>], index: usize) -> &str {
    row.get(index)
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

/// The only one, or the one that a query without a schema would mean.
fn choose<'a>(mut candidates: Vec<Table<'a>>, name: &str) -> Result<Table<'a>, CallError> {
    let chosen = match candidates.len() {
        1 => Some(0),
        _ => candidates
            .iter()
            .position(|it| it.is_own && it.name == name),
    };
    match chosen {
        Some(index) => Ok(candidates.swap_remove(index)),
        None => Err(CallError::new(
            CallErrorCode::Rejected,
            unclear(&candidates, name),
        )),
    }
}

fn unclear(candidates: &[Table<'_>], name: &str) -> String {
    if candidates.is_empty() {
        return format!(
            "There is no table or view {name:?} that this connection may read. mysql_list_tables lists those that there are."
        );
    }
    let schemas: Vec<_> = candidates.iter().map(|it| it.schema.as_str()).collect();
    format!(
        "Several databases have a table {name:?}: {}. Name one as \"schema\".",
        schemas.join(", ")
    )
}

/// In the order of the policy, which is that of `SELECT *`.
fn in_order(rows: &Texts, sight: Sight<'_>) -> Vec<Value> {
    let shown = |row| column(row, sight);
    let Some(policy) = sight.columns() else {
        return rows.iter().filter_map(|row| shown(row)).collect();
    };
    policy
        .iter()
        .filter_map(|it| rows.iter().find(|row| text(row, 0) == it.name))
        .filter_map(|row| shown(row))
        .collect()
}

fn column(row: &[Option<String>], sight: Sight<'_>) -> Option<Value> {
    let name = text(row, 0);
    if !sight.shows(name) {
        return None;
    }
    let comment = Some(text(row, 4)).filter(|it| !it.is_empty());
    Some(json!({
        "name": name,
        "type": text(row, 1),
        "nullable": text(row, 2) == "YES",
        "readable": text(row, 3).split(',').any(|it| it == "select"),
        "masked": sight.masks(name),
        "comment": comment,
    }))
}

/// Named only whole.
fn primary_key(keys: &Texts, sight: Sight<'_>) -> Vec<String> {
    let is_primary = |row: &&Vec<Option<String>>| text(row, 0) == "PRIMARY";
    let columns = keys.iter().filter(is_primary).map(|row| text(row, 1));
    if columns.clone().any(|name| !sight.shows(name)) {
        return Vec::new();
    }
    columns.map(str::to_owned).collect()
}

/// Those of which both sides may be seen.
fn foreign_keys(keys: &Texts, sight: Sight<'_>, scope: Scope<'_>) -> Vec<Value> {
    let mut by_name: BTreeMap<&str, Vec<&Vec<Option<String>>>> = BTreeMap::new();
    for row in keys.iter().filter(|row| !text(row, 3).is_empty()) {
        by_name.entry(text(row, 0)).or_default().push(row);
    }
    by_name
        .into_iter()
        .filter_map(|(name, rows)| foreign_key(name, &rows, sight, scope))
        .collect()
}

fn foreign_key(
    name: &str,
    rows: &[&Vec<Option<String>>],
    sight: Sight<'_>,
    scope: Scope<'_>,
) -> Option<Value> {
    let first = rows.first()?;
    let (schema, table) = (text(first, 2), text(first, 3));
    let other = scope.sight(text(first, 5), schema, table)?;
    let columns = |side: Sight<'_>, index| {
        let names = rows.iter().map(|row| text(row, index));
        names
            .map(|name| side.shows(name).then_some(name))
            .collect::<Option<Vec<_>>>()
    };
    Some(json!({
        "name": name,
        "columns": columns(sight, 1)?,
        "references": {"schema": schema, "table": table, "columns": columns(other, 4)?},
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schema: &str, is_own: bool) -> Table<'static> {
        Table {
            schema: schema.to_owned(),
            name: "orders".to_owned(),
            r#type: "BASE TABLE".to_owned(),
            comment: String::new(),
            is_own,
            sight: Sight::Whole,
        }
    }

    #[test]
    fn the_only_one_is_chosen_or_the_own() {
        let only = choose(vec![table("sales", false)], "orders").ok().unwrap();
        assert_eq!(only.schema, "sales");
        let both = vec![table("archive", false), table("shop", true)];
        assert_eq!(choose(both, "orders").ok().unwrap().schema, "shop");
    }

    #[test]
    fn what_is_unclear_is_said() {
        let error = choose(vec![], "order").err().unwrap();
        assert!(error.message.contains("no table or view \"order\""));
        let both = vec![table("a", false), table("b", false)];
        let error = choose(both, "orders").err().unwrap();
        assert!(error.message.contains("\"orders\": a, b."));
    }
}
