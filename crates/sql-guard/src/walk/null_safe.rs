//! `<=>` beside `JSON_EXTRACT`: MariaDB (seen in 10.11.19) takes a value that it has
//! computed beforehand for the call itself, and the whole server dies of it. What it
//! computes beforehand is the planner's choice, so no such operand is let through.

use core::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, ObjectNamePart, Spanned, UnaryOperator, Visitor};

use super::{Rule, name::folded, refuse};
use crate::refusal::{Code, Position};
use crate::walked;

/// The operands of a `<=>`.
pub(super) fn operands(left: &Expr, right: &Expr) -> Rule {
    if is_extract(left) || is_extract(right) {
        return refuse(
            Code::Operator,
            "<=> beside JSON_EXTRACT",
            Position::of(left.span()),
            "Write JSON_UNQUOTE(JSON_EXTRACT(…)), or compare with = and IS NULL.",
        );
    }
    Ok(())
}

/// Whether the server sees the call itself here: brackets and a plus leave no trace.
fn is_extract(operand: &Expr) -> bool {
    match operand {
        Expr::Nested(inner)
        | Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr: inner,
        } => is_extract(inner),
        Expr::Tuple(members) => members.iter().any(is_extract),
        Expr::Function(call) => is_extract_call(call),
        Expr::Subquery(query) => walked::read(query, &mut Extract).is_break(),
        _ => false,
    }
}

fn is_extract_call(call: &Function) -> bool {
    matches!(
        call.name.0.last(),
        Some(ObjectNamePart::Identifier(name)) if folded(name).eq_ignore_ascii_case("json_extract")
    )
}

/// Breaks off at the call.
struct Extract;

impl Visitor for Extract {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(call) if is_extract_call(call) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
