//! From JSON to a [`Policy`], member by member: what the document does not
//! say in so many words it does not say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::name::{self, TableName};
use super::{Column, Mask, Policy, PolicyError, Predicate, Rows, Table};
use crate::{Dialect, MAX_ROWS};

/// Bounds that a document keeps, so that reading one stays cheap.
const MOST_TABLES: usize = 1000;
const MOST_COLUMNS: usize = 1000;
const MOST_GROUPS: usize = 100;

/// The role that reads all rows.
pub(crate) const ADMIN: &str = "admin";

type Parsed<T> = Result<T, PolicyError>;

pub(super) fn parse(document: &Value, dialect: Dialect) -> Parsed<Policy> {
    let root = Member::root(document);
    let members = root.object(&["max_rows", "tables", "allow_tables"])?;
    let max_rows = match members.get("max_rows") {
        None => None,
        Some(value) => Some(root.at("max_rows", value).row_count()?),
    };
    let Some(listed) = members.get("tables") else {
        return Err(root.wrong("`tables` is missing: the list of exposed tables"));
    };
    let tables = tables(&root.at("tables", listed), dialect)?;
    let allow_tables = match members.get("allow_tables") {
        None => BTreeMap::new(),
        Some(value) => allow_tables(&root.at("allow_tables", value), &tables, dialect)?,
    };
    Ok(Policy {
        dialect,
        max_rows,
        tables,
        allow_tables,
    })
}

fn tables(listed: &Member<'_>, dialect: Dialect) -> Parsed<Vec<Arc<Table>>> {
    let mut seen = BTreeSet::new();
    listed
        .array(MOST_TABLES)?
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let member = listed.at(&index.to_string(), value);
            let table = table(&member, dialect)?;
            if seen.insert(table.name.clone()) {
                Ok(Arc::new(table))
            } else {
                Err(member.wrong("the table is listed twice"))
            }
        })
        .collect()
}

fn table(member: &Member<'_>, dialect: Dialect) -> Parsed<Table> {
    let members = member.object(&["table", "columns", "masked", "rows"])?;
    let Some(named) = members.get("table") else {
        return Err(member.wrong("`table` is missing: the exact name"));
    };
    let name = member.at("table", named).table_name(dialect)?;
    let mut columns = match members.get("columns") {
        None => None,
        Some(value) => Some(columns(&member.at("columns", value))?),
    };
    if let Some(value) = members.get("masked") {
        mask(&member.at("masked", value), columns.as_mut())?;
    }
    let rows = match members.get("rows") {
        None => Rows::default(),
        Some(value) => rows(&member.at("rows", value), &name, dialect)?,
    };
    Ok(Table {
        name,
        columns,
        rows,
    })
}

fn columns(member: &Member<'_>) -> Parsed<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    for (index, value) in member.array(MOST_COLUMNS)?.iter().enumerate() {
        let member = member.at(&index.to_string(), value);
        let name = member.name()?;
        if columns.iter().any(|column| column.name == name) {
            return Err(member.wrong("the column is listed twice"));
        }
        columns.push(Column { name, mask: None });
    }
    if columns.is_empty() {
        return Err(member.wrong("no column is listed; leave `columns` out to expose all"));
    }
    Ok(columns)
}

fn mask(member: &Member<'_>, columns: Option<&mut Vec<Column>>) -> Parsed<()> {
    let masked = member.members()?;
    let Some(columns) = columns else {
        return Err(member.wrong("`columns` must list what is shown when something is masked"));
    };
    for (name, value) in masked {
        let member = member.at(name, value);
        name::check(name).map_err(|problem| member.wrong(problem))?;
        let mask = Mask::parse(member.text()?)
            .ok_or_else(|| member.wrong("a mask is `null`, `redacted` or `last_four`"))?;
        match columns.iter_mut().find(|column| column.name == *name) {
            Some(column) => column.mask = Some(mask),
            None => columns.push(Column {
                name: name.clone(),
                mask: Some(mask),
            }),
        }
    }
    Ok(())
}

