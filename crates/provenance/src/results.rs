//! The values of a result.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    decode,
    fingerprint::Printer,
    fold,
    key::KeyTraits,
    leaf::{Leaf, Part, is_field},
    number::{self, FEWEST_DIGITS, MOST_DIGITS},
    phrase::phrases,
    plainer::plainer,
    print::{MAXIMUM_RESULT_PRINTS, ResultPrint, ResultPrints, Standing, ValueKind},
    query::Query,
    scan::{Class, Found, scan},
    walk::{DEEPEST, embedded},
};

const MOST_PHRASES: usize = 16;
const MOST_NAMES: usize = 64;

/// Where a value stands.
#[derive(Clone, Copy, Default)]
struct Place {
    key: KeyTraits,
    of_correspondent: bool,
    of_echo: bool,
}

impl Place {
    fn under(self, name: &str, known: &mut HashMap<String, KeyTraits>) -> Self {
        let key = match known.get(name) {
            Some(key) => *key,
            None => {
                let key = KeyTraits::of(name);
                known.insert(name.to_owned(), key);
                key
            }
        };
        Self {
            key,
            of_correspondent: self.of_correspondent || key.has(KeyTraits::CORRESPONDENT),
            of_echo: self.of_echo || key.has(KeyTraits::ECHO),
        }
    }
}

/// Collects them.
pub(crate) struct Results<'a> {
    trusted: bool,
    query: Option<Query>,
    keys: HashMap<String, KeyTraits>,
    found: HashMap<(Class, String), (ValueKind, Standing)>,
    phrases: usize,
    names: usize,
    truncated: bool,
    printer: &'a Printer,
}

impl<'a> Results<'a> {
    pub(crate) fn new(printer: &'a Printer, trusted: bool, query: Option<Query>) -> Self {
        Self {
            trusted,
            query,
            keys: HashMap::new(),
            found: HashMap::new(),
            phrases: 0,
            names: 0,
            truncated: false,
            printer,
        }
    }

    pub(crate) fn finish(self) -> ResultPrints {
        let printer = self.printer;
        let mut prints: Vec<_> = self
            .found
            .into_iter()
            .map(|((class, normal), (kind, standing))| ResultPrint {
                kind,
                print: printer.print(class, &normal),
                standing,
            })
            .collect();
        prints.sort_unstable_by_key(|it| (it.print, it.standing));
        prints.dedup_by_key(|it| it.print);
        ResultPrints {
            prints,
            truncated: self.truncated,
        }
    }

    pub(crate) fn root(&mut self, value: &Value) {
        self.value(value, Place::default(), 0);
    }

    fn value(&mut self, value: &Value, place: Place, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.number(&number.to_string(), place),
            Value::String(text) => self.text(text, place, depth),
            Value::Array(items) => {
                for item in items {
                    self.value(item, place, depth + 1);
                }
            }
            Value::Object(fields) => self.object(fields, place, depth),
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, place: Place, depth: usize) {
        let columns = columns(fields);
        // Who else got a message, or meets, is one of those who may be answered.
        let mut is_message = false;
        for name in fields.keys() {
            let key = place.under(name, &mut self.keys).key;
            is_message |= key.has(KeyTraits::CORRESPONDENT);
        }
        for (name, field) in fields {
            let mut inner = place.under(name, &mut self.keys);
            inner.of_correspondent |= is_message && inner.key.has(KeyTraits::ADDRESSEE);
            if name.bytes().any(|it| it.is_ascii_digit() || it == b'@') {
                self.text(name, place, DEEPEST);
            }
            match (columns.as_deref(), field) {
                (Some(columns), Value::Array(rows)) if name == "rows" => {
                    self.rows(columns, rows, inner, depth);
                }
                _ => self.value(field, inner, depth + 1),
            }
        }
    }

    fn rows(&mut self, columns: &[&str], rows: &[Value], place: Place, depth: usize) {
        let places: Vec<_> = columns
            .iter()
            .map(|name| place.under(name, &mut self.keys))
            .collect();
        for row in rows {
            let Value::Array(cells) = row else {
                self.value(row, place, depth + 1);
                continue;
            };
            for (index, cell) in cells.iter().enumerate() {
                let place = places.get(index).copied().unwrap_or(place);
                self.value(cell, place, depth + 2);
            }
        }
    }

