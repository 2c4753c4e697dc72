//! The allow-list over every node.
//!
//! The parser's own visitor does the reaching: it arrives at every statement,
//! query, select, table, expression, value and identifier wherever it stands.
//! The rules here look at one node at a time and take its fields apart without
//! `..`, so that a field a new parser version adds is a compile error and not a
//! hole. What no rule names is refused.

mod expression;
mod function;
mod name;
mod null_safe;
mod operator;
mod query;
mod table;
mod types;
pub(crate) mod value;

use core::ops::ControlFlow;

use sqlparser::ast::{
    Expr, GroupByExpr, Ident, ObjectName, OrderBy, OrderByExpr, Query, Select, Statement,
    TableFactor, ValueWithSpan, Visitor,
};

use crate::refusal::{Code, Position, Refusal};
use crate::{Dialect, walked};

/// What a rule answers. Boxed so that the visitor's frames stay small.
type Rule = Result<(), Box<Refusal>>;

/// Walks the whole statement.
pub(crate) fn check(statement: &Statement, dialect: Dialect) -> Result<(), Refusal> {
    let mut guard = Guard {
        dialect,
        inside_a_statement: false,
        function: None,
    };
    match walked::read(statement, &mut guard) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

struct Guard {
    dialect: Dialect,
    inside_a_statement: bool,
    /// The name of the function in FROM that the walk is about to arrive at as
    /// if it were a table's.
    function: Option<ObjectName>,
}

impl Visitor for Guard {
    type Break = Box<Refusal>;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<Self::Break> {
        let outermost = !core::mem::replace(&mut self.inside_a_statement, true);
        flow(query::statement(statement, outermost))
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        flow(query::query(query, self.dialect))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        flow(query::select(select, self.dialect))
    }

    fn pre_visit_order_by(&mut self, order_by: &OrderBy) -> ControlFlow<Self::Break> {
        flow(query::order_by(order_by))
    }

    fn pre_visit_order_by_expr(&mut self, order: &OrderByExpr) -> ControlFlow<Self::Break> {
        flow(query::order_by_expression(order, self.dialect))
    }

    fn pre_visit_group_by(&mut self, group_by: &GroupByExpr) -> ControlFlow<Self::Break> {
        flow(query::group_by(group_by, self.dialect))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        self.function = match factor {
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            } => Some(name.clone()),
            _ => None,
        };
        flow(table::factor(factor, self.dialect))
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Self::Break> {
        // Calls have rules of their own.
        if self.function.take().as_ref() == Some(relation) {
            return ControlFlow::Continue(());
        }
        flow(name::relation(relation, self.dialect))
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<Self::Break> {
        flow(expression::check(expression, self.dialect))
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Self::Break> {
        flow(value::check(value, self.dialect))
    }

    fn pre_visit_ident(&mut self, identifier: &Ident) -> ControlFlow<Self::Break> {
        flow(name::identifier(identifier, self.dialect))
    }
}

fn flow(rule: Rule) -> ControlFlow<Box<Refusal>> {
    match rule {
        Ok(()) => ControlFlow::Continue(()),
        Err(refusal) => ControlFlow::Break(refusal),
    }
}

fn refuse(
    code: Code,
    construct: impl core::fmt::Display,
    position: Option<Position>,
    hint: impl Into<String>,
) -> Rule {
    Err(Box::new(Refusal::new(code, construct, position, hint)))
}

/// Syntax that no rule takes.
fn unsupported(construct: impl core::fmt::Display, position: Option<Position>) -> Rule {
    refuse(
        Code::Unsupported,
        construct,
        position,
        "This syntax is not taken; write the query in plain SQL without it.",
    )
}

/// Refuses `construct` when `present`, with words on what passes instead.
/// Neither what nor where it is, is worked out unless it is refused.
fn instead(
    present: bool,
    construct: impl core::fmt::Display,
    position: impl FnOnce() -> Option<Position>,
    hint: &str,
) -> Rule {
    if present {
        refuse(Code::Unsupported, construct, position(), hint)
    } else {
        Ok(())
    }
}

/// Refuses `construct` when `present`.
fn absent(present: bool, construct: &str) -> Rule {
    if present {
        unsupported(construct, None)
    } else {
        Ok(())
    }
}
