//! The words of a record: what a search for text looks for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::record::Record;

/// Longer words count by their beginning.
const LONGEST_WORD: usize = 64;

/// The words of a text: runs of letters and digits, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST_WORD).collect())
        .collect()
}

/// The words of everything that a record says: of its values, not of their names.
pub(crate) fn words_of(record: &Record) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Ok(value) = serde_json::to_value(record) {
        collect(&value, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(words(text)),
        Value::Number(number) => found.extend(words(&number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) => {}
    }
}
