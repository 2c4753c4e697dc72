//! The names of tables and columns in a policy: exact, and such that quoted
//! they mean the same to every server.

use core::fmt;

use crate::Dialect;

/// The schema of a table whose name says none.
const POSTGRES_SCHEMA: &str = "public";

/// PostgreSQL cuts longer names off, and would then read another table.
const LONGEST: usize = 63;

/// Schemas of the servers' own.
const CLOSED_SCHEMAS: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];

/// A character that names of the rewrite's own have and no other name may:
/// what stands behind a table cannot be spoken of in a query.
pub(crate) const RESERVED: char = '~';

/// A table by its exact name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableName {
    /// Always there for PostgreSQL; absent for MySQL's current database.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl TableName {
    /// Reads `table` or `schema.table`.
    pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Self, &'static str> {
        let (schema, name) = match text.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (default_schema(dialect), text),
        };
        if let Some(schema) = schema {
            check(schema)?;
            let folded = schema.to_lowercase();
            if CLOSED_SCHEMAS.contains(&folded.as_str()) || folded.starts_with("pg_") {
                return Err("system catalogues cannot be exposed");
            }
        }
        check(name)?;
        if name.to_lowercase().starts_with("pg_") {
            return Err("system catalogues cannot be exposed");
        }
        Ok(Self {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(formatter, "{schema}.")?;
        }
        formatter.write_str(&self.name)
    }
}

/// What an unqualified name means.
pub(crate) fn default_schema(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => Some(POSTGRES_SCHEMA),
        Dialect::Mysql => None,
    }
}

/// Whether `name` is one that can be quoted in either dialect.
pub(crate) fn check(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a name is empty");
    }
    if name.len() > LONGEST {
        return Err("a name is longer than 63 bytes");
    }
    if name.trim() != name {
        return Err("a name begins or ends with a space");
    }
    let unquotable =
        |c: char| c.is_control() || matches!(c, '"' | '`' | '\\' | '\'' | '.' | RESERVED);
    if name.chars().any(unquotable) {
        return Err("a name has a quote, a backslash, a point, `~` or a control character");
    }
    Ok(())
}
