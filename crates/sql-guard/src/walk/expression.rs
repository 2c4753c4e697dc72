//! Rules for expressions.

use sqlparser::ast::{
    AccessExpr, CastKind, CeilFloorKind, DataType, DateTimeField, Expr, Interval, ObjectNamePart,
    Spanned, Subscript, TypedString, Value,
};

use super::{Rule, absent, function, instead, name, operator, refuse, types, unsupported, value};
use crate::Dialect;
use crate::refusal::{Code, Position};

/// One expression; the visitor arrives at those inside.
pub(super) fn check(expression: &Expr, dialect: Dialect) -> Rule {
    match dialect {
        Dialect::Postgres => only_in_mysql(expression)?,
        Dialect::Mysql => only_in_postgres(expression)?,
    }
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
        Expr::RLike { .. } | Expr::MatchAgainst { .. } | Expr::MemberOf(_) => Ok(()),
        Expr::CompoundIdentifier(parts) => match dialect {
            Dialect::Postgres => parts.last().map_or(Ok(()), name::field),
            Dialect::Mysql => Ok(()),
        },
        Expr::CompoundFieldAccess { root, access_chain } => field_access(root, access_chain),
        Expr::BinaryOp { left, op, right } => operator::binary(op, left, right, dialect),
        Expr::AnyOp {
            left,
            compare_op,
            right,
            is_some: _,
        }
        | Expr::AllOp {
            left,
            compare_op,
            right,
        } => operator::binary(compare_op, left, right, dialect),
        Expr::UnaryOp { op, expr } => operator::unary(op, expr, dialect),
        Expr::Like { any, .. } | Expr::ILike { any, .. } => absent(*any, "LIKE ANY"),
        Expr::Convert {
            is_try,
            expr: _,
            data_type,
            charset,
            target_before_value,
            styles,
        } => {
            absent(
                *is_try || *target_before_value || !styles.is_empty(),
                "this form of CONVERT",
            )?;
            charset.as_ref().map_or(Ok(()), types::character_set)?;
            data_type
                .as_ref()
                .map_or(Ok(()), |data_type| types::check(data_type, dialect))
        }
        Expr::Prefixed { prefix, value } => value::introduced(prefix, value),
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
            types::check(data_type, dialect)
        }
        Expr::TypedString(TypedString {
            data_type,
            value: _,
            uses_odbc_syntax,
        }) => {
            absent(*uses_odbc_syntax, "{d …}")?;
            let of_mysql = matches!(
                data_type,
                DataType::Date | DataType::Time(..) | DataType::Timestamp(..)
            );
            match dialect {
                Dialect::Mysql if !of_mysql => unsupported(expression, position(expression)),
                Dialect::Mysql | Dialect::Postgres => types::check(data_type, dialect),
            }
        }
        Expr::Interval(interval) => self::interval(interval, dialect),
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
        Expr::Function(call) => function::call(call, dialect),
        Expr::JsonAccess { .. }
        | Expr::InUnnest { .. }
        | Expr::Struct { .. }
        | Expr::Named { .. }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(_, _)
        | Expr::OuterJoin(_)
        | Expr::Prior(_)
        | Expr::Lambda(_) => unsupported(expression, position(expression)),
    }
}

/// Refuses what only MySQL reads.
fn only_in_mysql(expression: &Expr) -> Rule {
    let foreign = matches!(
        expression,
        Expr::RLike { .. }
            | Expr::Convert { .. }
            | Expr::Prefixed { .. }
            | Expr::MatchAgainst { .. }
            | Expr::MemberOf(_)
    );
    instead(
        foreign,
        expression,
        || position(expression),
        "PostgreSQL has no such expression: write ~ for REGEXP, CAST for CONVERT, @@ for MATCH.",
    )
}

/// Refuses what only PostgreSQL reads.
fn only_in_postgres(expression: &Expr) -> Rule {
    let hint = match expression {
        Expr::Cast {
            kind: CastKind::DoubleColon,
            ..
        } => "Write CAST(value AS type).",
        Expr::ILike { .. } | Expr::SimilarTo { .. } => {
            "Write LIKE, which ignores case in most collations, or REGEXP."
        }
        Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) => "Write a <=> b or NOT (a <=> b).",
        Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => "Write GROUP BY … WITH ROLLUP.",
        Expr::AtTimeZone { .. } => "Write CONVERT_TZ(time, from, to).",
        Expr::CompoundFieldAccess { .. }
        | Expr::Array(_)
        | Expr::Overlay { .. }
        | Expr::IsNormalized { .. }
        | Expr::IsJson { .. } => "MySQL and MariaDB have no such expression.",
        _ => return Ok(()),
    };
    instead(true, expression, || position(expression), hint)
}

fn position(expression: &Expr) -> Option<Position> {
    Position::of(expression.span())
}

/// `(value).name` calls the function `name` with the value where the value has
/// no such field. What stands in front of a subscript may be a column's name.
fn field_access(root: &Expr, chain: &[AccessExpr]) -> Rule {
    let mut names_a_column = matches!(root, Expr::Identifier(_));
    let pairs = yields_pairs(root);
    for access in chain {
        match access {
            AccessExpr::Dot(Expr::Identifier(name)) if names_a_column => name::field(name)?,
            AccessExpr::Dot(Expr::Identifier(name))
                if pairs && matches!(name.value.as_str(), "key" | "value") => {}
            AccessExpr::Dot(other) => {
                return refuse(
                    Code::Function,
                    other,
                    position(other),
                    "A field of a value cannot be told from a call of a function; call the \
                     function in FROM and select its columns.",
                );
            }
            AccessExpr::Subscript(Subscript::Index { index: _ }) => names_a_column = false,
            AccessExpr::Subscript(Subscript::Slice {
                lower_bound: _,
                upper_bound: _,
                stride,
            }) => {
                absent(stride.is_some(), "a slice with a step")?;
                names_a_column = false;
            }
        }
    }
    Ok(())
}

/// Whether `root` is a call whose rows have the columns `key` and `value`.
fn yields_pairs(root: &Expr) -> bool {
    let Expr::Nested(inner) = root else {
        return false;
    };
    let Expr::Function(call) = inner.as_ref() else {
        return false;
    };
    matches!(
        call.name.0.last(),
        Some(ObjectNamePart::Identifier(name)) if matches!(
            name.value.to_ascii_lowercase().as_str(),
            "json_each" | "json_each_text" | "jsonb_each" | "jsonb_each_text"
        )
    )
}

fn interval(interval: &Interval, dialect: Dialect) -> Rule {
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
    instead(
        dialect == Dialect::Postgres && !literal,
        "INTERVAL without a quoted value",
        || position(value),
        "Write INTERVAL '3 days', or a number times INTERVAL '1 day'.",
    )?;
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
