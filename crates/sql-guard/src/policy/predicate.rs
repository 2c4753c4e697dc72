//! One row condition: which rows of a table a group reads.
//!
//! A condition stands inside a query that somebody else wrote, so nothing in
//! it may depend on what surrounds it. Every column is qualified with the name
//! of its table, and every table behind that name is one the condition itself
//! speaks of: were a column gone from the database, the server would say so
//! instead of finding one of that name in the query outside.

mod parameter;
mod qualify;

use sqlparser::ast::{Expr, Statement, Value};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::name::TableName;
use crate::refusal::Refusal;
use crate::{Dialect, grammar};

pub(crate) use parameter::{Parameter, substituted};
pub(crate) use qualify::behind;

/// The longest condition.
const MAX_BYTES: usize = 4096;

/// How deep the parser may recurse into one.
const DEPTH: usize = 24;

/// A condition that passed: it only reads, and says of every column whose it is.
#[derive(Debug)]
pub(crate) struct Predicate {
    text: String,
    /// Absent for TRUE.
    condition: Option<Expr>,
    parameters: Vec<Parameter>,
}

impl Predicate {
    /// Parses the condition on `table`'s rows.
    pub(super) fn parse(text: &str, table: &TableName, dialect: Dialect) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("is longer than {MAX_BYTES} bytes"));
        }
        let mut condition = parsed(text, dialect)?;
        let parameters = parameter::used(&condition)?;
        only_reads(&condition, dialect)?;
        qualify::qualify(&mut condition, table, dialect)?;
        let all = matches!(&condition, Expr::Value(value) if value.value == Value::Boolean(true));
        Ok(Self {
            text: text.to_owned(),
            condition: (!all).then_some(condition),
            parameters,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The condition with its parameters; absent when it holds for every row.
    pub(crate) fn condition(&self) -> Option<&Expr> {
        self.condition.as_ref()
    }

    /// What it needs to know of a principal.
    pub(crate) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
}

fn parsed(text: &str, dialect: Dialect) -> Result<Expr, String> {
    let grammar = grammar::of(dialect);
    let tokens = Tokenizer::new(grammar, text)
        .tokenize()
        .map_err(|error| format!("is no SQL: {}", error.message))?;
    let tokens = parameter::joined(tokens)?;
    let mut parser = Parser::new(grammar)
        .with_recursion_limit(DEPTH)
        .with_tokens(tokens);
    let condition = parser.parse_expr().map_err(|error| match error {
        ParserError::RecursionLimitExceeded => "nests too deep".to_owned(),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => {
            format!("is no condition in SQL: {message}")
        }
    })?;
    match parser.peek_token().token {
        Token::EOF => Ok(condition),
        other => Err(format!("is no single condition: unexpected {other}")),
    }
}

/// Holds the condition, as it will be sent, to what a query is held to.
fn only_reads(condition: &Expr, dialect: Dialect) -> Result<(), String> {
    let sent = substituted(condition, dialect, |_| Some("x".to_owned()))
        .ok_or_else(|| "has a parameter that nobody knows".to_owned())?;
    let refused = |refusal: Refusal| format!("{refusal}");
    let mut statement = crate::parse::statement("SELECT 1 WHERE true", dialect).map_err(refused)?;
    if let Statement::Query(query) = &mut statement
        && let sqlparser::ast::SetExpr::Select(select) = query.body.as_mut()
    {
        select.selection = Some(sent);
    }
    crate::canonical(&mut statement, dialect).map_err(refused)?;
    crate::write(&statement, dialect).map_err(refused)?;
    Ok(())
}
