//! Every reference to a table, replaced.

use core::ops::ControlFlow;
use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, Query, Spanned, Statement, TableAlias,
    TableFactor, VisitorMut,
};

use super::verify::Written;
use super::{quoted, source};
use crate::access::{Access, ReadableTable};
use crate::policy::{RESERVED, TableName, default_schema};
use crate::refusal::{Code, Position, Refusal};
use crate::{Dialect, MAX_SQL_BYTES, walked};

/// How many tables a refusal names.
const NAMED: usize = 12;

/// What the replacement found.
pub(super) struct References {
    /// What was written, for [`super::verify`].
    pub(super) written: Written,
    /// Every name that the query itself gives to something in FROM or WITH.
    pub(super) own_names: BTreeSet<String>,
}

/// Replaces every reference to a table in `statement`.
pub(super) fn replace(statement: &mut Statement, access: &Access) -> Result<References, Refusal> {
    let mut replace = Replace {
        access,
        dialect: access.dialect(),
        frames: Vec::new(),
        common_tables: 0,
        sources: BTreeMap::new(),
        length: 0,
        own_names: BTreeSet::new(),
    };
    match walked::change(statement, &mut replace) {
        ControlFlow::Continue(()) => Ok(References {
            written: Written::new(replace.sources),
            own_names: replace.own_names,
        }),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

struct Replace<'a> {
    access: &'a Access,
    dialect: Dialect,
    /// The queries around this place, the outermost first.
    frames: Vec<Frame>,
    /// How many common tables were renamed.
    common_tables: usize,
    /// What stands in the tables' place, each written once.
    sources: BTreeMap<TableName, Query>,
    /// How long what was put in tables' places is as text.
    length: usize,
    own_names: BTreeSet<String>,
}

/// The common tables of one query.
#[derive(Default)]
struct Frame {
    /// Name and new name, in order.
    tables: Vec<(String, String)>,
    /// How many of them can be seen from where the walk is.
    visible: usize,
    /// How many of their bodies the walk has yet to leave.
    bodies: usize,
}

impl VisitorMut for Replace<'_> {
    type Break = Box<Refusal>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Box<Refusal>> {
        let frame = self.frame(query)?;
        self.frames.push(frame);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Box<Refusal>> {
        self.frames.pop();
        // The walk arrives at the bodies of common tables before anything
        // else in a query, in their order.
        if let Some(around) = self.frames.last_mut()
            && around.bodies > 0
        {
            around.bodies -= 1;
            around.visible = (around.visible + 1).min(around.tables.len());
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Box<Refusal>> {
        match factor {
            TableFactor::Table { args: None, .. } => self.table(factor),
            TableFactor::Table { args: Some(_), .. }
            | TableFactor::Function { .. }
            | TableFactor::UNNEST { .. } => self.function(factor),
            TableFactor::Derived { alias, .. } | TableFactor::NestedJoin { alias, .. } => {
                if let Some(alias) = alias {
                    self.own_names.insert(alias.name.value.clone());
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Box<Refusal>> {
        if self.dialect == Dialect::Postgres
            && let Expr::CompoundFieldAccess { access_chain, .. } = expression
            && access_chain
                .iter()
                .any(|access| matches!(access, AccessExpr::Dot(_)))
        {
            let position = Position::of(expression.span());
            return refuse(
                Code::Function,
                expression,
                position,
                "A field of a value cannot be told from a call of the database's own functions; \
                 call the function in FROM and select its columns.",
            );
        }
        ControlFlow::Continue(())
    }
}

impl Replace<'_> {
    /// Renames the common tables of `query`.
    fn frame(&mut self, query: &mut Query) -> ControlFlow<Box<Refusal>, Frame> {
        let mut frame = Frame::default();
        let Some(with) = &mut query.with else {
            return ControlFlow::Continue(frame);
        };
        for common_table in &mut with.cte_tables {
            let name = &mut common_table.alias.name;
            if frame
                .tables
                .iter()
                .any(|(known, _)| self.same(known, &name.value))
            {
                let position = Position::of(name.span);
                return refuse(
                    Code::Identifier,
                    &*name,
                    position,
                    "Give every common table expression a name of its own.",
                );
            }
            self.common_tables += 1;
            let renamed = format!("lango{RESERVED}{}", self.common_tables);
            self.own_names.insert(name.value.clone());
            frame.tables.push((name.value.clone(), renamed.clone()));
            name.value = renamed;
        }
        frame.bodies = frame.tables.len();
        frame.visible = if with.recursive { frame.bodies } else { 0 };
        ControlFlow::Continue(frame)
    }

    fn common_table(&self, name: &str) -> Option<&str> {
        self.frames.iter().rev().find_map(|frame| {
            let mut visible = frame.tables.iter().take(frame.visible).rev();
            let (_, renamed) = visible.find(|(known, _)| self.same(known, name))?;
            Some(renamed.as_str())
        })
    }

    /// Whether two names of common tables are one. Were the server to see it
    /// otherwise, the new name would be unknown to it.
    fn same(&self, one: &str, other: &str) -> bool {
        match self.dialect {
            Dialect::Postgres => one == other,
            Dialect::Mysql => one.to_lowercase() == other.to_lowercase(),
        }
    }

    fn table(&mut self, factor: &mut TableFactor) -> ControlFlow<Box<Refusal>> {
        let TableFactor::Table {
            name,
            alias,
            args: _,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            // Advice on indexes: what stands in the table's place has none.
            index_hints: _,
        } = factor
        else {
            return ControlFlow::Continue(());
        };
        let plain = with_hints.is_empty()
            && version.is_none()
            && !*with_ordinality
            && partitions.is_empty()
            && json_path.is_none()
            && sample.is_none();
        if !plain {
            let position = Position::of(name.span());
            return refuse(Code::Unsupported, &*name, position, "Name the table alone.");
        }
        if let Some(alias) = alias {
            self.own_names.insert(alias.name.value.clone());
        }
        if let [ObjectNamePart::Identifier(only)] = name.0.as_mut_slice()
            && let Some(renamed) = self.common_table(&only.value)
        {
            let renamed = renamed.to_owned();
            alias.get_or_insert_with(|| called(only));
            only.value = renamed;
            return ControlFlow::Continue(());
        }
        if self.dialect == Dialect::Mysql && is_dual(name) {
            return ControlFlow::Continue(());
        }
        let (table, query) = self.source(name)?;
        let alias = alias
            .take()
            .unwrap_or_else(|| called(&quoted(&table.name, self.dialect)));
        *factor = derived(false, query, alias);
        ControlFlow::Continue(())
    }

    /// What stands in the place of the table `name`.
    fn source(&mut self, name: &ObjectName) -> ControlFlow<Box<Refusal>, (TableName, Query)> {
        let Some(table) = self.readable(name) else {
            return self.unreadable(name);
        };
        let known = table.name().clone();
        let query = match self.sources.get(&known) {
            Some(query) => query.clone(),
            None => match source::query(table, self.dialect) {
                Ok(query) => query,
                Err(refusal) => return ControlFlow::Break(Box::new(refusal)),
            },
        };
        self.sources
            .entry(known.clone())
            .or_insert_with(|| query.clone());
        self.within_length(name, &query)?;
        ControlFlow::Continue((known, query))
    }

    /// Stops before a short query that names many tables becomes a long tree.
    fn within_length(&mut self, name: &ObjectName, query: &Query) -> ControlFlow<Box<Refusal>> {
        self.length += query.to_string().len();
        if self.length <= MAX_SQL_BYTES {
            return ControlFlow::Continue(());
        }
        refuse(
            Code::TooLong,
            name,
            Position::of(name.span()),
            "The query names too many tables, one by one or the same again; use fewer.",
        )
    }

    fn readable(&self, name: &ObjectName) -> Option<&ReadableTable> {
        let tables = self.access.readable()?;
        let wanted = self.named(name)?;
        tables.iter().find(|table| *table.name() == wanted)
    }

    /// The table that a reference means. Names are canonical here.
    fn named(&self, name: &ObjectName) -> Option<TableName> {
        let (schema, table) = match name.0.as_slice() {
            [ObjectNamePart::Identifier(table)] => (default_schema(self.dialect), table),
            [
                ObjectNamePart::Identifier(schema),
                ObjectNamePart::Identifier(table),
            ] => (Some(schema.value.as_str()), table),
            _ => return None,
        };
        Some(TableName {
            schema: schema.map(str::to_owned),
            name: table.value.clone(),
        })
    }

    /// The same words for a table that is not there and for one that may not be read.
    fn unreadable<T>(&self, name: &ObjectName) -> ControlFlow<Box<Refusal>, T> {
        let lacking = self
            .named(name)
            .and_then(|table| self.access.lacking(&table));
        let hint = match lacking {
            Some(parameter) => format!(
                "Its rows are told apart by your {parameter}, and none is known of you; an \
                 administrator can set it."
            ),
            None => self.readable_names(),
        };
        refuse(Code::Table, name, Position::of(name.span()), hint)
    }

    fn readable_names(&self) -> String {
        let names: Vec<String> = self
            .access
            .readable()
            .unwrap_or_default()
            .iter()
            .map(|table| table.name().to_string())
            .collect();
        let more = if names.len() > NAMED { ", …" } else { "" };
        match names.get(..NAMED.min(names.len())) {
            Some(first) if !first.is_empty() => format!(
                "No such table for you. The tables that you may read: {}{more}. The tools that \
                 list and describe tables say more.",
                first.join(", ")
            ),
            _ => "No such table for you: there is none that you may read.".to_owned(),
        }
    }

    /// A function in FROM keeps its place: where a column of it is named, the
    /// guard has put it into a query of its own (`canonical/rows.rs`).
    fn function(&mut self, factor: &TableFactor) -> ControlFlow<Box<Refusal>> {
        if let TableFactor::Table { alias, .. }
        | TableFactor::Function { alias, .. }
        | TableFactor::UNNEST { alias, .. } = factor
            && let Some(alias) = alias
        {
            self.own_names.insert(alias.name.value.clone());
        }
        ControlFlow::Continue(())
    }
}

/// MySQL's word for no table at all, which alone stands without quotes.
pub(super) fn is_dual(name: &ObjectName) -> bool {
    matches!(
        name.0.as_slice(),
        [ObjectNamePart::Identifier(word)]
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("dual")
    )
}

fn derived(lateral: bool, query: Query, alias: TableAlias) -> TableFactor {
    TableFactor::Derived {
        lateral,
        subquery: Box::new(query),
        alias: Some(TableAlias {
            explicit: true,
            ..alias
        }),
        sample: None,
    }
}

fn called(name: &Ident) -> TableAlias {
    TableAlias {
        explicit: true,
        name: name.clone(),
        columns: Vec::new(),
        at: None,
    }
}

fn refuse<T>(
    code: Code,
    construct: impl core::fmt::Display,
    position: Option<Position>,
    hint: impl Into<String>,
) -> ControlFlow<Box<Refusal>, T> {
    ControlFlow::Break(Box::new(Refusal::new(code, construct, position, hint)))
}
