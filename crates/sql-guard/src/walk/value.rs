//! Rules for literals.

use sqlparser::ast::{Value, ValueWithSpan};

use super::{Rule, refuse};
use crate::refusal::{Code, Position};

pub(super) fn check(value: &ValueWithSpan) -> Rule {
    let ValueWithSpan {
        value: literal,
        span,
    } = value;
    let taken = match literal {
        Value::Number(number, long) => !long && is_number(number),
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text) => !text.contains('\0'),
        Value::DollarQuotedString(text) => !text.value.contains('\0'),
        Value::SingleQuotedByteStringLiteral(bits) => {
            bits.bytes().all(|b| matches!(b, b'0' | b'1'))
        }
        Value::HexStringLiteral(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        Value::Boolean(_) | Value::Null => true,
        Value::Placeholder(_) => {
            return refuse(
                Code::Literal,
                literal,
                Position::of(*span),
                "Parameters are not bound here; write the value itself.",
            );
        }
        Value::TripleSingleQuotedString(_)
        | Value::TripleDoubleQuotedString(_)
        | Value::DoubleQuotedByteStringLiteral(_)
        | Value::TripleSingleQuotedByteStringLiteral(_)
        | Value::TripleDoubleQuotedByteStringLiteral(_)
        | Value::SingleQuotedRawStringLiteral(_)
        | Value::DoubleQuotedRawStringLiteral(_)
        | Value::TripleSingleQuotedRawStringLiteral(_)
        | Value::TripleDoubleQuotedRawStringLiteral(_)
        | Value::NationalStringLiteral(_)
        | Value::QuoteDelimitedStringLiteral(_)
        | Value::NationalQuoteDelimitedStringLiteral(_)
        | Value::DoubleQuotedString(_) => false,
    };
    if taken {
        return Ok(());
    }
    refuse(
        Code::Literal,
        literal,
        Position::of(*span),
        "Write strings in single quotes and numbers in digits.",
    )
}

/// Decimal digits with a point and an exponent. Hexadecimal and digits parted
/// by `_` mean different things to different PostgreSQL versions.
fn is_number(number: &str) -> bool {
    let unsigned_exponent = number.replace("e+", "e").replace("e-", "e");
    let unsigned_exponent = unsigned_exponent.replace("E+", "e").replace("E-", "e");
    unsigned_exponent
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E'))
        && unsigned_exponent.bytes().any(|b| b.is_ascii_digit())
}
