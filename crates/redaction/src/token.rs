//! The tokens that stand for personal data: `<phone_1>`. What they are, how they
//! are renamed and put back, and how a text that only looks like one is told
//! apart from them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lango_personal_data::Kind;
use serde_json::Value;

/// The name in tokens of whole values that no kind describes.
pub(crate) const VALUE: &str = "value";

/// Longer than any kind's name and number.
const LONGEST: usize = 32;

/// Deeper than anything `serde_json` parses.
const MAX_DEPTH: usize = 130;

/// The next token of `text` from `from` on: where it begins and ends.
fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut from = from;
    loop {
        let start = from + text.get(from..)?.find('<')?;
        match end(text, start) {
            Some(end) => return Some((start, end)),
            None => from = start + 1,
        }
    }
}

fn end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let inside = start + 1;
    let window = bytes.get(inside..bytes.len().min(inside + LONGEST))?;
    let length = window.iter().position(|b| *b == b'>')?;
    let (kind, number) = text.get(inside..inside + length)?.rsplit_once('_')?;
    let known = kind == VALUE || Kind::from_name(kind).is_some();
    let counted = (1..=9).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.starts_with('0');
    (known && counted).then_some(inside + length + 1)
}

/// Where the tokens of `text` stand.
pub(crate) fn places(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut from = 0;
    core::iter::from_fn(move || {
        let place = next(text, from)?;
        from = place.1;
        Some(place)
    })
}

/// `text` with `replacement` for each token that has one.
fn replaced<'t>(
    text: &'t str,
    mut replacement: impl FnMut(&str) -> Option<String>,
) -> Cow<'t, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (start, end) in places(text) {
        let found = text.get(start..end).and_then(&mut replacement);
        if let (Some(before), Some(found)) = (text.get(copied..start), found) {
            out.push_str(before);
            out.push_str(&found);
            copied = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// A system's own text that looks like one of our tokens, made to look otherwise:
/// the gateway must never put a person's number where a mail wrote `<phone_1>`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().contains(&b'<') {
        return Cow::Borrowed(text);
    }
    replaced(text, |token| {
        let inside = token.trim_matches(['<', '>']);
        Some(format!("\u{2039}{inside}\u{203a}"))
    })
}

/// Gives placeholders their final names, all at once.
pub fn rename(value: &mut Value, names: &BTreeMap<String, String>) {
    if !names.is_empty() {
        each(value, 0, &mut |text| {
            replaced(text, |token| names.get(token).cloned())
        });
    }
}

/// Puts values back where their tokens stand in the strings of `value`. A token
/// that `lookup` does not know stays. What is put in is not looked at again.
pub fn restore<'v>(value: &mut Value, lookup: impl Fn(&str) -> Option<&'v str>) {
    each(value, 0, &mut |text| {
        replaced(text, |token| lookup(token).map(str::to_owned))
    });
}

/// The tokens that stand in the strings of `value`, each once, in their order.
#[must_use]
pub fn tokens(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    collect(value, 0, &mut |token| {
        if seen.insert(token.to_owned()) {
            found.push(token.to_owned());
        }
    });
    found
}

fn collect(value: &Value, depth: usize, add: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => places(text)
            .filter_map(|(start, end)| text.get(start..end))
            .for_each(add),
        Value::Array(items) if depth < MAX_DEPTH => {
            items.iter().for_each(|item| collect(item, depth + 1, add));
        }
        Value::Object(fields) if depth < MAX_DEPTH => {
            fields.values().for_each(|v| collect(v, depth + 1, add));
        }
        _ => {}
    }
}

/// `change` on every string; keys stay as they are.
fn each(value: &mut Value, depth: usize, change: &mut impl FnMut(&str) -> Cow<'_, str>) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            items.iter_mut().for_each(|i| each(i, depth + 1, change));
        }
        Value::Object(fields) if depth < MAX_DEPTH => {
            fields.values_mut().for_each(|v| each(v, depth + 1, change));
        }
        _ => {}
    }
}
