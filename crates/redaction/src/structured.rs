//! JSON: every string, every key, and the values that a name gives away.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use crate::cleaning::Cleaning;
use crate::judge;
use crate::kind::Kind;
use crate::marker;
use crate::name::{self, Said};

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

pub(crate) fn clean(cleaning: &mut Cleaning<'_>, value: Value) -> Value {
    let place = Place {
        path: &[],
        named: None,
    };
    Walk { cleaning }.value(value, place)
}

struct Walk<'w, 'p> {
    cleaning: &'w mut Cleaning<'p>,
}

/// Where in the whole a value stands.
#[derive(Clone, Copy)]
struct Place<'k> {
    /// The keys above it; an array's items stand where the array does.
    path: &'k [&'k str],
    /// What the nearest key above says the value is.
    named: Option<Said>,
}

impl Walk<'_, '_> {
    fn value(&mut self, value: Value, place: Place<'_>) -> Value {
        self.at_depth(value, place, 0)
    }

    fn at_depth(&mut self, value: Value, place: Place<'_>, depth: usize) -> Value {
        if depth > MAX_DEPTH && (value.is_array() || value.is_object()) {
            return Value::String(self.cleaning.mark(Kind::Text, "too deep"));
        }
        match value {
            Value::String(text) => Value::String(self.string(text, place)),
            Value::Number(number) => self.number(number, place),
            Value::Array(items) => Value::Array(self.array(items, place, depth)),
            Value::Object(fields) => Value::Object(self.object(fields, place, depth)),
            other => other,
        }
    }

    fn array(&mut self, items: Vec<Value>, place: Place<'_>, depth: usize) -> Vec<Value> {
        // `["password", "…"]`, as lists of headers and settings have it.
        let pair = match items.as_slice() {
            [Value::String(name), Value::String(_)] => name::secret_named(name),
            _ => None,
        };
        let items = items.into_iter().enumerate();
        items
            .map(|(index, item)| {
                let named = place.named.or(pair.filter(|_| index == 1));
                self.at_depth(item, Place { named, ..place }, depth + 1)
            })
            .collect()
    }

    fn object(
        &mut self,
        mut fields: Map<String, Value>,
        place: Place<'_>,
        depth: usize,
    ) -> Map<String, Value> {
        let rows = self.table(&mut fields, place, depth);
        let beside = named_beside(&fields);
        let mut cleaned = Map::new();
        let mut alike: HashMap<String, usize> = HashMap::new();
        for (name, value) in fields {
            // A marker in a key names a kind; it says nothing of the value.
            let said = if marker::contains(&name) {
                None
            } else {
                name::secret_named(&name)
            };
            let beside = beside.filter(|_| is_any_of(&name, VALUES));
            let named = said.or(beside).or(place.named);
            let path: Vec<&str> = place.path.iter().copied().chain([name.as_str()]).collect();
            let value = self.at_depth(value, Place { path: &path, named }, depth + 1);
            let key = match self.cleaning.string(&[], &name) {
                Cow::Borrowed(_) => None,
                Cow::Owned(key) => Some(numbered(&mut alike, key)),
            };
            cleaned.insert(key.unwrap_or(name), value);
        }
        if let Some(rows) = rows {
            cleaned.insert(ROWS.to_owned(), rows);
        }
        cleaned
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
        let columns: Vec<(String, Option<Said>)> = fields
            .get("columns")?
            .as_array()?
            .iter()
            .map(|column| column_name(column).unwrap_or_default())
            .map(|name| (name.to_owned(), name::secret_named(name)))
            .collect();
        if !fields.get(ROWS)?.is_array() {
            return None;
        }
        let Some(Value::Array(mut rows)) = fields.remove(ROWS) else {
            return None;
        };
        for row in &mut rows {
            let Some(cells) = row.as_array_mut() else {
                let path: Vec<&str> = place.path.iter().copied().chain([ROWS]).collect();
                let inner = Place {
                    path: &path,
                    named: place.named,
                };
                *row = self.at_depth(core::mem::take(row), inner, depth + 2);
                continue;
            };
            for (index, cell) in cells.iter_mut().enumerate() {
                let (name, said) = columns
                    .get(index)
                    .map_or((ROWS, None), |(name, said)| (name.as_str(), *said));
                let path: Vec<&str> = place.path.iter().copied().chain([name]).collect();
                let inner = Place {
                    path: &path,
                    named: said.or(place.named),
                };
                *cell = self.at_depth(core::mem::take(cell), inner, depth + 3);
            }
        }
        Some(Value::Array(rows))
    }

    fn string(&mut self, text: String, place: Place<'_>) -> String {
        match place.named {
            Some(said) if judge::goes_whole(&text, said, place.path) && !is_marker(&text) => {
                self.cleaning.mark(said.kind, &text)
            }
            _ => match self.cleaning.string(place.path, &text) {
                Cow::Owned(cleaned) => cleaned,
                Cow::Borrowed(_) => text,
            },
        }
    }

    /// A number that is a secret or personal data as a whole becomes a string.
    fn number(&mut self, number: Number, place: Place<'_>) -> Value {
        let text = number.to_string();
        let long = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit());
        let named = |said: Said| matches!(said.kind, Kind::Password | Kind::OneTimeCode);
        if long && place.named.is_some_and(named) {
            let cleaned = self.string(text.clone(), place);
            return if cleaned == text {
                Value::Number(number)
            } else {
                Value::String(cleaned)
            };
        }
        if !long || !self.cleaning.is_whole(place.path, &text) {
            return Value::Number(number);
        }
        Value::String(self.cleaning.string(place.path, &text).into_owned())
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
