//! Where in a JSON value something stands, and what the names of fields say.

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

/// How many places there are for keys, and how many keys each of them remembers: tables
/// and lists have the same ones row by row.
const PLACES: usize = 128;
const MOST: usize = 4;

/// Longer ones are rather data.
const LONGEST: usize = 64;

/// The keys that were seen. Whoever chooses names that share a place only makes us look
/// at them again, so that a hash does that costs little.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: Vec<Vec<(String, Key)>>,
}

impl Keys {
    /// What is known of the key.
    pub(crate) fn get(&self, name: &str) -> Option<Key> {
        let here = self.known.get(place(name))?;
        let (_, key) = here.iter().find(|(known, _)| known == name)?;
        Some(*key)
    }

    /// Remembers it, while there is room.
    pub(crate) fn keep(&mut self, name: &str, key: Key) {
        if self.known.is_empty() {
            self.known.resize_with(PLACES, Vec::new);
        }
        if let Some(here) = self.known.get_mut(place(name))
            && here.len() < MOST
            && name.len() <= LONGEST
        {
            here.push((name.to_owned(), key));
        }
    }
}

/// FNV-1a.
fn place(name: &str) -> usize {
    let bytes = name.bytes().take(LONGEST);
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash ^ hash >> 16) as usize % PLACES
}
