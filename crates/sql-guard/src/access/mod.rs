//! What one principal may read of a connection: the policy, resolved.

mod principal;
mod visible;

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlparser::ast::Expr;

pub use principal::{Principal, PrincipalKind};
pub use visible::{VisibleColumn, VisibleTable};

use crate::Dialect;
use crate::policy::{ADMIN, Column, Policy, Predicate, Table, TableName, substituted};
use crate::refusal::{Code, Refusal};

/// What one principal may read, and how much at once. [`crate::check_within`]
/// holds a query to it.
#[derive(Debug, Clone)]
pub struct Access {
    dialect: Dialect,
    row_limit: u32,
    /// Absent: whatever the login may read.
    tables: Option<Vec<ReadableTable>>,
    /// Tables that would be readable if the principal had what their
    /// condition asks for.
    withheld: Vec<(TableName, &'static str)>,
}

/// A table that may be read, and the rows of it.
#[derive(Debug, Clone)]
pub(crate) struct ReadableTable {
    source: Source,
    condition: Option<(Arc<Predicate>, Arc<Principal>)>,
}

#[derive(Debug, Clone)]
enum Source {
    Policy(Arc<Table>),
    Named(TableName),
}

impl Access {
    /// What `principal` may read under `policy`, at most `max_rows` rows at
    /// once. Without a policy an employee reads what the login reads, within
    /// their own list of tables if they have one.
    ///
    /// # Errors
    ///
    /// A customer without a policy reads nothing; so does anybody when the
    /// policy was written for another dialect.
    pub fn of(
        policy: Option<&Policy>,
        principal: &Principal,
        dialect: Dialect,
        max_rows: u32,
    ) -> Result<Self, Refusal> {
        let Some(policy) = policy else {
            return Self::without_policy(principal, dialect, max_rows);
        };
        if policy.dialect != dialect {
            return Err(Refusal::new(
                Code::Principal,
                "the policy",
                None,
                "The connection's SQL policy was written for another kind of database.",
            ));
        }
        let allowed = Allowed::of(policy, principal, dialect);
        let shared = Arc::new(principal.clone());
        let mut access = Self {
            dialect,
            row_limit: policy.max_rows.map_or(max_rows, |rows| rows.min(max_rows)),
            tables: None,
            withheld: Vec::new(),
        };
        let mut tables = Vec::new();
        for table in policy
            .tables
            .iter()
            .filter(|table| allowed.has(&table.name))
        {
            let condition = match rows_of(table, principal) {
                Rows::None => continue,
                Rows::All => None,
                Rows::Where(predicate) => Some(predicate),
            };
            let missing = condition.and_then(|predicate| {
                let mut parameters = predicate.parameters().iter();
                parameters.find(|parameter| principal.value(**parameter).is_none())
            });
            if let Some(parameter) = missing {
                access
                    .withheld
                    .push((table.name.clone(), parameter.as_str()));
                continue;
            }
            tables.push(ReadableTable {
                source: Source::Policy(Arc::clone(table)),
                condition: condition
                    .filter(|predicate| predicate.condition().is_some())
                    .map(|predicate| (Arc::clone(predicate), Arc::clone(&shared))),
            });
        }
        access.tables = Some(tables);
        Ok(access)
    }

    /// Whatever the login may read: the guard alone, and a limit of rows.
    #[must_use]
    pub fn unrestricted(dialect: Dialect, max_rows: u32) -> Self {
        Self {
            dialect,
            row_limit: max_rows,
            tables: None,
            withheld: Vec::new(),
        }
    }

    fn without_policy(
        principal: &Principal,
        dialect: Dialect,
        max_rows: u32,
    ) -> Result<Self, Refusal> {
        if principal.kind == PrincipalKind::Customer {
            return Err(Refusal::new(
                Code::Principal,
                "a customer",
                None,
                "Customers read a database only under a SQL policy, which says which rows are \
                 theirs; an administrator sets one for the connection.",
            ));
        }
        let mut access = Self::unrestricted(dialect, max_rows);
        access.tables = principal.allow_tables.as_ref().map(|names| {
            let names: BTreeSet<TableName> = names
                .iter()
                .filter_map(|name| TableName::parse(name, dialect).ok())
                .collect();
            names
                .into_iter()
                .map(|name| ReadableTable {
                    source: Source::Named(name),
                    condition: None,
                })
                .collect()
        });
        Ok(access)
    }

