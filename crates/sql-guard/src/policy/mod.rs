//! What of a database may be seen, and by whom: the document an
//! administrator writes, parsed.
//!
//! Nothing here is enforced: [`crate::Access`] says what one principal gets
//! of a policy, and [`crate::check_within`] holds a query to it.

mod document;
mod error;
mod name;
mod predicate;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

pub(crate) use document::ADMIN;
pub use error::PolicyError;
pub(crate) use name::TableName;
pub(crate) use name::{RESERVED, default_schema};
pub(crate) use predicate::{Parameter, Predicate, behind, substituted};

use crate::Dialect;

/// The policy of one connection: its exposed tables, and who reads which rows.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) dialect: Dialect,
    pub(crate) max_rows: Option<u32>,
    pub(crate) tables: Vec<Arc<Table>>,
    pub(crate) allow_tables: BTreeMap<String, Vec<TableName>>,
}

/// One exposed table or view.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: TableName,
    /// Absent: every column.
    pub(crate) columns: Option<Vec<Column>>,
    pub(crate) rows: Rows,
}

/// One column that may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) mask: Option<Mask>,
}

/// What is shown in a value's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mask {
    /// NULL, in the column's own type.
    Null,
    /// The words `[redacted]`, whatever the value, NULL too.
    Redacted,
    /// `****` and the last four characters of a value of eight or more.
    LastFour,
}

/// Which rows are read, by whom.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) customer: Option<Arc<Predicate>>,
    pub(crate) employee: Option<Arc<Predicate>>,
    pub(crate) roles: BTreeMap<String, Arc<Predicate>>,
}

impl Mask {
    const NAMES: [(&'static str, Self); 3] = [
        ("null", Self::Null),
        ("redacted", Self::Redacted),
        ("last_four", Self::LastFour),
    ];

    fn parse(name: &str) -> Option<Self> {
        let (_, mask) = Self::NAMES.into_iter().find(|(known, _)| *known == name)?;
        Some(mask)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Redacted => "redacted",
            Self::LastFour => "last_four",
        }
    }
}

impl Policy {
    /// Parses a policy document.
    ///
    /// # Errors
    ///
    /// The first member that does not hold, as a JSON pointer, and why.
    pub fn parse(document: &Value, dialect: Dialect) -> Result<Self, PolicyError> {
        document::parse(document, dialect)
    }

    /// The document in its normal form: names in full, and only members that
    /// say something. Parsing it again yields the same policy.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut shown = Map::new();
        if let Some(max_rows) = self.max_rows {
            shown.insert("max_rows".to_owned(), json!(max_rows));
        }
        let tables: Vec<Value> = self.tables.iter().map(|table| table.shown()).collect();
        shown.insert("tables".to_owned(), Value::Array(tables));
        if !self.allow_tables.is_empty() {
            let groups: Map<String, Value> = self
                .allow_tables
                .iter()
                .map(|(group, tables)| {
                    let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
                    (group.clone(), json!(tables))
                })
                .collect();
            shown.insert("allow_tables".to_owned(), Value::Object(groups));
        }
        Value::Object(shown)
    }

    /// The JSON Schema of a policy document.
    #[must_use]
    pub fn schema() -> Value {
        schema::schema()
    }
}

impl Table {
    fn shown(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("table".to_owned(), json!(self.name.to_string()));
        if let Some(columns) = &self.columns {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            shown.insert("columns".to_owned(), json!(names));
            let masked: Map<String, Value> = columns
                .iter()
                .filter_map(|column| Some((column.name.clone(), json!(column.mask?.as_str()))))
                .collect();
            if !masked.is_empty() {
                shown.insert("masked".to_owned(), Value::Object(masked));
            }
        }
        let rows = self.rows.shown();
        if !rows.is_empty() {
            shown.insert("rows".to_owned(), Value::Object(rows));
        }
        Value::Object(shown)
    }
}

impl Rows {
    fn shown(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        let named = [("customer", &self.customer), ("employee", &self.employee)];
        for (group, predicate) in named {
            if let Some(predicate) = predicate {
                shown.insert(group.to_owned(), json!(predicate.text()));
            }
        }
        for (role, predicate) in &self.roles {
            shown.insert(format!("role:{role}"), json!(predicate.text()));
        }
        shown
    }
}
