//! JSON: every string, every key, and the values that a name gives away.

mod table;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::cleaning::Cleaning;
use crate::judge;
use crate::kind::Kind;
use crate::marker;
use crate::name::{self, Said};
use crate::path::{Key, Path, Role};

/// Deeper than anything `serde_json` parses; a value built otherwise that goes
/// deeper is cut off here, so that recursion stays bounded.
const MAX_DEPTH: usize = 130;

pub(crate) fn clean(cleaning: &mut Cleaning<'_>, mut value: Value) -> Value {
    let place = Place {
        path: None,
        named: None,
    };
    let keys = Vec::new();
    Walk { cleaning, keys }.at_depth(&mut value, place, 0);
    value
}

struct Walk<'w, 'p> {
    cleaning: &'w mut Cleaning<'p>,
    /// Those of the objects around, the innermost last: asked for once each, and in
    /// memory that all objects share.
    keys: Vec<Key>,
}

/// Which roles the keys of an object have.
#[derive(Default)]
struct Roles {
    name: bool,
    value: bool,
    columns: bool,
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
        let first = self.keys.len();
        let roles = self.read_keys(fields);
        let table = roles.columns.then(|| self.table(fields, place, depth));
        let rows = table.flatten();
        if rows.is_some() {
            self.keys.truncate(first);
            self.read_keys(fields);
        }
        // Of no use to any other field.
        let has_pair = roles.name && roles.value;
        let beside = has_pair.then(|| named_beside(fields)).flatten();
        let mut renamed = Vec::new();
        let mut alike = BTreeMap::new();
        for (index, (name, value)) in fields.iter_mut().enumerate() {
            let known = self.keys.get(first + index).copied();
            let key = known.unwrap_or_else(|| self.cleaning.key(name));
            let beside = beside.filter(|_| key.role == Role::Value);
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
        self.keys.truncate(first);
        if !renamed.is_empty() {
            *fields = with_names(core::mem::take(fields), renamed);
        }
        if let Some(rows) = rows {
            fields.insert(table::ROWS.to_owned(), rows);
        }
    }

    /// Puts what is known of the keys behind those of the objects around.
    fn read_keys(&mut self, fields: &Map<String, Value>) -> Roles {
        let mut roles = Roles::default();
        for name in fields.keys() {
            let key = self.cleaning.key(name);
            match key.role {
                Role::Name => roles.name = true,
                Role::Value => roles.value = true,
                Role::Columns => roles.columns = true,
                Role::Other => {}
            }
            self.keys.push(key);
        }
        roles
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
        (Role::of(key) == Role::Name && !marker::contains(name))
            .then(|| name::secret_named(name))
            .flatten()
    })
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
