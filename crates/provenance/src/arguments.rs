//! The values of a call's arguments.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    fingerprint::{Fingerprint, Printer},
    fold,
    key::KeyTraits,
    leaf::{Leaf, Part, is_field},
    number::{self, FEWEST_DIGITS, MOST_DIGITS},
    phrase::phrases,
    print::{ArgumentPrint, MAXIMUM_ARGUMENT_PRINTS, ValueKind},
    scan::{Class, scan},
    walk::{DEEPEST, embedded},
};

/// With more words beside it a value is part of a sentence.
const MOST_WORDS_BESIDE: usize = 6;
const MOST_PHRASES: usize = 32;

/// Collects them.
pub(crate) struct Arguments<'a> {
    printer: &'a Printer,
    steering: Vec<ArgumentPrint>,
    others: Vec<ArgumentPrint>,
    known: HashSet<(Fingerprint, bool)>,
    phrases: usize,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(printer: &'a Printer) -> Self {
        Self {
            printer,
            steering: Vec::new(),
            others: Vec::new(),
            known: HashSet::new(),
            phrases: 0,
        }
    }

    /// Those that say to whom or where come first.
    pub(crate) fn finish(mut self) -> Vec<ArgumentPrint> {
        self.steering.append(&mut self.others);
        self.steering.truncate(MAXIMUM_ARGUMENT_PRINTS);
        self.steering
    }

    pub(crate) fn value(
        &mut self,
        value: &Value,
        place: &mut String,
        key: KeyTraits,
        depth: usize,
    ) {
        if depth > DEEPEST {
            return;
        }
        let length = place.len();
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.number(&number.to_string(), place, key),
            Value::String(text) => self.text(text, place, key, depth),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    place.push('/');
                    place.push_str(&index.to_string());
                    self.value(item, place, key, depth + 1);
                    place.truncate(length);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    place.push('/');
                    place.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    if name.bytes().any(|it| it.is_ascii_digit() || it == b'@') {
                        // `{"0722…": 500}`: whom it goes to is a name of a field.
                        self.text(name, place, KeyTraits::default(), DEEPEST);
                    }
                    self.value(field, place, KeyTraits::of(name), depth + 1);
                    place.truncate(length);
                }
            }
        }
    }

    fn number(&mut self, digits: &str, place: &str, key: KeyTraits) {
        let is_counted = key.has(KeyTraits::AMOUNT) || key.has(KeyTraits::TIME);
        let is_number = (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && !is_counted {
            let kind = number::kind(digits, false);
            self.add(
                kind,
                Class::Digits,
                number::normal(digits),
                place,
                true,
                None,
            );
        }
    }

    fn text(&mut self, text: &str, place: &mut String, key: KeyTraits, depth: usize) {
        if let Some(inner) = embedded(text) {
            self.value(&inner, place, key, depth + 1);
            return;
        }
        let text = fold::plain(text);
        if !is_field(&text) {
            scan(&text, &mut |found| {
                if self.others.len() < MAXIMUM_ARGUMENT_PRINTS {
                    self.add(found.kind, found.class, found.normal, place, false, None);
                }
            });
            self.phrases(&text, place);
            return;
        }
        let leaf = Leaf::of(&text);
        let most = if key.has(KeyTraits::FREE_TEXT) {
            0
        } else {
            MOST_WORDS_BESIDE
        };
        let is_steering = leaf.words_beside <= most;
        let is_counted = key.has(KeyTraits::AMOUNT) || key.has(KeyTraits::TIME);
        for part in &leaf.parts {
            if part.class == Class::Host && has_path(part, &leaf.parts) {
                // It goes with the link.
                continue;
            }
            if is_counted && matches!(part.class, Class::Digits | Class::Code) {
                continue;
            }
            let is_named = part.class == Class::Name;
            let fits = if is_named {
                // Names steer where somebody is named, and only whole.
                key.has(KeyTraits::NAME) && part.start == 0 && part.end == text.len()
            } else {
                is_steering && !key.has(KeyTraits::REFERENCE)
            };
            let steers = part.whole && fits;
            let host = host_of(part, &leaf.parts).map(|host| self.printer.print(Class::Host, host));
            self.add(part.kind, part.class, &part.normal, place, steers, host);
        }
        self.phrases(&text, place);
    }

    fn phrases(&mut self, text: &str, place: &str) {
        phrases(text, &mut |normal| {
            self.phrases += 1;
            self.add(ValueKind::Phrase, Class::Phrase, normal, place, false, None);
            self.phrases < MOST_PHRASES
        });
    }

    fn add(
        &mut self,
        kind: ValueKind,
        class: Class,
        normal: &str,
        place: &str,
        steering: bool,
        host: Option<Fingerprint>,
    ) {
        let print = self.printer.print(class, normal);
        if !self.known.insert((print, steering)) {
            return;
        }
        let to = if steering {
            &mut self.steering
        } else {
            &mut self.others
        };
        to.push(ArgumentPrint {
            place: place.to_owned(),
            kind,
            print,
            host,
            steering,
        });
    }
}

/// Whether a host is that of a link with a path.
fn has_path(host: &Part, parts: &[Part]) -> bool {
    parts
        .iter()
        .any(|part| part.class == Class::Url && part.start == host.start && part.end == host.end)
}

/// The host of a link, unless everybody has pages there.
fn host_of<'p>(link: &Part, parts: &'p [Part]) -> Option<&'p str> {
    let is_host = |part: &&Part| {
        part.class == Class::Host && part.start == link.start && part.end == link.end
    };
    let host = parts
        .iter()
        .find(is_host)
        .filter(|_| link.class == Class::Url)?;
    Some(&host.normal)
}
