//! Where in a JSON value something stands, and what the names of fields say.

mod keys;
mod role;

use lango_personal_data::Field;

use crate::name::Said;

pub(crate) use keys::Keys;
pub(crate) use role::{COLUMNS, Role};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// What it says of a secret.
    pub(crate) said: Option<Said>,
    /// What it says of personal data.
    pub(crate) field: Field,
    /// What it is to the fields beside it.
    pub(crate) role: Role,
    /// Whether nothing in it is replaced.
    pub(crate) is_plain: bool,
}
