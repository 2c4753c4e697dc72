//! JSON: every string, every key, and the values that a name gives away.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::kind::{Kind, Tally};
use crate::redactor::Redactor;
use crate::{key, marker};

/// Deeper than anything `serde_json` parses; a value built otherwise that goes
/// deeper is cut off here, so that recursion stays bounded.
const MAX_DEPTH: usize = 130;

pub(crate) fn redact(redactor: &Redactor, value: Value, tally: &mut Tally) -> Value {
    Walk { redactor, tally }.value(value, None, 0)
}

struct Walk<'w> {
    redactor: &'w Redactor,
    tally: &'w mut Tally,
}

impl Walk<'_> {
    /// `named` is what the nearest key above says the value is.
    fn value(&mut self, value: Value, named: Option<Kind>, depth: usize) -> Value {
        if depth > MAX_DEPTH && (value.is_array() || value.is_object()) {
            self.tally.add(Kind::Text);
            return Value::String(marker::of(Kind::Text));
        }
        match value {
            Value::String(text) => Value::String(self.string(text, named)),
            Value::Array(items) => Value::Array(
                items
                    .into_iter()
                    .map(|item| self.value(item, named, depth + 1))
                    .collect(),
            ),
            Value::Object(fields) => Value::Object(self.object(fields, named, depth)),
            other => other,
        }
    }

    fn object(
        &mut self,
        mut fields: Map<String, Value>,
        named: Option<Kind>,
        depth: usize,
    ) -> Map<String, Value> {
        self.table(&mut fields);
        let mut redacted = Map::new();
        let mut alike: HashMap<String, usize> = HashMap::new();
        for (name, value) in fields {
            // A marker in a key names a kind; it says nothing of the value.
            let said = if marker::contains(&name) {
                None
            } else {
                key::secret_named(&name)
            };
            let value = self.value(value, said.or(named), depth + 1);
            let name = match self.redactor.redact_counting(&name, self.tally) {
                Cow::Borrowed(name) => name.to_owned(),
                Cow::Owned(name) => numbered(&mut alike, name),
            };
            redacted.insert(name, value);
        }
        redacted
    }

    /// Rows as arrays beside a list of column names, as connectors answer: the
    /// name of the column speaks for the cell.
    fn table(&mut self, fields: &mut Map<String, Value>) {
        let Some(columns) = fields.get("columns").and_then(Value::as_array) else {
            return;
        };
        let kinds: Vec<Option<Kind>> = columns
            .iter()
            .map(|column| column_name(column).and_then(key::secret_named))
            .collect();
        let rows = fields
            .get_mut("rows")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for row in rows {
            let cells = row.as_array_mut().into_iter().flatten();
            for (cell, kind) in cells.zip(&kinds) {
                if let (Value::String(text), Some(_)) = (&mut *cell, kind) {
                    *text = self.string(core::mem::take(text), *kind);
                }
            }
        }
    }

    fn string(&mut self, text: String, named: Option<Kind>) -> String {
        match named {
            Some(kind) if !text.is_empty() && !is_marker(&text) => {
                self.tally.add(kind);
                marker::of(kind)
            }
            _ => self
                .redactor
                .redact_counting(&text, self.tally)
                .into_owned(),
        }
    }
}

fn column_name(column: &Value) -> Option<&str> {
    column
        .as_str()
        .or_else(|| column.get("name").and_then(Value::as_str))
}

fn is_marker(text: &str) -> bool {
    marker::begins(text) && text.ends_with(']') && text.matches('[').count() == 1
}

/// Keys that come out alike are told apart by a number, so that every field stays.
fn numbered(alike: &mut HashMap<String, usize>, name: String) -> String {
    let count = alike.entry(name.clone()).or_insert(0);
    *count += 1;
    if *count == 1 {
        name
    } else {
        format!("{name}#{count}")
    }
}
