//! The one way a checked tree is written.
//!
//! - Every identifier is quoted, folded as PostgreSQL folds it. A quoted name
//!   is never a keyword, so a word that one parser reads as an alias and the
//!   other as a clause cannot slip through.
//! - Every string is a plain literal, or an `E'…'` literal when a backslash or
//!   two quotes in a row make the plain form ambiguous.
//! - Comments and optimiser hints are gone.
//!
//! Rewriting a rewritten tree changes nothing.

use core::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, Ident, ObjectName, ObjectNamePart, Select, Statement, TableFactor,
    UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use crate::functions;

/// Rewrites a statement that [`crate::walk::check`] let through.
pub(crate) fn rewrite(statement: &mut Statement) {
    // `Never` cannot be made, so the walk always runs to its end.
    let _: ControlFlow<Never> = statement.visit(&mut Canonical);
}

enum Never {}

struct Canonical;

impl VisitorMut for Canonical {
    type Break = Never;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Never> {
        select.optimizer_hints.clear();
        ControlFlow::Continue(())
    }

    fn pre_visit_ident(&mut self, identifier: &mut Ident) -> ControlFlow<Never> {
        if identifier.quote_style.is_none() {
            identifier.value.make_ascii_lowercase();
            identifier.quote_style = Some('"');
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Never> {
        let literal = core::mem::replace(&mut value.value, Value::Null);
        value.value = match literal {
            Value::SingleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::UnicodeStringLiteral(text) => string(text),
            Value::DollarQuotedString(text) => string(text.value),
            other => other,
        };
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Never> {
        match factor {
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            }
            | TableFactor::Function { name, .. } => {
                unquote_function(name);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Never> {
        match expression {
            Expr::Function(Function { name, .. }) => unquote_function(name),
            Expr::UnaryOp { op, expr } => part_from(*op, expr),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn string(text: String) -> Value {
    if text.contains('\\') || text.contains("''") {
        Value::EscapedStringLiteral(text)
    } else {
        Value::SingleQuotedString(text)
    }
}

/// `coalesce`, `current_date` and others are grammar, not names: quoted they
/// would mean something else. The allow-list knows them all.
fn unquote_function(name: &mut ObjectName) {
    for part in &mut name.0 {
        if let ObjectNamePart::Identifier(identifier) = part
            && (functions::is_allowed(&identifier.value) || identifier.value == "pg_catalog")
        {
            identifier.quote_style = None;
        }
    }
}

/// `- -1` must not be written `--1`, which begins a comment, nor `@ -1` as the
/// operator `@-`.
fn part_from(operator: UnaryOperator, operand: &mut Box<Expr>) {
    let touching = operator != UnaryOperator::Not;
    if touching && !stands_apart(operand) {
        let inner = core::mem::replace(operand.as_mut(), Expr::Value(Value::Null.into()));
        **operand = Expr::Nested(Box::new(inner));
    }
}

fn stands_apart(operand: &Expr) -> bool {
    matches!(
        operand,
        Expr::Nested(_)
            | Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::Function(_)
            | Expr::Subquery(_)
    )
}
