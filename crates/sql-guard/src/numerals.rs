//! Numbers that the parser reads otherwise than the servers do.
//!
//! MariaDB takes `0x41` for a number beside numbers and `X'41'` for a text, so
//! each keeps its spelling; `0b1` is a name to the parser. PostgreSQL takes
//! `0x41` and `0b1` for numbers since version 16, and for the number 0 called
//! `x41` or `b1` before.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::Dialect;
use crate::refusal::{Code, Position, Refusal};

/// The tokens with every number as its author wrote it.
pub(crate) fn as_written(
    mut tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
) -> Result<Vec<TokenWithSpan>, Refusal> {
    match dialect {
        Dialect::Postgres => {
            numbers_stand_apart(&tokens)?;
            Ok(tokens)
        }
        Dialect::Mysql => {
            let mut introduced = false;
            for token in &mut tokens {
                if matches!(token.token, Token::Whitespace(_)) {
                    continue;
                }
                if let Some(number) = mysql_number(token, introduced) {
                    token.token = number;
                }
                introduced =
                    matches!(&token.token, Token::Word(word) if word.value.starts_with('_'));
            }
            Ok(tokens)
        }
    }
}

/// Whether `number` is written as `0x41`, which [`as_written`] makes of a token
/// for MySQL alone.
pub(crate) fn is_hexadecimal(number: &str) -> bool {
    number.strip_prefix("0x").is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Behind a character set `0x41` and `X'41'` are one, and the parser takes the
/// second alone.
fn mysql_number(token: &TokenWithSpan, introduced: bool) -> Option<Token> {
    match &token.token {
        Token::HexStringLiteral(digits) if !introduced && is_prefixed(token, digits) => {
            Some(Token::Number(format!("0x{digits}"), false))
        }
        Token::Word(word) if word.quote_style.is_none() => {
            let digits = word.value.strip_prefix("0b")?;
            let bits = !digits.is_empty() && digits.bytes().all(|bit| matches!(bit, b'0' | b'1'));
            bits.then(|| Token::SingleQuotedByteStringLiteral(digits.to_owned()))
        }
        _ => None,
    }
}

/// Whether the literal is written `0x41` and not `X'41'`, which is longer.
fn is_prefixed(token: &TokenWithSpan, digits: &str) -> bool {
    let (start, end) = (token.span.start, token.span.end);
    let length = u64::try_from(digits.len()).unwrap_or(u64::MAX);
    start.line == end.line && end.column.checked_sub(start.column) == length.checked_add(2)
}

fn numbers_stand_apart(tokens: &[TokenWithSpan]) -> Result<(), Refusal> {
    let hexadecimal = tokens.iter().find(
        |token| matches!(&token.token, Token::HexStringLiteral(digits) if is_prefixed(token, digits)),
    );
    let glued = tokens
        .iter()
        .zip(tokens.iter().skip(1))
        .find(|(one, next)| {
            matches!(one.token, Token::Number(..))
                && matches!(&next.token, Token::Word(word) if word.quote_style.is_none())
        });
    match hexadecimal.or(glued.map(|(number, _)| number)) {
        None => Ok(()),
        Some(number) => Err(Refusal::new(
            Code::Literal,
            "a number with letters in it",
            Position::of(number.span),
            "Write numbers in decimal digits, and a blank between a number and a name.",
        )),
    }
}
