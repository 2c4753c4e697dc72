//! What the server runs at each start: databases, tables, rows and logins that are not
//! there yet.

use std::fmt::Write as _;

use super::{ADMINISTRATOR, Logins};
use crate::demo_database::{Business, Table};

/// Tables, keys and comments.
const SCHEMA: &str = include_str!("schema.sql");
/// The server reads statements of up to 20,000 bytes there.
const LONGEST: usize = 12_000;
/// How PostgreSQL's moments end; the session's zone is the same.
const ZONE: &str = "+03";

/// The statements, each on lines of its own. Names are constants and passwords are
/// base64url: none of them can end a literal.
pub(super) fn statements(
    businesses: &[&Business],
    logins: &[Logins],
    administrator: &str,
) -> String {
    let mut text = String::from(
        "SET time_zone = '+03:00';\nSET sql_mode = 'STRICT_ALL_TABLES';\n\
         DROP USER IF EXISTS ''@'localhost';\n",
    );
    let _ = write!(
        text,
        "CREATE USER IF NOT EXISTS {ADMINISTRATOR}@'%';\n\
         ALTER USER {ADMINISTRATOR}@'%' IDENTIFIED BY '{administrator}';\n\
         GRANT ALL PRIVILEGES ON *.* TO {ADMINISTRATOR}@'%' WITH GRANT OPTION;\n"
    );
    for (business, logins) in businesses.iter().zip(logins) {
        database(&mut text, business, logins);
    }
    text
}

fn database(text: &mut String, business: &Business, logins: &Logins) {
    let database = business.database;
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4;\nUSE {database};\n{SCHEMA}"
    );
    for table in business.rows() {
        insert(text, &table);
    }
    let (owner, reader) = (logins.owner(), logins.reader());
    let _ = write!(
        text,
        "CREATE USER IF NOT EXISTS {owner}@'%';\n\
         ALTER USER {owner}@'%' IDENTIFIED BY '{}';\n\
         GRANT ALL PRIVILEGES ON {database}.* TO {owner}@'%';\n\
         CREATE USER IF NOT EXISTS {reader}@'%';\n\
         ALTER USER {reader}@'%' IDENTIFIED BY '{}' REQUIRE SSL;\n\
         GRANT SELECT, SHOW VIEW ON {database}.* TO {reader}@'%';\n",
        logins.owner_password.as_str(),
        logins.reader_password.as_str(),
    );
}

/// What is there already stays as it is.
fn insert(text: &mut String, table: &Table) {
    let mut statement = String::new();
    for row in table.text.lines() {
        let cells: Vec<_> = row.split('\t').map(literal).collect();
        let values = format!("({})", cells.join(","));
        if !statement.is_empty() && statement.len() + values.len() > LONGEST {
            text.push_str(&std::mem::take(&mut statement));
            text.push_str(";\n");
        }
        if statement.is_empty() {
            statement = format!("INSERT IGNORE INTO {} VALUES {values}", table.name);
        } else {
            statement.push(',');
            statement.push_str(&values);
        }
    }
    if !statement.is_empty() {
        text.push_str(&statement);
        text.push_str(";\n");
    }
}

/// A cell of PostgreSQL's COPY, whose escapes are MySQL's.
fn literal(cell: &str) -> String {
    if cell == "\\N" {
        return "NULL".to_owned();
    }
    let is_moment = cell.len() == "2026-11-15 10:00:00+03".len() && cell.ends_with(ZONE);
    let cell = if is_moment {
        cell.trim_end_matches(ZONE)
    } else {
        cell
    };
    format!("'{}'", cell.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_database::WANJIKU;

    #[test]
    fn cells_become_literals() {
        for (cell, expected) in [
            ("\\N", "NULL"),
            ("it's", "'it''s'"),
            ("a\\\\b\\n", "'a\\\\b\\n'"),
            ("2026-11-15 10:00:00+03", "'2026-11-15 10:00:00'"),
            ("+254700000003", "'+254700000003'"),
        ] {
            assert_eq!(literal(cell), expected);
        }
    }

    #[test]
    fn no_statement_is_too_long_for_the_server() {
        let mut text = String::new();
        for table in WANJIKU.rows() {
            insert(&mut text, &table);
        }
        let mut lines = 0;
        for line in text.lines() {
            assert!(line.len() < 19_000 && line.ends_with(';'), "{}", line.len());
            lines += 1;
        }
        assert!(lines > 10);
    }
}
