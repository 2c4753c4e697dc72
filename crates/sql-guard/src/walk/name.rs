//! Rules for identifiers and the names of tables.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Spanned};

use super::{Rule, refuse};
use crate::Dialect;
use crate::refusal::{Code, Position};

/// The views of `information_schema` that show structure the login may see
/// anyway, and nothing of privileges, roles, settings or source text.
const SAFE_INFORMATION_SCHEMA: &[&str] = &[
    "columns",
    "constraint_column_usage",
    "key_column_usage",
    "referential_constraints",
    "schemata",
    "table_constraints",
    "tables",
];

/// The same of MySQL and MariaDB.
const MYSQL_INFORMATION_SCHEMA: &[&str] = &[
    "columns",
    "key_column_usage",
    "referential_constraints",
    "schemata",
    "statistics",
    "table_constraints",
    "tables",
];

const INFORMATION_SCHEMA: &str = "information_schema";

/// What PostgreSQL reads for this identifier: quoted ones as written, others
/// folded to lower case.
pub(crate) fn folded(identifier: &Ident) -> String {
    if identifier.quote_style.is_some() {
        identifier.value.clone()
    } else {
        identifier.value.to_ascii_lowercase()
    }
}

/// One identifier anywhere.
pub(super) fn identifier(identifier: &Ident, dialect: Dialect) -> Rule {
    if dialect == Dialect::Mysql && identifier.quote_style.is_none() {
        no_variable(identifier)?;
    }
    let (quoting, quote) = match dialect {
        Dialect::Postgres => (matches!(identifier.quote_style, None | Some('"')), '"'),
        // MySQL takes strings as aliases: `AS 'Total'`.
        Dialect::Mysql => (
            matches!(identifier.quote_style, None | Some('`' | '"' | '\'')),
            '`',
        ),
    };
    let plain = !identifier.value.is_empty()
        && !identifier
            .value
            .chars()
            .any(|c| c.is_control() || c == quote || c == '\\');
    let visible = identifier.quote_style.is_some()
        || !identifier
            .value
            .chars()
            .any(|c| c.is_whitespace() || is_invisible(c));
    if quoting && plain && visible {
        return Ok(());
    }
    refuse(
        Code::Identifier,
        identifier,
        Position::of(identifier.span),
        match dialect {
            Dialect::Postgres => {
                "Use plain names, or names in double quotes without quotes, backslashes or control characters."
            }
            Dialect::Mysql => {
                "Use plain names, or names in backticks without backticks, backslashes or control characters."
            }
        },
    )
}

/// `@name` and `@@name`, which the parser takes for names.
fn no_variable(identifier: &Ident) -> Rule {
    if !identifier.value.contains('@') {
        return Ok(());
    }
    refuse(
        Code::Identifier,
        identifier,
        Position::of(identifier.span),
        "User and system variables (@name, @@name) are not taken; write the value itself.",
    )
}

/// Characters that a reader does not see, such as zero-width space.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The name of a table or view.
pub(super) fn relation(name: &ObjectName, dialect: Dialect) -> Rule {
    let mut parts = Vec::with_capacity(name.0.len());
    for part in &name.0 {
        match part {
            // Catalogue names are compared in lower case even when quoted: no
            // honest table is called "PG_CLASS".
            ObjectNamePart::Identifier(identifier) => parts.push(identifier.value.to_lowercase()),
            ObjectNamePart::Function(_) => return catalogue(name),
        }
    }
    match dialect {
        Dialect::Postgres => relation_parts(&parts, name),
        Dialect::Mysql => mysql_relation(&parts, name),
    }
}

/// Names of databases are compared in lower case: on some systems the server
/// does so too.
fn mysql_relation(parts: &[String], name: &ObjectName) -> Rule {
    match parts {
        [_] => Ok(()),
        [database, view] => match database.trim() {
            INFORMATION_SCHEMA if MYSQL_INFORMATION_SCHEMA.contains(&view.as_str()) => Ok(()),
            INFORMATION_SCHEMA | "mysql" | "performance_schema" | "sys" => catalogue(name),
            _ => Ok(()),
        },
        _ => catalogue(name),
    }
}

fn relation_parts(parts: &[String], name: &ObjectName) -> Rule {
    if parts.iter().any(|part| part.starts_with("pg_")) {
        return catalogue(name);
    }
    let schema = parts
        .len()
        .checked_sub(2)
        .and_then(|index| parts.get(index));
    let safe = parts
        .last()
        .is_some_and(|view| SAFE_INFORMATION_SCHEMA.contains(&view.as_str()));
    if schema.is_some_and(|schema| schema == INFORMATION_SCHEMA) && !safe {
        return catalogue(name);
    }
    Ok(())
}

fn catalogue(name: &ObjectName) -> Rule {
    refuse(
        Code::SystemCatalogue,
        name,
        Position::of(name.span()),
        "System catalogues are closed; information_schema.tables and information_schema.columns are open.",
    )
}

/// The last part of `a.b`. PostgreSQL reads `row.f` as a call of `f(row)` when
/// `row` has no column `f`, so the names of server functions are refused here.
pub(super) fn field(identifier: &Ident) -> Rule {
    let name = identifier.value.to_lowercase();
    if ["pg_", "lo_", "dblink"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
    {
        return refuse(
            Code::Function,
            identifier,
            Position::of(identifier.span),
            "A column of this name cannot be told from a server function; select it through an alias column list.",
        );
    }
    Ok(())
}
