//! Row-level isolation: a checked query, rewritten so that it reads what an
//! [`Access`] lets it read.
//!
//! Every reference to a table becomes a derived table that names the columns,
//! carries the row condition, and ends in a barrier below which neither server
//! moves anything of the query around it:
//!
//! ```sql
//! (SELECT … FROM "public"."orders" AS "lango~orders" WHERE … <barrier>) AS "o"
//! ```
//!
//! Nothing rests on this crate's idea of scopes being the server's. Names with
//! `~` are refused in what an assistant writes, and common tables go by such
//! names (`"lango~1"`), so a name that resolves otherwise than expected is
//! unknown to the server and never another table. At the end
//! [`verify`] reads the written query again, as if somebody else had made it:
//! no table stands outside a derived table of this module's making.

mod limit;
mod qualified;
mod references;
mod reserved;
mod source;
mod verify;

use sqlparser::ast::{Ident, Statement};

use crate::access::Access;
use crate::refusal::Refusal;
use crate::{CheckedQuery, Dialect};

pub(crate) use limit::bound;

/// Checks `sql` as [`crate::check`] does, and rewrites it so that it reads
/// only the tables, columns and rows of `access`, and answers at most one row
/// more than its limit.
///
/// # Errors
///
/// A [`Refusal`] as of [`crate::check`]; also for a table that may not be
/// read, in the same words whether or not it exists.
pub fn check_within(sql: &str, access: &Access) -> Result<CheckedQuery, Refusal> {
    let dialect = access.dialect();
    let mut statement = crate::read(sql, dialect)?;
    let written = match access.readable() {
        None => None,
        Some(_) => Some(isolate(&mut statement, access)?),
    };
    bound(&mut statement, access.row_limit())?;
    let mut query = crate::write(&statement, dialect)?;
    if let Some(written) = written {
        verify::verify(&statement, &written)?;
        query.tables = written.tables();
    }
    Ok(query)
}

/// The first `rows` rows of one table, as far as `access` lets them be read.
///
/// # Errors
///
/// A [`Refusal`] as of [`check_within`].
pub fn sample(
    schema: Option<&str>,
    table: &str,
    rows: u32,
    access: &Access,
) -> Result<CheckedQuery, Refusal> {
    let dialect = access.dialect();
    let mut name = String::new();
    for part in schema.into_iter().chain([table]) {
        reserved::check_name(part)?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&quoted(part, dialect).to_string());
    }
    let rows = rows.clamp(1, access.row_limit());
    check_within(&format!("SELECT * FROM {name} LIMIT {rows}"), access)
}

fn isolate(statement: &mut Statement, access: &Access) -> Result<verify::Written, Refusal> {
    reserved::check(statement)?;
    let references = references::replace(statement, access)?;
    qualified::shorten(statement, &references)?;
    Ok(references.written)
}

/// `name` as the dialect quotes it. Only for names without quotes.
pub(crate) fn quoted(name: &str, dialect: Dialect) -> Ident {
    let quote = match dialect {
        Dialect::Postgres => '"',
        Dialect::Mysql => '`',
    };
    Ident::with_quote(quote, name)
}
