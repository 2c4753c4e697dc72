//! Tables: rows as arrays beside the names of their columns.

use serde_json::{Map, Value};

use super::{Place, Walk};
use crate::path::{COLUMNS, Key, Path};

/// The rows of a table, beside its `columns`.
pub(super) const ROWS: &str = "rows";

impl Walk<'_, '_> {
    /// Rows as arrays beside a list of column names, as connectors answer: the
    /// name of the column speaks for the cell. They are taken out of the object, so
    /// that nothing is gone over twice: a token made here would be escaped there.
    pub(super) fn table(
        &mut self,
        fields: &mut Map<String, Value>,
        place: Place<'_>,
        depth: usize,
    ) -> Option<Value> {
        let columns: Vec<(String, Key)> = fields
            .get(COLUMNS)?
            .as_array()?
            .iter()
            .map(|column| column_name(column).unwrap_or_default())
            .map(|name| (name.to_owned(), self.cleaning.key(name)))
            .collect();
        if !fields.get(ROWS)?.is_array() {
            return None;
        }
        let beyond = Key {
            said: None,
            ..self.cleaning.key(ROWS)
        };
        let Some(Value::Array(mut rows)) = fields.remove(ROWS) else {
            return None;
        };
        for row in &mut rows {
            let Some(cells) = row.as_array_mut() else {
                let path = Path {
                    above: place.path,
                    name: ROWS,
                    key: beyond,
                };
                let inner = Place {
                    path: Some(&path),
                    named: place.named,
                };
                self.at_depth(row, inner, depth + 2);
                continue;
            };
            for (index, cell) in cells.iter_mut().enumerate() {
                let (name, key) = columns
                    .get(index)
                    .map_or((ROWS, beyond), |(name, key)| (name.as_str(), *key));
                let path = Path {
                    above: place.path,
                    name,
                    key,
                };
                let inner = Place {
                    path: Some(&path),
                    named: key.said.or(place.named),
                };
                self.at_depth(cell, inner, depth + 3);
            }
        }
        Some(Value::Array(rows))
    }
}

fn column_name(column: &Value) -> Option<&str> {
    column
        .as_str()
        .or_else(|| column.get("name").and_then(Value::as_str))
}
