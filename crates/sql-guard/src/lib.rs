//! SQL that only reads.
//!
//! [`check`] parses a statement an assistant wrote, walks every node of the
//! tree against an allow-list, and hands back text **rendered from the checked
//! tree**: no comment, no spelling and no difference between two parsers
//! survives the way to the database.
//!
//! **In scope**: one query (`SELECT`, `VALUES`, `TABLE`, `WITH … SELECT`) in
//! the dialect of PostgreSQL or of MySQL and MariaDB; bounds on length and
//! depth; refusals that tell an assistant what would pass.
//!
//! [`check_within`] also holds it to an [`Access`]: what one [`Principal`] may
//! read under a [`Policy`]. Every reference to a table is rewritten to the
//! columns and rows that are theirs, behind a barrier.
//!
//! **Out of scope**: running the query, and what only the catalogue knows, such
//! as a function that the owner made for the rows of a table. The guard is one
//! fence of several: the connector still uses a read-only transaction, the
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

use core::fmt::Write as _;

mod access;
mod canonical;
mod familiar;
mod functions;
mod grammar;
mod isolate;
mod numerals;
mod parse;
mod policy;
mod refusal;
mod shape;
mod table_command;
mod tables;
mod walk;
mod walked;

#[cfg(test)]
mod tests;

pub use access::{Access, Principal, PrincipalKind, VisibleColumn, VisibleTable};
pub use isolate::{check_within, sample};
pub use policy::{Policy, PolicyError};
pub use refusal::{Code, Position, Refusal};

/// The longest text that is looked at.
pub const MAX_SQL_BYTES: usize = 64 * 1024;

/// What a text that is rendered has room for from the start.
const USUAL_BYTES: usize = 4 * 1024;

/// The most rows that any policy lets a query answer.
pub const MAX_ROWS: u32 = 500;

/// The SQL dialect of the connection the query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL 13 and later.
    Postgres,
    /// MySQL 8 and later and MariaDB 10.6 and later: what passes is harmless
    /// on both, under whatever `sql_mode` the session has.
    Mysql,
}

/// A query that reads and does nothing else. Only [`check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedQuery {
    sql: String,
    dialect: Dialect,
    tables: Vec<String>,
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

    /// The tables it reads, as `schema.table` or `table`, sorted, each once.
    #[must_use]
    pub fn tables(&self) -> &[String] {
        &self.tables
    }
}

/// Checks that `sql` is one query that only reads.
///
/// # Errors
///
/// A [`Refusal`] that names what was refused, where, and what would pass.
pub fn check(sql: &str, dialect: Dialect) -> Result<CheckedQuery, Refusal> {
    let statement = read(sql, dialect)?;
    write(&statement, dialect)
}

/// Parses and checks `sql`, and brings the tree into its one form.
fn read(sql: &str, dialect: Dialect) -> Result<sqlparser::ast::Statement, Refusal> {
    let mut statement = parse::statement(sql, dialect)?;
    canonical(&mut statement, dialect)?;
    Ok(statement)
}

/// Checks a tree and brings it into its one form.
fn canonical(statement: &mut sqlparser::ast::Statement, dialect: Dialect) -> Result<(), Refusal> {
    walk::check(statement, dialect)?;
    canonical::rewrite(statement, dialect);
    match dialect {
        Dialect::Postgres => canonical::rows::of_functions(statement),
        Dialect::Mysql => Ok(()),
    }
}

/// Writes a tree in its one form.
fn write(statement: &sqlparser::ast::Statement, dialect: Dialect) -> Result<CheckedQuery, Refusal> {
    let rendered = render(statement)?;
    check_rendered(&rendered, statement, dialect)?;
    Ok(CheckedQuery {
        sql: rendered,
        dialect,
        tables: tables::read_by(statement),
    })
}

fn render(statement: &sqlparser::ast::Statement) -> Result<String, Refusal> {
    let mut text = String::with_capacity(USUAL_BYTES);
    write!(text, "{statement}").map_err(|_| not_renderable("the query"))?;
    Ok(text)
}

/// What is sent is itself parsed and walked: the rendering is trusted no more
/// than the original text was.
fn check_rendered(
    rendered: &str,
    statement: &sqlparser::ast::Statement,
    dialect: Dialect,
) -> Result<(), Refusal> {
    let reread = parse::statement(rendered, dialect).map_err(unfaithful)?;
    walk::check(&reread, dialect).map_err(unfaithful)?;
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
