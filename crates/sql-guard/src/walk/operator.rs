//! The operators a query may use: those the server itself defines. In PostgreSQL
//! an operator may stand for any function, so `OPERATOR(schema.+)` and unknown ones are
//! refused.

use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator};

use super::{Rule, null_safe, refuse};
use crate::Dialect;
use crate::refusal::{Code, Position};

/// `left` stands before the operator, which has no place of its own.
pub(super) fn binary(
    operator: &BinaryOperator,
    left: &Expr,
    right: &Expr,
    dialect: Dialect,
) -> Rule {
    if *operator == BinaryOperator::Spaceship {
        null_safe::operands(left, right)?;
    }
    let allowed = match dialect {
        Dialect::Postgres => in_postgres(operator),
        Dialect::Mysql => in_mysql(operator),
    };
    if allowed {
        return Ok(());
    }
    let place = Position::of(left.span());
    match dialect {
        Dialect::Postgres => refuse(Code::Operator, operator, place, POSTGRES_HINT),
        Dialect::Mysql if *operator == BinaryOperator::StringConcat => refuse(
            Code::Operator,
            operator,
            place,
            "|| means OR or concatenation by the server's sql_mode; write CONCAT(a, b) or OR.",
        ),
        Dialect::Mysql => refuse(Code::Operator, operator, place, MYSQL_HINT),
    }
}

const POSTGRES_HINT: &str = "Use PostgreSQL's own operators, without OPERATOR(…).";
const MYSQL_HINT: &str =
    "Use MySQL's arithmetic, comparison and logical operators; variables cannot be assigned.";

fn in_mysql(operator: &BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::MyIntegerDivide
            | BinaryOperator::Gt
            | BinaryOperator::Lt
            | BinaryOperator::GtEq
            | BinaryOperator::LtEq
            | BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Spaceship
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::Xor
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOr
            | BinaryOperator::BitwiseXor
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight
            | BinaryOperator::Arrow
            | BinaryOperator::LongArrow
    )
}

fn in_postgres(operator: &BinaryOperator) -> bool {
    match operator {
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::StringConcat
        | BinaryOperator::Gt
        | BinaryOperator::Lt
        | BinaryOperator::GtEq
        | BinaryOperator::LtEq
        | BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::BitwiseOr
        | BinaryOperator::BitwiseAnd
        | BinaryOperator::PGBitwiseXor
        | BinaryOperator::PGBitwiseShiftLeft
        | BinaryOperator::PGBitwiseShiftRight
        | BinaryOperator::PGExp
        | BinaryOperator::PGOverlap
        | BinaryOperator::PGRegexMatch
        | BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGRegexNotMatch
        | BinaryOperator::PGRegexNotIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch
        | BinaryOperator::PGNotLikeMatch
        | BinaryOperator::PGNotILikeMatch
        | BinaryOperator::PGStartsWith
        | BinaryOperator::Arrow
        | BinaryOperator::LongArrow
        | BinaryOperator::HashArrow
        | BinaryOperator::HashLongArrow
        | BinaryOperator::AtAt
        | BinaryOperator::AtArrow
        | BinaryOperator::ArrowAt
        | BinaryOperator::HashMinus
        | BinaryOperator::AtQuestion
        | BinaryOperator::Question
        | BinaryOperator::QuestionAnd
        | BinaryOperator::QuestionPipe
        | BinaryOperator::Overlaps
        | BinaryOperator::LtDashGt
        | BinaryOperator::AndLt
        | BinaryOperator::AndGt => true,
        BinaryOperator::Spaceship
        | BinaryOperator::Xor
        | BinaryOperator::BitwiseXor
        | BinaryOperator::DuckIntegerDivide
        | BinaryOperator::MyIntegerDivide
        | BinaryOperator::Match
        | BinaryOperator::Regexp
        | BinaryOperator::Glob
        | BinaryOperator::Custom(_)
        | BinaryOperator::PGCustomBinaryOperator(_)
        | BinaryOperator::DoubleHash
        | BinaryOperator::LtLtPipe
        | BinaryOperator::PipeGtGt
        | BinaryOperator::AndLtPipe
        | BinaryOperator::PipeAndGt
        | BinaryOperator::LtCaret
        | BinaryOperator::GtCaret
        | BinaryOperator::QuestionHash
        | BinaryOperator::QuestionDash
        | BinaryOperator::QuestionDashPipe
        | BinaryOperator::QuestionDoublePipe
        | BinaryOperator::At
        | BinaryOperator::TildeEq
        | BinaryOperator::Assignment => false,
    }
}

pub(super) fn unary(operator: &UnaryOperator, operand: &Expr, dialect: Dialect) -> Rule {
    let allowed = match operator {
        UnaryOperator::BitwiseNot
        | UnaryOperator::Plus
        | UnaryOperator::Minus
        | UnaryOperator::Not => true,
        UnaryOperator::PGAbs | UnaryOperator::PGCubeRoot | UnaryOperator::PGSquareRoot => {
            dialect == Dialect::Postgres
        }
        UnaryOperator::AtDashAt
        | UnaryOperator::BangNot
        | UnaryOperator::DoubleAt
        | UnaryOperator::Hash
        | UnaryOperator::PGPostfixFactorial
        | UnaryOperator::PGPrefixFactorial
        | UnaryOperator::QuestionDash
        | UnaryOperator::QuestionPipe => false,
    };
    if allowed {
        return Ok(());
    }
    let hint = match dialect {
        Dialect::Postgres => POSTGRES_HINT,
        Dialect::Mysql if *operator == UnaryOperator::BangNot => "Write NOT (…).",
        Dialect::Mysql => MYSQL_HINT,
    };
    refuse(Code::Operator, operator, Position::of(operand.span()), hint)
}
