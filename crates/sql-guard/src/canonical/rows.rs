//! Values that PostgreSQL would take for arguments.
//!
//! Where `x` has no column `f`, PostgreSQL reads `x.f` as `f(x)`. An alias of a
//! function in FROM that answers one value is that value, so `x.nextval` of
//! `lower('s') AS x` calls `nextval` with it. Inside a derived table it is a
//! row, which no function but one of that very row takes. So a function in FROM
//! whose columns are named is put into one, unless its columns are known.
//!
//! What stays: a function that the owner made for the rows of a table, called
//! as `table.function`. PostgreSQL gives it the rows of any derived table with
//! the same columns, too; only the catalogue tells it from a column.

use core::ops::ControlFlow;
use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    AccessExpr, Expr, GroupByExpr, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SetExpr, Statement, TableAlias, TableFactor, TableWithJoins, Visitor, VisitorMut,
};

use super::Never;
use crate::refusal::{Code, Refusal};
use crate::{Dialect, parse, walked};

/// Puts functions in FROM into derived tables.
pub(crate) fn of_functions(statement: &mut Statement) -> Result<(), Refusal> {
    let mut named = Named::default();
    let _: ControlFlow<Never> = walked::read(statement, &mut named);
    if named.0.is_empty() {
        return Ok(());
    }
    let mut rows = Rows {
        named,
        derived: false,
        bare: Vec::new(),
    };
    match walked::change(statement, &mut rows) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

/// What is called `a` and `b` in every `a.b`.
#[derive(Default)]
struct Named(BTreeMap<String, BTreeSet<String>>);

impl Named {
    fn add(&mut self, parts: &[&Ident]) {
        if let [.., table, column] = parts {
            self.0
                .entry(table.value.clone())
                .or_default()
                .insert(column.value.clone());
        }
    }
}

impl Visitor for Named {
    type Break = Never;

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<Never> {
        match expression {
            Expr::CompoundIdentifier(parts) => self.add(&parts.iter().collect::<Vec<_>>()),
            Expr::CompoundFieldAccess { root, access_chain } => {
                if let Expr::Identifier(first) = root.as_ref() {
                    let rest = access_chain.iter().map_while(|access| match access {
                        AccessExpr::Dot(Expr::Identifier(name)) => Some(name),
                        _ => None,
                    });
                    self.add(&core::iter::once(first).chain(rest).collect::<Vec<_>>());
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

struct Rows {
    named: Named,
    /// Whether the next query is a derived table's.
    derived: bool,
    /// Of every query around: whether it is a derived table's and has nothing
    /// but its body.
    bare: Vec<bool>,
}

impl VisitorMut for Rows {
    type Break = Box<Refusal>;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Box<Refusal>> {
        self.derived = matches!(factor, TableFactor::Derived { .. });
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Box<Refusal>> {
        let derived = core::mem::take(&mut self.derived);
        self.bare.push(
            derived
                && query.with.is_none()
                && query.order_by.is_none()
                && query.limit_clause.is_none()
                && query.fetch.is_none()
                && matches!(query.body.as_ref(), SetExpr::Select(_)),
        );
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Box<Refusal>> {
        self.bare.pop();
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Box<Refusal>> {
        if self.bare.last() == Some(&true) && is_bare(select) {
            return ControlFlow::Continue(());
        }
        for item in &mut select.from {
            self.with_joins(item)?;
        }
        ControlFlow::Continue(())
    }
}

impl Rows {
    fn with_joins(&self, item: &mut TableWithJoins) -> ControlFlow<Box<Refusal>> {
        self.factor(&mut item.relation)?;
        for join in &mut item.joins {
            self.factor(&mut join.relation)?;
        }
        ControlFlow::Continue(())
    }

    fn factor(&self, factor: &mut TableFactor) -> ControlFlow<Box<Refusal>> {
        match factor {
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.with_joins(table_with_joins),
            TableFactor::Table {
                name,
                alias,
                args: Some(_),
                with_ordinality,
                ..
            }
            | TableFactor::Function {
                name,
                alias,
                with_ordinality,
                ..
            } => {
                let (function, called) = called(name, alias.as_ref());
                let mut known = columns(&function, alias.as_ref());
                if *with_ordinality && !known.is_empty() {
                    known.insert("ordinality".to_owned());
                }
                let unknown = self.unknown(&called, &known);
                let Some(unknown) = unknown else {
                    return ControlFlow::Continue(());
                };
                if is_elements(&function) {
                    return ControlFlow::Break(Box::new(Refusal::new(
                        Code::Function,
                        format_args!("{called}.{unknown}"),
                        None,
                        format!("{function} in FROM has the one column \"value\"."),
                    )));
                }
                derive(factor, &called)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// A column that is named of `table` and not among `known`.
    fn unknown<'a>(&'a self, table: &str, known: &BTreeSet<String>) -> Option<&'a str> {
        let named = self.named.0.get(table)?;
        named
            .iter()
            .find(|column| !known.contains(*column))
            .map(String::as_str)
    }
}

/// The last part of `name`, and what the rest of the query calls it.
fn called(name: &ObjectName, alias: Option<&TableAlias>) -> (String, String) {
    let own = match name.0.last() {
        Some(ObjectNamePart::Identifier(own)) => own.value.clone(),
        _ => String::new(),
    };
    let called = alias.map_or_else(|| own.clone(), |alias| alias.name.value.clone());
    (own, called)
}

/// The columns that `function` is known to have in FROM.
fn columns(function: &str, alias: Option<&TableAlias>) -> BTreeSet<String> {
    if let Some(alias) = alias
        && !alias.columns.is_empty()
    {
        return alias
            .columns
            .iter()
            .map(|column| column.name.value.clone())
            .collect();
    }
    let names: &[&str] = match function {
        _ if is_elements(function) => &["value"],
        "json_each" | "json_each_text" | "jsonb_each" | "jsonb_each_text" => &["key", "value"],
        _ => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Functions whose one column is called `value` whatever their alias is, and
/// whose alias alone is often written for the value.
fn is_elements(function: &str) -> bool {
    matches!(
        function,
        "json_array_elements"
            | "json_array_elements_text"
            | "jsonb_array_elements"
            | "jsonb_array_elements_text"
    )
}

/// Whether the select is `SELECT * FROM one`, where nothing names a column.
fn is_bare(select: &Select) -> bool {
    let all = matches!(select.projection.as_slice(), [SelectItem::Wildcard(_)]);
    let one = matches!(select.from.as_slice(), [only] if only.joins.is_empty());
    let ungrouped = matches!(
        &select.group_by,
        GroupByExpr::Expressions(columns, modifiers) if columns.is_empty() && modifiers.is_empty()
    );
    all && one
        && ungrouped
        && select.distinct.is_none()
        && select.selection.is_none()
        && select.having.is_none()
        && select.named_window.is_empty()
        && !matches!(
            select.from.first().map(|only| &only.relation),
            Some(TableFactor::NestedJoin { .. })
        )
}

/// `LATERAL (SELECT * FROM factor) AS called`.
fn derive(factor: &mut TableFactor, called: &str) -> ControlFlow<Box<Refusal>> {
    let mut query = template("SELECT * FROM x")?;
    if let SetExpr::Select(select) = query.body.as_mut()
        && let Some(from) = select.from.first_mut()
    {
        if let TableFactor::Function { lateral, .. } = factor {
            // Its query is.
            *lateral = true;
        }
        core::mem::swap(&mut from.relation, factor);
    }
    *factor = TableFactor::Derived {
        lateral: true,
        subquery: Box::new(query),
        alias: Some(alias(called)),
        sample: None,
    };
    ControlFlow::Continue(())
}

fn alias(name: &str) -> TableAlias {
    TableAlias {
        explicit: true,
        name: Ident::with_quote('"', name),
        columns: Vec::new(),
        at: None,
    }
}

/// Text of this module, as a tree.
fn template(sql: &str) -> ControlFlow<Box<Refusal>, Query> {
    match parse::statement(sql, Dialect::Postgres) {
        Ok(Statement::Query(query)) => ControlFlow::Continue(*query),
        Ok(_) => ControlFlow::Break(Box::new(crate::not_renderable(sql))),
        Err(refusal) => ControlFlow::Break(Box::new(refusal)),
    }
}
