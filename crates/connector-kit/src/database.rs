//! What a tool of a database says of its arguments, and what of a database a call may see.
//!
//! The gateway has checked and rewritten every statement before it comes to a connector;
//! the connector is told the rest, so that it lists and describes no more than that.

use serde::{Deserialize, Serialize};

/// Which argument is SQL, and in whose grammar.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlArgument {
    /// Name of the argument.
    pub argument: String,
    /// Grammar that it is parsed with.
    pub dialect: Dialect,
    /// What becomes of the statement.
    #[serde(default, rename = "use")]
    pub purpose: SqlPurpose,
}

/// What a tool does with the statement among its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SqlPurpose {
    /// Runs it. What does not only read is refused before the connector is called.
    #[default]
    Query,
    /// Says what would become of it: the connector gets a [`SqlCheck`].
    Check,
}

/// Which arguments name the table whose first rows are asked for. The gateway writes the
/// statement; see [`DatabaseScope::statement`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleArguments {
    /// Name of the argument with the table's name.
    pub table: String,
    /// Name of the optional argument with its schema.
    pub schema: String,
    /// Name of the optional argument with how many rows.
    pub rows: String,
    /// Grammar that the statement is written in.
    pub dialect: Dialect,
}

/// A grammar that the SQL guard knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

/// What of a database a call may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseScope {
    /// The tables, and nothing else; absent for whatever the login may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<VisibleTable>>,
    /// The statement to run, where the tool's arguments have none; for a check, the one to
    /// have parsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// What the guard says of a statement that is not to be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<SqlCheck>,
}

/// A table that may be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisibleTable {
    /// Its schema; absent for the connection's own database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// The columns that may be seen, in this order; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<VisibleColumn>>,
    /// Whether some of its rows may not be.
    #[serde(default)]
    pub rows_limited: bool,
}

/// A column that may be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisibleColumn {
    /// Its name.
    pub name: String,
    /// Whether something else stands in place of its values.
    #[serde(default)]
    pub masked: bool,
}

/// What the guard says of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlCheck {
    /// It would be run.
    Allowed {
        /// As it is shown: whoever is held to a policy does not see its conditions.
        sql: String,
        /// The tables that it reads, as it names them.
        tables: Vec<String>,
    },
    /// It would be refused.
    Refused(SqlRefusal),
}

/// Why a statement would be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlRefusal {
    /// The kind of refusal.
    pub code: String,
    /// What is refused.
    pub construct: String,
    /// Where it stands, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<SqlPosition>,
    /// What would pass.
    pub hint: String,
}

/// A place in a statement, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlPosition {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_scope_has_this_form() {
        let json = json!({
            "tables": [
                {"schema": "public", "name": "orders", "rows_limited": true,
                 "columns": [{"name": "id", "masked": false}, {"name": "phone", "masked": true}]},
                {"name": "branches", "rows_limited": false}
            ],
            "statement": "SELECT 1"
        });
        let scope: DatabaseScope = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(scope).unwrap(), json);
    }

    #[test]
    fn a_check_has_this_form() {
        for json in [
            json!({"check": {"allowed": {"sql": "SELECT 1", "tables": ["orders"]}}}),
            json!({"check": {"refused": {"code": "statement", "construct": "DELETE",
                "position": {"line": 1, "column": 1}, "hint": "Write a SELECT."}}}),
        ] {
            let scope: DatabaseScope = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(scope).unwrap(), json);
        }
    }

    #[test]
    fn no_scope_is_everything_that_the_login_may_read() {
        let scope: DatabaseScope = serde_json::from_value(json!({})).unwrap();
        assert_eq!(scope, DatabaseScope::default());
        assert_eq!(scope.tables, None);
    }
}
