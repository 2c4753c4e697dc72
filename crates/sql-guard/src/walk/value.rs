//! Rules for literals.

use sqlparser::ast::{Expr, Ident, Value, ValueWithSpan};

use super::{Rule, refuse};
use crate::Dialect;
use crate::numerals::is_hexadecimal;
use crate::refusal::{Code, Position};

/// The character sets a string may be introduced with (`_utf8mb4'…'`).
const INTRODUCERS: &[&str] = &[
    "_ascii", "_binary", "_latin1", "_utf8", "_utf8mb3", "_utf8mb4",
];

/// Whether `word` is a character set in front of a string.
pub(crate) fn is_introducer(word: &str) -> bool {
    INTRODUCERS.contains(&word.to_ascii_lowercase().as_str())
}

/// A string with its character set in front.
pub(super) fn introduced(prefix: &Ident, value: &Expr) -> Rule {
    let string = matches!(
        value,
        Expr::Value(value) if matches!(
            value.value,
            Value::SingleQuotedString(_) | Value::DoubleQuotedString(_) | Value::HexStringLiteral(_)
        )
    );
    if string && prefix.quote_style.is_none() && is_introducer(&prefix.value) {
        return Ok(());
    }
    refuse(
        Code::Literal,
        prefix,
        Position::of(prefix.span),
        "Write the string without a character set in front.",
    )
}

pub(super) fn check(value: &ValueWithSpan, dialect: Dialect) -> Rule {
    let ValueWithSpan {
        value: literal,
        span,
    } = value;
    let taken = match literal {
        Value::Number(number, long) => {
            !long && (is_number(number) || (dialect == Dialect::Mysql && is_hexadecimal(number)))
        }
        Value::SingleQuotedString(text) => !text.contains('\0'),
        Value::EscapedStringLiteral(text) | Value::UnicodeStringLiteral(text) => {
            dialect == Dialect::Postgres && !text.contains('\0')
        }
        Value::DollarQuotedString(text) => {
            dialect == Dialect::Postgres && !text.value.contains('\0')
        }
        // A name under ANSI_QUOTES; the rendering writes it in single quotes.
        Value::DoubleQuotedString(text) => dialect == Dialect::Mysql && !text.contains('\0'),
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
        | Value::NationalQuoteDelimitedStringLiteral(_) => false,
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
    let mut before = b'.';
    let plain = number.bytes().all(|b| {
        let exponent = matches!(core::mem::replace(&mut before, b), b'e' | b'E');
        b.is_ascii_digit()
            || matches!(b, b'.' | b'e' | b'E')
            || (exponent && matches!(b, b'+' | b'-'))
    });
    plain && number.bytes().any(|b| b.is_ascii_digit())
}
