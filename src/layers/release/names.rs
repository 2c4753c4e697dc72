//! Names for personal data. The key's gate gives them, so that they hold from call to
//! call; until it has, a placeholder stands in the result that nothing in it can be
//! mistaken for.

use std::collections::BTreeMap;

use lango_admission::{NewPseudonym, PSEUDONYMS_PER_CALL};
use lango_redaction::{Pseudonym, rename};
use serde_json::{Map, Value};

use super::ReleaseMeans;
use crate::denial::Denial;

/// Random digits of a placeholder: the system behind cannot know them.
const DIGITS: usize = 16;

/// What stands in a result for personal data that has no names yet.
#[derive(Default)]
pub(super) struct Placeholders {
    /// What all of them begin with.
    beginning: String,
    /// Each with the kind of what it stands for.
    all: Vec<(String, &'static str)>,
}

/// Gives what was taken out placeholders, and seals it for the gate.
///
/// # Errors
/// A denial when it cannot be sealed.
pub(super) fn opaque(
    value: &mut Value,
    found: Vec<Pseudonym>,
    means: &ReleaseMeans<'_>,
) -> Result<(Placeholders, Vec<NewPseudonym>), Denial> {
    if found.is_empty() {
        return Ok((Placeholders::default(), Vec::new()));
    }
    let random: String = means.boundary.as_str().chars().take(DIGITS).collect();
    let mut placeholders = Placeholders {
        beginning: format!("pseudonym{random}n"),
        all: Vec::with_capacity(found.len()),
    };
    let mut names = BTreeMap::new();
    let mut pseudonyms = Vec::new();
    for (number, pseudonym) in found.into_iter().enumerate() {
        let placeholder = format!("{}{number}x", placeholders.beginning);
        placeholders.all.push((placeholder.clone(), pseudonym.kind));
        names.insert(pseudonym.token, placeholder.clone());
        // More than the gate takes of one call: they are redacted.
        if number < PSEUDONYMS_PER_CALL {
            let value = means.prints.value(&pseudonym.value);
            pseudonyms.push(NewPseudonym {
                placeholder,
                kind: pseudonym.kind.to_owned(),
                // Of the same value as an argument where it is one.
                print: value.map_or_else(|| means.prints.text(&pseudonym.value), |(_, it)| it),
                sealed: means.seal.seal_pseudonym(&pseudonym.value)?,
            });
        }
    }
    rename(value, &names);
    Ok((placeholders, pseudonyms))
}

impl Placeholders {
    /// Puts the names in; a marker where there is none.
    pub(super) fn name(&self, value: &mut Value, names: &BTreeMap<String, String>) {
        if self.all.is_empty() {
            return;
        }
        match value {
            Value::String(text) => self.name_text(text, names),
            Value::Array(items) => items.iter_mut().for_each(|item| self.name(item, names)),
            Value::Object(members) => {
                let mut named = Map::new();
                for (mut name, mut item) in std::mem::take(members) {
                    self.name_text(&mut name, names);
                    self.name(&mut item, names);
                    named.insert(name, item);
                }
                *members = named;
            }
            _ => {}
        }
    }

    fn name_text(&self, text: &mut String, names: &BTreeMap<String, String>) {
        if !text.contains(&self.beginning) {
            return;
        }
        for (placeholder, kind) in &self.all {
            let redacted = || format!("[redacted:{kind}]");
            if text.contains(placeholder.as_str()) {
                let name = names.get(placeholder).cloned().unwrap_or_else(redacted);
                *text = text.replace(placeholder.as_str(), &name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_put_in_and_what_has_none_is_redacted() {
        let placeholders = Placeholders {
            beginning: "pseudonymabn".into(),
            all: vec![
                ("pseudonymabn1x".into(), "phone"),
                ("pseudonymabn11x".into(), "name"),
            ],
        };
        let mut value = json!({"to": ["call pseudonymabn1x"], "pseudonymabn11x": 7});
        let names = [("pseudonymabn1x".to_owned(), "<phone_3>".to_owned())].into();
        placeholders.name(&mut value, &names);
        assert_eq!(
            value,
            json!({"to": ["call <phone_3>"], "[redacted:name]": 7})
        );
    }
}