    fn number(&mut self, digits: &str, place: Place) {
        let is_counted = place.key.has(KeyTraits::AMOUNT) || place.key.has(KeyTraits::TIME);
        let is_number = (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && !is_counted {
            let kind = number::kind(digits, false);
            let standing = self.of_field(place, kind);
            self.add(kind, Class::Digits, number::normal(digits), standing);
        }
    }

    fn text(&mut self, text: &str, place: Place, depth: usize) {
        if let Some(inner) = embedded(text) {
            self.value(&inner, place, depth + 1);
            return;
        }
        let text = fold::plain(text);
        if is_field(&text) {
            let leaf = Leaf::of(&text);
            let is_value = leaf.is_value();
            let bracket = text.rfind('<').filter(|_| place.of_correspondent);
            for part in &leaf.parts {
                let standing = self.standing(part, place, is_value, text.len(), bracket);
                self.add(part.kind, part.class, &part.normal, standing);
            }
        } else {
            let is_all = scan(&text, &mut |found| self.in_text(found));
            self.truncated |= !is_all;
        }
        self.disguised(&text);
        // Two deep: a mail in base64 is HTML perhaps.
        for reading in decode::readings(&text) {
            self.reading(&reading);
            for deeper in decode::readings(&reading) {
                self.reading(&deeper);
            }
        }
        if self.phrases < MOST_PHRASES {
            phrases(&text, &mut |normal| {
                self.phrases += 1;
                self.add(ValueKind::Phrase, Class::Phrase, normal, Standing::Text);
                self.phrases < MOST_PHRASES
            });
        }
    }

    /// Another reading of a text.
    fn reading(&mut self, text: &str) {
        let text = fold::plain(text);
        let is_all = scan(&text, &mut |found| self.in_text(found));
        self.truncated |= !is_all;
        self.disguised(&text);
    }

    /// Hidden writings are never a field of anybody's records.
    fn disguised(&mut self, text: &str) {
        if let Some(latin) = fold::look_alike(text) {
            scan(&latin, &mut |found| self.in_text(found));
        }
        if let Some(plain) = plainer(text) {
            scan(&plain, &mut |found| {
                if matches!(found.kind, ValueKind::Email | ValueKind::Url) {
                    self.in_text(found);
                }
            });
        }
    }

    fn in_text(&mut self, found: Found<'_>) {
        self.add(found.kind, found.class, found.normal, Standing::Text);
    }

    fn standing(
        &self,
        part: &Part,
        place: Place,
        is_value: bool,
        length: usize,
        bracket: Option<usize>,
    ) -> Standing {
        let is_named = part.class == Class::Name && part.start == 0 && part.end == length;
        let after_bracket = bracket.is_none_or(|bracket| part.start > bracket);
        if !after_bracket {
            // What a sender calls themselves is their own text.
            return Standing::Text;
        }
        if part.whole && (is_value || is_named) {
            return self.of_field(place, part.kind);
        }
        let is_address = matches!(part.kind, ValueKind::Email | ValueKind::Phone);
        if place.of_correspondent && part.whole && is_address {
            return Standing::Correspondent;
        }
        Standing::Text
    }

    /// Of a value that is a whole field.
    fn of_field(&self, place: Place, kind: ValueKind) -> Standing {
        let is_address = matches!(kind, ValueKind::Email | ValueKind::Phone);
        if self.trusted && !place.of_echo && !place.key.has(KeyTraits::FREE_TEXT) {
            Standing::Record
        } else if place.of_correspondent && is_address {
            Standing::Correspondent
        } else if place.key.has(KeyTraits::HANDLE) && kind == ValueKind::Account {
            Standing::Handle
        } else {
            Standing::Text
        }
    }

    fn add(&mut self, kind: ValueKind, class: Class, normal: &str, standing: Standing) {
        let is_queried = || {
            self.query
                .as_ref()
                .is_some_and(|query| query.may_make(class, normal))
        };
        let standing = if standing == Standing::Record && is_queried() {
            Standing::Text
        } else {
            standing
        };
        let name = (class, normal.to_owned());
        if let Some((_, known)) = self.found.get_mut(&name) {
            *known = standing.min(*known);
            return;
        }
        if kind == ValueKind::Name {
            self.names += 1;
            if self.names > MOST_NAMES {
                return;
            }
        }
        if self.found.len() >= MAXIMUM_RESULT_PRINTS {
            self.truncated |= standing != Standing::Record && kind != ValueKind::Phrase;
            return;
        }
        self.found.insert(name, (kind, standing));
    }
}

/// The names of the columns, where an object is a table.
fn columns(fields: &Map<String, Value>) -> Option<Vec<&str>> {
    let columns = fields.get("columns")?.as_array()?;
    Some(
        columns
            .iter()
            .map(|column| {
                column
                    .as_str()
                    .or_else(|| column.get("name").and_then(Value::as_str))
                    .unwrap_or_default()
            })
            .collect(),
    )
}
