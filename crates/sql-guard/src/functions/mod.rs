//! The functions a query may call.
//!
//! Every name on the lists computes its answer from its arguments (or from the
//! clock or a random source) and neither changes nor reveals anything beyond
//! them. What is not on the list of a dialect is refused.

mod advice;
mod mysql;
mod postgres;

pub(crate) use advice::advice;

use crate::Dialect;

/// Whether a query may call `name`, given as the server folds it.
pub(crate) fn is_allowed(name: &str, dialect: Dialect) -> bool {
    let groups = match dialect {
        Dialect::Postgres => postgres::GROUPS,
        Dialect::Mysql => mysql::GROUPS,
    };
    groups.iter().any(|group| group.contains(&name))
}

/// Whether `name` stands for a value without parentheses (`current_date`).
pub(crate) fn is_keyword_value(name: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => postgres::KEYWORD_VALUES.contains(&name),
        Dialect::Mysql => mysql::KEYWORD_VALUES.contains(&name),
    }
}

/// How many arguments MySQL's `name` has where it is one of the functions that
/// the rewrite writes in another way.
pub(crate) fn rewritten(name: &str) -> Option<usize> {
    let known = mysql::REWRITTEN.iter().find(|(known, _)| *known == name);
    known.map(|(_, arguments)| *arguments)
}

/// Whether the first argument of MySQL's `name` is a unit of time.
pub(crate) fn takes_a_unit(name: &str) -> bool {
    mysql::WITH_UNIT.contains(&name)
}

/// Whether `word` is a unit of time in MySQL.
pub(crate) fn is_unit(word: &str) -> bool {
    mysql::UNITS.contains(&word.to_ascii_lowercase().as_str())
}

/// Whether PostgreSQL's `name` is written with `pg_catalog` in front, so that no
/// function of the database's owner can take its place.
pub(crate) fn is_pinned(name: &str) -> bool {
    postgres::is_pinned(name)
}

/// Whether `name` is a word of PostgreSQL's SQL/JSON, which older servers lack.
pub(crate) fn is_sql_json(name: &str) -> bool {
    postgres::SQL_JSON.contains(&name)
}

/// Every function of PostgreSQL that a query may call.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    postgres::GROUPS
        .iter()
        .flat_map(|group| group.iter())
        .copied()
}
