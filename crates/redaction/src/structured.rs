//! JSON: every string, every key, and the values that a name gives away.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::cleaning::Cleaning;
use crate::judge;
use crate::kind::Kind;
use crate::marker;
use crate::name::{self, Said};
use crate::path::{Key, Path};

/// Deeper than anything `serde_json` parses; a value built otherwise that goes
/// deeper is cut off here, so that recursion stays bounded.
const MAX_DEPTH: usize = 130;

/// Keys under which one field holds the name of a value …
const NAMES: &[&str] = &[
    "name",
    "key",
    "field",
    "parameter",
    "param",
    "variable",
    "header",
    "label",
    "setting",
    "env",
];

/// … that stands under one of these beside it.
const VALUES: &[&str] = &[
    "value", "val", "values", "content", "data", "default", "text",
];

/// The rows of a table, beside its `columns`.
const ROWS: &str = "rows";

pub(crate) fn clean(cleaning: &mut Cleaning<'_>, mut value: Value) -> Value {
    let place = Place {
        path: None,
        named: None,
    };
    Walk { cleaning }.at_depth(&mut value, place, 0);
    value
}

struct Walk<'w, 'p> {
    cleaning: &'w mut Cleaning<'p>,
}

/// Where in the whole a value stands.
#[derive(Clone, Copy)]
struct Place<'k> {
    /// The keys above it.
    path: Option<&'k Path<'k>>,
    /// What the nearest key above says the value is.
    named: Option<Said>,
}

impl Walk<'_, '_> {
    fn at_depth(&mut self, value: &mut Value, place: Place<'_>, depth: usize) {
        match value {
            Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => {
                *value = Value::String(self.cleaning.mark(Kind::Text, "too deep"));
            }
            Value::String(text) => {
                if let Some(cleaned) = self.string(text, place) {
                    *text = cleaned;
                }
            }
            Value::Number(number) => {
                if let Some(cleaned) = self.number(number, place) {
                    *value = Value::String(cleaned);
                }
            }
            Value::Array(items) => self.array(items, place, depth),
            Value::Object(fields) => self.object(fields, place, depth),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn array(&mut self, items: &mut [Value], place: Place<'_>, depth: usize) {
        // `["password", "…"]`, as lists of headers and settings have it.
        let pair = match items {
            [Value::String(name), Value::String(_)] => name::secret_named(name),
            _ => None,
        };
        for (index, item) in items.iter_mut().enumerate() {
            let named = place.named.or(pair.filter(|_| index == 1));
            self.at_depth(item, Place { named, ..place }, depth + 1);
        }
    }

    fn object(&mut self, fields: &mut Map<String, Value>, place: Place<'_>, depth: usize) {
        let rows = self.table(fields, place, depth);
        let beside = named_beside(fields);
        let mut renamed = Vec::new();
        let mut alike = BTreeMap::new();
        for (name, value) in fields.iter_mut() {
            let key = self.cleaning.key(name);
            let beside = beside.filter(|_| is_any_of(name, VALUES));
            let path = Path {
                above: place.path,
                name,
                key,
            };
            let inner = Place {
                path: Some(&path),
                named: key.said.or(beside).or(place.named),
            };
            self.at_depth(value, inner, depth + 1);
            if !key.is_plain
                && let Cow::Owned(cleaned) = self.cleaning.string(None, name)
            {
                renamed.push((name.clone(), numbered(&mut alike, cleaned)));
            }
        }
        if !renamed.is_empty() {
            *fields = with_names(core::mem::take(fields), renamed);
        }
        if let Some(rows) = rows {
            fields.insert(ROWS.to_owned(), rows);
        }
    }

    /// Rows as arrays beside a list of column names, as connectors answer: the
    /// name of the column speaks for the cell. They are taken out of the object, so
    /// that nothing is gone over twice: a token made here would be escaped there.
    fn table(
        &mut self,
        fields: &mut Map<String, Value>,
        place: Place<'_>,
        depth: usize,
    ) -> Option<Value> {
        let columns: Vec<(String, Key)> = fields
            .get("columns")?
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

    /// What stands for the string, if it does not stay.
    fn string(&mut self, text: &str, place: Place<'_>) -> Option<String> {
        match place.named {
            Some(said)
                if judge::goes_whole(text, said, place.path.map_or("", |path| path.name))
                    && !is_marker(text) =>
            {
                Some(self.cleaning.mark(said.kind, text))
            }
            _ => match self.cleaning.string(place.path, text) {
                Cow::Owned(cleaned) => Some(cleaned),
                Cow::Borrowed(_) => None,
            },
        }
    }

    /// What stands for a number that is a secret or personal data as a whole.
    fn number(&mut self, number: &Number, place: Place<'_>) -> Option<String> {
        // Of less than four digits, with a sign or a fraction: nobody's number.
        number.as_u64().filter(|number| *number >= 1000)?;
        let text = number.to_string();
        let named = |said: Said| matches!(said.kind, Kind::Password | Kind::OneTimeCode);
        if place.named.is_some_and(named) {
            return self.string(&text, place).filter(|cleaned| *cleaned != text);
        }
        self.cleaning
            .is_whole(place.path, &text)
            .then(|| self.cleaning.string(place.path, &text).into_owned())
    }
}

/// What `{"name": "DB_PASSWORD", "value": …}` says of its value.
fn named_beside(fields: &Map<String, Value>) -> Option<Said> {
    fields.iter().find_map(|(key, name)| {
        let name = name.as_str().filter(|name| name.len() <= 64)?;
        (is_any_of(key, NAMES) && !marker::contains(name))
            .then(|| name::secret_named(name))
            .flatten()
    })
}

fn is_any_of(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

fn column_name(column: &Value) -> Option<&str> {
    column
        .as_str()
        .or_else(|| column.get("name").and_then(Value::as_str))
}

fn is_marker(text: &str) -> bool {
    marker::begins(text) && text.ends_with(']') && text.matches('[').count() == 1
}

/// `fields` with new names for some of them, in their order.
fn with_names(fields: Map<String, Value>, renamed: Vec<(String, String)>) -> Map<String, Value> {
    let mut renamed = renamed.into_iter().peekable();
    let named = |(name, value): (String, Value)| match renamed.next_if(|(old, _)| *old == name) {
        Some((_, new)) => (new, value),
        None => (name, value),
    };
    fields.into_iter().map(named).collect()
}

/// Keys that come out alike are told apart by a number, so that every field stays.
fn numbered(alike: &mut BTreeMap<String, usize>, name: String) -> String {
    let count = alike.entry(name.clone()).or_insert(0);
    *count += 1;
    if *count == 1 {
        name
    } else {
        format!("{name}#{count}")
    }
}
