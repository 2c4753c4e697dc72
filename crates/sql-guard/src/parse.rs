//! From text to one statement's tree.

use sqlparser::ast::Statement;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer, TokenizerError};

use crate::refusal::{Code, Position, Refusal};
use crate::{Dialect, MAX_SQL_BYTES, familiar, grammar, numerals, shape, table_command};

/// How deep the parser may recurse. Together with [`shape`]'s bound it keeps
/// parsing, walking, rendering and dropping within a 1 MiB stack, which the
/// test `deepest_accepted_query_fits_the_stack` holds it to.
const PARSER_DEPTH: usize = 56;

/// Parses exactly one statement.
pub(crate) fn statement(sql: &str, dialect: Dialect) -> Result<Statement, Refusal> {
    if sql.len() > MAX_SQL_BYTES {
        return Err(Refusal::new(
            Code::TooLong,
            format_args!("{} bytes", sql.len()),
            None,
            format!("Keep a query under {MAX_SQL_BYTES} bytes."),
        ));
    }
    let grammar = grammar::of(dialect);
    // Ordinary queries have a token for every two or three bytes.
    let mut tokens = Vec::with_capacity(sql.len() / 2);
    Tokenizer::new(grammar, sql)
        .tokenize_with_location_into_buf(&mut tokens)
        .map_err(lexical)?;
    shape::check(&tokens, dialect)?;
    let tokens = numerals::as_written(tokens, dialect)?;
    let tokens = table_command::expanded(tokens);
    let familiar = familiar::refused(&tokens, dialect);
    let mut parser = Parser::new(grammar)
        .with_recursion_limit(PARSER_DEPTH)
        .with_tokens_with_locations(tokens);
    let query = parser.parse_query().map_err(|error| match error {
        ParserError::RecursionLimitExceeded => shape::too_deep(),
        error => familiar.clone().unwrap_or_else(|| syntactic(error)),
    })?;
    while parser.consume_token(&Token::SemiColon) {}
    let rest = parser.peek_token();
    if rest.token == Token::EOF {
        return Ok(Statement::Query(query));
    }
    Err(familiar.unwrap_or_else(|| {
        Refusal::new(
            Code::Syntax,
            format_args!("unexpected {}", rest.token),
            Position::of(rest.span),
            "Send one complete query and nothing after it.",
        )
    }))
}

fn lexical(error: TokenizerError) -> Refusal {
    let position = (error.location.line > 0).then_some(Position {
        line: error.location.line,
        column: error.location.column,
    });
    Refusal::new(Code::Syntax, error.message, position, SYNTAX_HINT)
}

fn syntactic(error: ParserError) -> Refusal {
    match error {
        ParserError::RecursionLimitExceeded => shape::too_deep(),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => {
            let (message, position) = split_position(&message);
            Refusal::new(Code::Syntax, message, position, SYNTAX_HINT)
        }
    }
}

const SYNTAX_HINT: &str = "Write one query: SELECT, VALUES, TABLE or WITH … SELECT.";

/// The parser appends ` at Line: 1, Column: 8` to its messages.
fn split_position(message: &str) -> (&str, Option<Position>) {
    let Some((text, place)) = message.rsplit_once(" at Line: ") else {
        return (message, None);
    };
    let Some((line, column)) = place.split_once(", Column: ") else {
        return (message, None);
    };
    match (line.trim().parse(), column.trim().parse()) {
        (Ok(line), Ok(column)) => (text, Some(Position { line, column })),
        _ => (message, None),
    }
}
