//! The written query, read again: no table outside what was written for it.

use core::ops::ControlFlow;
use std::collections::BTreeMap;

use sqlparser::ast::{ObjectName, ObjectNamePart, Query, Spanned, Statement, TableFactor, Visitor};

use super::references::is_dual;
use crate::policy::{RESERVED, TableName};
use crate::refusal::{Code, Position, Refusal};
use crate::walked;

/// The queries that were written in tables' places.
pub(super) struct Written {
    sources: BTreeMap<TableName, Query>,
}

impl Written {
    pub(super) fn new(sources: BTreeMap<TableName, Query>) -> Self {
        Self { sources }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &TableName> {
        self.sources.keys()
    }

    /// The tables that are read, in full.
    pub(super) fn tables(&self) -> Vec<String> {
        self.names().map(ToString::to_string).collect()
    }
}

/// Holds `statement` to reading tables within `written` alone.
pub(super) fn verify(statement: &Statement, written: &Written) -> Result<(), Refusal> {
    let mut verify = Verify {
        written,
        inside: 0,
        function: false,
    };
    match walked::read(statement, &mut verify) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

struct Verify<'a> {
    written: &'a Written,
    /// How many queries deep the walk is in one that was written here.
    inside: usize,
    /// Whether the next relation is the name of a function.
    function: bool,
}

impl Visitor for Verify<'_> {
    type Break = Box<Refusal>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Box<Refusal>> {
        if self.inside > 0 || self.written.sources.values().any(|source| source == query) {
            self.inside += 1;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Box<Refusal>> {
        self.inside = self.inside.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Box<Refusal>> {
        self.function = matches!(
            factor,
            TableFactor::Table { args: Some(_), .. } | TableFactor::Function { .. }
        );
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Box<Refusal>> {
        let function = core::mem::take(&mut self.function);
        if self.inside > 0 || function || is_common_table(relation) || is_dual(relation) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(Box::new(Refusal::new(
            Code::NotRenderable,
            relation,
            Position::of(relation.span()),
            "The guard cannot isolate this query; phrase it in plainer SQL.",
        )))
    }
}

/// Only the rewrite makes such names, and only for common tables.
fn is_common_table(relation: &ObjectName) -> bool {
    matches!(
        relation.0.as_slice(),
        [ObjectNamePart::Identifier(name)] if name.value.contains(RESERVED)
    )
}
