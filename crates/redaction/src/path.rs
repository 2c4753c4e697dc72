//! Where in a JSON value something stands, and what the names of fields say.

use std::collections::HashMap;

use lango_personal_data::Field;

use crate::name::Said;

/// The key of a value, and those above it; an array's items stand where the array does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'k> {
    pub(crate) above: Option<&'k Path<'k>>,
    pub(crate) name: &'k str,
    pub(crate) key: Key,
}

impl Path<'_> {
    /// The names, from the value's own up.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        core::iter::successors(Some(self), |path| path.above).map(|path| path.name)
    }
}

/// What a key says and is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// What it says of a secret.
    pub(crate) said: Option<Said>,
    /// What it says of personal data.
    pub(crate) field: Field,
    /// Whether nothing in it is replaced.
    pub(crate) is_plain: bool,
}

/// How many keys are remembered: tables and lists have the same ones row by row.
const MOST: usize = 256;

/// Longer ones are rather data.
const LONGEST: usize = 64;

/// The keys that were seen.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: HashMap<String, Key>,
}

impl Keys {
    /// What is known of the key.
    pub(crate) fn get(&self, name: &str) -> Option<Key> {
        self.known.get(name).copied()
    }

    /// Remembers it, while there is room.
    pub(crate) fn keep(&mut self, name: &str, key: Key) {
        if self.known.len() < MOST && name.len() <= LONGEST {
            self.known.insert(name.to_owned(), key);
        }
    }
}