fn rows(member: &Member<'_>, table: &TableName, dialect: Dialect) -> Parsed<Rows> {
    let mut rows = Rows::default();
    for (group, value) in member.members()? {
        let member = member.at(group, value);
        let predicate = Predicate::parse(member.text()?, table, dialect)
            .map_err(|problem| member.wrong(problem))?;
        let predicate = Arc::new(predicate);
        match group_named(group) {
            Some(Group::Customer) => rows.customer = Some(predicate),
            Some(Group::Employee) => rows.employee = Some(predicate),
            Some(Group::Role(ADMIN)) => {
                return Err(member.wrong("Admins read all rows of every exposed table"));
            }
            Some(Group::Role(role)) => {
                rows.roles.insert(role.to_owned(), predicate);
            }
            None => return Err(member.wrong(GROUPS)),
        }
    }
    Ok(rows)
}

fn allow_tables(
    member: &Member<'_>,
    tables: &[Arc<Table>],
    dialect: Dialect,
) -> Parsed<BTreeMap<String, Vec<TableName>>> {
    let mut allowed = BTreeMap::new();
    for (group, value) in member.members()? {
        let member = member.at(group, value);
        if group_named(group).is_none() {
            return Err(member.wrong(GROUPS));
        }
        let mut names = Vec::new();
        for (index, value) in member.array(MOST_TABLES)?.iter().enumerate() {
            let member = member.at(&index.to_string(), value);
            let name = member.table_name(dialect)?;
            if !tables.iter().any(|table| table.name == name) {
                return Err(member.wrong("names no table of `tables`"));
            }
            names.push(name);
        }
        allowed.insert(group.clone(), names);
    }
    Ok(allowed)
}

const GROUPS: &str = "names nobody: `customer`, `employee` or `role:` and a role";

enum Group<'a> {
    Customer,
    Employee,
    Role(&'a str),
}

fn group_named(group: &str) -> Option<Group<'_>> {
    match group {
        "customer" => Some(Group::Customer),
        "employee" => Some(Group::Employee),
        other => other
            .strip_prefix("role:")
            .filter(|role| is_role(role))
            .map(Group::Role),
    }
}

/// As roles are named everywhere: a lower-case letter, then such letters,
/// digits, `-` and `_`.
fn is_role(role: &str) -> bool {
    role.len() <= 32
        && role.starts_with(|c: char| c.is_ascii_lowercase())
        && role
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// One value and where it stands.
struct Member<'a> {
    pointer: String,
    value: &'a Value,
}

impl<'a> Member<'a> {
    fn root(value: &'a Value) -> Self {
        Self {
            pointer: String::new(),
            value,
        }
    }

    fn at(&self, name: &str, value: &'a Value) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self {
            pointer: format!("{}/{name}", self.pointer),
            value,
        }
    }

    fn wrong(&self, problem: impl Into<String>) -> PolicyError {
        PolicyError::new(self.pointer.clone(), problem)
    }

    fn members(&self) -> Parsed<&'a Map<String, Value>> {
        match self.value {
            Value::Object(members) if members.len() <= MOST_GROUPS.max(MOST_COLUMNS) => Ok(members),
            Value::Object(_) => Err(self.wrong("too many members")),
            _ => Err(self.wrong("must be an object")),
        }
    }

    fn object(&self, known: &[&str]) -> Parsed<&'a Map<String, Value>> {
        let members = self.members()?;
        match members
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            None => Ok(members),
            Some((name, value)) => Err(self.at(name, value).wrong("is no member of a policy")),
        }
    }

    fn array(&self, most: usize) -> Parsed<&'a [Value]> {
        match self.value {
            Value::Array(items) if items.len() <= most => Ok(items),
            Value::Array(_) => Err(self.wrong(format!("has more than {most} entries"))),
            _ => Err(self.wrong("must be a list")),
        }
    }

    fn text(&self) -> Parsed<&'a str> {
        self.value
            .as_str()
            .ok_or_else(|| self.wrong("must be a text"))
    }

    fn name(&self) -> Parsed<String> {
        let text = self.text()?;
        name::check(text).map_err(|problem| self.wrong(problem))?;
        Ok(text.to_owned())
    }

    fn table_name(&self, dialect: Dialect) -> Parsed<TableName> {
        TableName::parse(self.text()?, dialect).map_err(|problem| self.wrong(problem))
    }

    fn row_count(&self) -> Parsed<u32> {
        self.value
            .as_u64()
            .and_then(|rows| u32::try_from(rows).ok())
            .filter(|rows| (1..=MAX_ROWS).contains(rows))
            .ok_or_else(|| self.wrong(format!("must be a whole number from 1 to {MAX_ROWS}")))
    }
}
