//! Signs that must not touch.

use sqlparser::ast::{CastKind, Expr, UnaryOperator};

/// `- -1` must not be written `--1`, which begins a comment, nor `@ -1` as the
/// operator `@-`: whatever stands first in the operand and has a sign of its
/// own gets brackets.
pub(super) fn part_from(operator: UnaryOperator, operand: &mut Expr) {
    if operator == UnaryOperator::Not {
        return;
    }
    match operand {
        Expr::UnaryOp { .. } => in_brackets(operand),
        Expr::BinaryOp { left, .. } => part_from(operator, left),
        Expr::Cast {
            kind: CastKind::DoubleColon,
            expr,
            ..
        }
        | Expr::Collate { expr, .. } => part_from(operator, expr),
        Expr::CompoundFieldAccess { root, .. } => part_from(operator, root),
        Expr::AtTimeZone { timestamp, .. } => part_from(operator, timestamp),
        Expr::Nested(_)
        | Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Value(_)
        | Expr::Function(_)
        | Expr::Subquery(_)
        | Expr::Cast { .. }
        | Expr::Case { .. }
        | Expr::Extract { .. }
        | Expr::Substring { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Position { .. }
        | Expr::Trim { .. }
        | Expr::Array(_)
        | Expr::Convert { .. } => {}
        _ => in_brackets(operand),
    }
}

pub(super) fn in_brackets(expression: &mut Expr) {
    let inner = core::mem::replace(expression, Expr::value(sqlparser::ast::Value::Null));
    *expression = Expr::Nested(Box::new(inner));
}
