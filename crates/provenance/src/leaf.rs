//! One string, and whether it is a value or only has some.

use crate::{
    name,
    print::ValueKind,
    scan::{Class, Found, scan},
};

/// A longer string is a text, whatever is in it.
const LONGEST_FIELD: usize = 2_048;

/// A value in a string.
pub(crate) struct Part {
    pub(crate) kind: ValueKind,
    pub(crate) class: Class,
    pub(crate) normal: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) whole: bool,
}

impl Part {
    fn of(found: Found<'_>) -> Self {
        Self {
            kind: found.kind,
            class: found.class,
            normal: found.normal.to_owned(),
            start: found.start,
            end: found.end,
            whole: found.whole,
        }
    }
}

/// A string that may be a field.
pub(crate) struct Leaf {
    pub(crate) parts: Vec<Part>,
    /// So many words stand beside its values.
    pub(crate) words_beside: usize,
}

/// Whether a string is short enough to be a field.
pub(crate) fn is_field(text: &str) -> bool {
    text.len() <= LONGEST_FIELD
}

impl Leaf {
    /// Of a short string.
    pub(crate) fn of(text: &str) -> Self {
        let mut parts = Vec::new();
        scan(text, &mut |found| parts.push(Part::of(found)));
        let words_beside = words_beside(text, &parts);
        if words_beside > 0
            && let Some(normal) = name::normal(text)
            && !parts.iter().any(|part| part.normal == normal)
        {
            parts.push(Part {
                kind: ValueKind::Name,
                class: Class::Name,
                normal,
                start: 0,
                end: text.len(),
                whole: true,
            });
        }
        Self {
            parts,
            words_beside,
        }
    }

    /// Whether it is a value, or a list of such.
    pub(crate) fn is_value(&self) -> bool {
        self.words_beside == 0 && !self.parts.is_empty()
    }
}

/// Names count as words here: they stand beside a number and say whose it is.
fn words_beside(text: &str, parts: &[Part]) -> usize {
    let mut at = 0;
    let mut words = 0;
    let mut inside = false;
    let is_covered = |at: usize| {
        parts.iter().any(|part| {
            part.whole && part.kind != ValueKind::Name && (part.start..part.end).contains(&at)
        })
    };
    for character in text.chars() {
        let is_word = character.is_alphanumeric() && !is_covered(at);
        if is_word && !inside {
            words += 1;
        }
        inside = is_word;
        at += character.len_utf8();
    }
    words
}