    /// The tables that may be seen; `None`: whatever the login may read.
    #[must_use]
    pub fn tables(&self) -> Option<Vec<VisibleTable>> {
        let tables = self.tables.as_ref()?;
        Some(tables.iter().map(VisibleTable::of).collect())
    }

    /// The most rows that one query answers.
    #[must_use]
    pub fn row_limit(&self) -> u32 {
        self.row_limit
    }

    /// The dialect of the connection.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn readable(&self) -> Option<&[ReadableTable]> {
        self.tables.as_deref()
    }

    /// What the principal lacks to read `table`, if it is that.
    pub(crate) fn lacking(&self, table: &TableName) -> Option<&'static str> {
        let (_, parameter) = self.withheld.iter().find(|(name, _)| name == table)?;
        Some(parameter)
    }
}

impl ReadableTable {
    pub(crate) fn name(&self) -> &TableName {
        match &self.source {
            Source::Policy(table) => &table.name,
            Source::Named(name) => name,
        }
    }

    /// The columns that may be seen; `None`: all.
    pub(crate) fn columns(&self) -> Option<&[Column]> {
        match &self.source {
            Source::Policy(table) => table.columns.as_deref(),
            Source::Named(_) => None,
        }
    }

    /// The condition on its rows, with the principal's values; `None`: all rows.
    pub(crate) fn condition(&self, dialect: Dialect) -> Option<Option<Expr>> {
        let (predicate, principal) = self.condition.as_ref()?;
        let condition = predicate.condition()?;
        Some(substituted(condition, dialect, |parameter| {
            principal.value(parameter).map(str::to_owned)
        }))
    }

    pub(crate) fn rows_limited(&self) -> bool {
        self.condition.is_some()
    }
}

enum Rows<'a> {
    None,
    All,
    Where(&'a Arc<Predicate>),
}

fn rows_of<'a>(table: &'a Table, principal: &Principal) -> Rows<'a> {
    let rows = &table.rows;
    match (principal.kind, principal.role.as_deref()) {
        (PrincipalKind::Customer, _) => rows.customer.as_ref().map_or(Rows::None, Rows::Where),
        (PrincipalKind::Employee, Some(ADMIN)) => Rows::All,
        (PrincipalKind::Employee, role) => role
            .and_then(|role| rows.roles.get(role))
            .or(rows.employee.as_ref())
            .map_or(Rows::All, Rows::Where),
    }
}

/// The tables of the policy's lists and of the principal's own.
struct Allowed<'a> {
    by_policy: Option<&'a Vec<TableName>>,
    own: Option<Vec<TableName>>,
}

impl<'a> Allowed<'a> {
    fn of(policy: &'a Policy, principal: &Principal, dialect: Dialect) -> Self {
        let listed = |group: &str| policy.allow_tables.get(group);
        let by_policy = match (principal.kind, principal.role.as_deref()) {
            (PrincipalKind::Customer, _) => listed("customer"),
            (PrincipalKind::Employee, None) => listed("employee"),
            (PrincipalKind::Employee, Some(role)) => {
                let own = listed(&format!("role:{role}"));
                own.or_else(|| listed("employee").filter(|_| role != ADMIN))
            }
        };
        let own = principal.allow_tables.as_ref().map(|names| {
            let names = names.iter();
            names
                .filter_map(|name| TableName::parse(name, dialect).ok())
                .collect()
        });
        Self { by_policy, own }
    }

    fn has(&self, table: &TableName) -> bool {
        self.by_policy.is_none_or(|tables| tables.contains(table))
            && self
                .own
                .as_ref()
                .is_none_or(|tables| tables.contains(table))
    }
}
