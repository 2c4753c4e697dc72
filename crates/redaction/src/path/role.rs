//! What a key is to the fields beside it.

/// The list of a table's columns.
pub(crate) const COLUMNS: &str = "columns";

/// Keys under which one field holds the name of a value …
const NAMES: &[&str] = &[
    "name",
    "key",
    "field",
    "parameter",
    "param",
    "variable",
    "header",
    "label",
    "setting",
    "env",
];

/// … that stands under one of these beside it.
const VALUES: &[&str] = &[
    "value", "val", "values", "content", "data", "default", "text",
];

/// What a key is to the fields beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its value may be the name of the value beside it.
    Name,
    /// Its value may be named by a field beside it.
    Value,
    /// Its value names the columns of the rows beside it.
    Columns,
    Other,
}

impl Role {
    pub(crate) fn of(key: &str) -> Self {
        let is_any_of = |names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
        if is_any_of(NAMES) {
            Self::Name
        } else if is_any_of(VALUES) {
            Self::Value
        } else if key == COLUMNS {
            Self::Columns
        } else {
            Self::Other
        }
    }
}
