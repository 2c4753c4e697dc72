//! Rules for expressions.

use sqlparser::ast::{
    AccessExpr, CastKind, CeilFloorKind, DateTimeField, Expr, Interval, Spanned, Subscript,
    TypedString, Value,
};

use super::{Rule, absent, function, name, operator, types, unsupported};
use crate::refusal::Position;

/// One expression; the visitor arrives at those inside.
pub(super) fn check(expression: &Expr) -> Rule {
    match expression {
        Expr::Identifier(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(_, _)
        | Expr::IsNotDistinctFrom(_, _)
        | Expr::IsJson { .. }
        | Expr::IsNormalized { .. }
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::SimilarTo { .. }
        | Expr::AtTimeZone { .. }
        | Expr::Position { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Overlay { .. }
        | Expr::Collate { .. }
        | Expr::Nested(_)
        | Expr::Value(_)
        | Expr::Case { .. }
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_)
        | Expr::Tuple(_)
        | Expr::Array(_) => Ok(()),
        Expr::CompoundIdentifier(parts) => parts.last().map_or(Ok(()), name::field),
        Expr::CompoundFieldAccess {
            root: _,
            access_chain,
        } => access_chain.iter().try_for_each(access),
        Expr::BinaryOp {
            left: _,
            op,
            right: _,
        } => operator::binary(op),
        Expr::AnyOp { compare_op, .. } | Expr::AllOp { compare_op, .. } => {
            operator::binary(compare_op)
        }
        Expr::UnaryOp { op, expr: _ } => operator::unary(op),
        Expr::Like { any, .. } | Expr::ILike { any, .. } => absent(*any, "LIKE ANY"),
        Expr::Cast {
            kind,
            expr: _,
            data_type,
            format,
        } => {
            absent(format.is_some(), "CAST … FORMAT")?;
            absent(
                !matches!(kind, CastKind::Cast | CastKind::DoubleColon),
                "TRY_CAST",
            )?;
            types::check(data_type)
        }
        Expr::TypedString(TypedString {
            data_type,
            value: _,
            uses_odbc_syntax,
        }) => {
            absent(*uses_odbc_syntax, "{d …}")?;
            types::check(data_type)
        }
        Expr::Interval(interval) => self::interval(interval),
        Expr::Extract {
            field,
            syntax: _,
            expr: _,
        } => date_field(field),
        Expr::Ceil { expr: _, field } | Expr::Floor { expr: _, field } => match field {
            CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => Ok(()),
            CeilFloorKind::DateTimeField(_) | CeilFloorKind::Scale(_) => {
                unsupported(expression, position(expression))
            }
        },
        Expr::Function(call) => function::call(call),
        Expr::JsonAccess { .. }
        | Expr::InUnnest { .. }
        | Expr::RLike { .. }
        | Expr::Convert { .. }
        | Expr::Prefixed { .. }
        | Expr::Struct { .. }
        | Expr::Named { .. }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::MatchAgainst { .. }
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(_, _)
        | Expr::OuterJoin(_)
        | Expr::Prior(_)
        | Expr::Lambda(_)
        | Expr::MemberOf(_) => unsupported(expression, position(expression)),
    }
}

fn position(expression: &Expr) -> Option<Position> {
    Position::of(expression.span())
}

fn access(access: &AccessExpr) -> Rule {
    match access {
        AccessExpr::Dot(Expr::Identifier(field)) => name::field(field),
        AccessExpr::Dot(other) => unsupported(other, position(other)),
        AccessExpr::Subscript(Subscript::Index { index: _ }) => Ok(()),
        AccessExpr::Subscript(Subscript::Slice {
            lower_bound: _,
            upper_bound: _,
            stride,
        }) => absent(stride.is_some(), "a slice with a step"),
    }
}

fn interval(interval: &Interval) -> Rule {
    let Interval {
        value,
        leading_field,
        leading_precision: _,
        last_field,
        fractional_seconds_precision: _,
    } = interval;
    let literal = matches!(
        value.as_ref(),
        Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_))
    );
    absent(!literal, "INTERVAL without a quoted value")?;
    [leading_field, last_field]
        .into_iter()
        .flatten()
        .try_for_each(date_field)
}

fn date_field(field: &DateTimeField) -> Rule {
    match field {
        DateTimeField::Custom(_) | DateTimeField::Week(Some(_)) => unsupported(field, None),
        _ => Ok(()),
    }
}
