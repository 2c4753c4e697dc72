//! SQL that only reads.
//!
//! [`check`] parses a statement an assistant wrote, walks every node of the
//! tree against an allow-list, and hands back text **rendered from the checked
//! tree**: no comment, no spelling and no difference between two parsers
//! survives the way to the database.
//!
//! **In scope**: one query (`SELECT`, `VALUES`, `TABLE`, `WITH … SELECT`) in
//! PostgreSQL's dialect; bounds on length and depth; refusals that tell an
//! assistant what would pass.
//!
//! **Out of scope**: which tables a role may read and which rows (row-level
//! isolation comes with a later issue), running the query, and functions that
//! the database's owner defined under the name of a built-in one. The guard is
//! one fence of several: the connector still uses a read-only transaction, the
//! extended protocol and a login with few rights.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout
    )
)]

mod canonical;
mod functions;
mod parse;
mod refusal;
mod shape;
mod table_command;
mod walk;

#[cfg(test)]
mod tests;

pub use refusal::{Code, Position, Refusal};

/// The longest text that is looked at.
pub const MAX_SQL_BYTES: usize = 64 * 1024;

/// The SQL dialect of the connection the query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL 13 and later.
    Postgres,
}

/// A query that reads and does nothing else. Only [`check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedQuery {
    sql: String,
    dialect: Dialect,
}

impl CheckedQuery {
    /// The text to send, rendered from the checked tree. Checking it again
    /// yields the same text.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The dialect it was checked for.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// Checks that `sql` is one query that only reads.
///
/// # Errors
///
/// A [`Refusal`] that names what was refused, where, and what would pass.
pub fn check(sql: &str, dialect: Dialect) -> Result<CheckedQuery, Refusal> {
    let mut statement = parse::statement(sql, dialect)?;
    walk::check(&statement)?;
    canonical::rewrite(&mut statement);
    let rendered = statement.to_string();
    check_rendered(&rendered, &statement, dialect)?;
    Ok(CheckedQuery {
        sql: rendered,
        dialect,
    })
}

/// What is sent is itself parsed and walked: the rendering is trusted no more
/// than the original text was.
fn check_rendered(
    rendered: &str,
    statement: &sqlparser::ast::Statement,
    dialect: Dialect,
) -> Result<(), Refusal> {
    let reread = parse::statement(rendered, dialect).map_err(unfaithful)?;
    walk::check(&reread).map_err(unfaithful)?;
    if reread == *statement {
        Ok(())
    } else {
        Err(not_renderable("the query"))
    }
}

/// Quoting every name makes a text longer: a bound that only the rendering
/// meets is named as such.
fn unfaithful(refusal: Refusal) -> Refusal {
    match refusal.code {
        Code::TooLong | Code::TooDeep => refusal,
        _ => not_renderable(&refusal.construct),
    }
}

fn not_renderable(construct: &str) -> Refusal {
    Refusal::new(
        Code::NotRenderable,
        construct,
        None,
        "The guard cannot write this query back without changing it; phrase it in plainer SQL.",
    )
}
