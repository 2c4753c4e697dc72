//! MySQL and MariaDB.
//!
//! What is written means the same under every `sql_mode`: names stand in
//! backticks (`ANSI_QUOTES`), a string with a backslash is written in
//! hexadecimal digits (`NO_BACKSLASH_ESCAPES`), `NOT` has brackets
//! (`HIGH_NOT_PRECEDENCE`), functions touch their brackets (`IGNORE_SPACE`).

use core::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, LimitClause,
    ObjectName, ObjectNamePart, Offset, OffsetRows, Query, Select, TableFactor, UnaryOperator,
    Value, ValueWithSpan, VisitorMut,
};

use super::{Never, sign};
use crate::Dialect;
use crate::functions;
use crate::walk::value::is_introducer;

/// Values without parentheses that the parser takes for names.
const BARE_VALUES: &[&str] = &["current_user", "utc_date", "utc_time", "utc_timestamp"];

pub(super) struct Canonical;

impl VisitorMut for Canonical {
    type Break = Never;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Never> {
        if let Some(clause) = &mut query.limit_clause {
            spell_out(clause);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Never> {
        select.optimizer_hints.clear();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Never> {
        if matches!(expression, Expr::Identifier(name) if is_bare_value(name)) {
            call(expression);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_ident(&mut self, identifier: &mut Ident) -> ControlFlow<Never> {
        identifier.quote_style = Some('`');
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Never> {
        let literal = core::mem::replace(&mut value.value, Value::Null);
        value.value = match literal {
            Value::DoubleQuotedString(text) => Value::SingleQuotedString(text),
            Value::HexStringLiteral(digits) if digits.len() % 2 == 1 => {
                Value::HexStringLiteral(format!("0{digits}"))
            }
            other => other,
        };
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Never> {
        if let TableFactor::Table { name, .. } = factor
            && let [ObjectNamePart::Identifier(word)] = name.0.as_mut_slice()
            && word.value.eq_ignore_ascii_case("dual")
        {
            // Not a table but a word of the language.
            unquote(word);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Never> {
        match expression {
            Expr::Value(value) => {
                if let Value::SingleQuotedString(text) = &value.value
                    && !is_plain(text)
                {
                    *expression = in_hexadecimal("_utf8mb4", text);
                }
            }
            Expr::Prefixed { prefix, value } => {
                // What stands behind the introducer has been visited first.
                if let Expr::Prefixed { value: inner, .. } = value.as_ref() {
                    let inner = inner.clone();
                    *value = inner;
                }
                if is_introducer(&prefix.value) {
                    unquote(prefix);
                }
            }
            Expr::Function(function) => {
                unquote_function(function);
                if let Some(other) = written_otherwise(function) {
                    *expression = other;
                }
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => bracket(expr),
            Expr::UnaryOp { op, expr } => sign::part_from(*op, expr),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn bracket(expression: &mut Expr) {
    if !matches!(expression, Expr::Nested(_)) {
        sign::in_brackets(expression);
    }
}

/// `LIMIT 5, 10` as `LIMIT 10 OFFSET 5`.
fn spell_out(clause: &mut LimitClause) {
    if let LimitClause::OffsetCommaLimit { offset, limit } = clause {
        let nothing = || Expr::value(Value::Null);
        let value = core::mem::replace(offset, nothing());
        let limit = core::mem::replace(limit, nothing());
        *clause = LimitClause::LimitOffset {
            limit: Some(limit),
            offset: Some(Offset {
                value,
                rows: OffsetRows::None,
            }),
            limit_by: Vec::new(),
        };
    }
}

fn is_bare_value(name: &Ident) -> bool {
    name.quote_style.is_none() && BARE_VALUES.contains(&name.value.to_ascii_lowercase().as_str())
}

/// `utc_date` as `utc_date()`.
fn call(expression: &mut Expr) {
    if let Expr::Identifier(name) = expression {
        let name = core::mem::replace(name, Ident::new(""));
        *expression = Expr::Function(Function {
            name: ObjectName::from(vec![name]),
            uses_odbc_syntax: false,
            parameters: FunctionArguments::None,
            args: FunctionArguments::List(sqlparser::ast::FunctionArgumentList {
                duplicate_treatment: None,
                args: Vec::new(),
                clauses: Vec::new(),
            }),
            filter: None,
            null_treatment: None,
            over: None,
            within_group: Vec::new(),
        });
    }
}

/// Whether `text` reads the same with and without backslash escapes: `\%` and
/// `\_` keep their backslash either way.
fn is_plain(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek();
        match c {
            '\\' if !matches!(next, Some('%' | '_')) => return false,
            '\'' if next == Some(&'\'') => return false,
            _ => {}
        }
    }
    true
}

fn in_hexadecimal(introducer: &str, text: &str) -> Expr {
    use core::fmt::Write as _;
    let mut digits = String::with_capacity(2 * text.len());
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02X}");
    }
    Expr::Prefixed {
        prefix: Ident::new(introducer),
        value: Box::new(Expr::value(Value::HexStringLiteral(digits))),
    }
}

/// A name in backticks in front of a bracket would be a stored function; the
/// allow-list knows built-in ones alone. A unit of time is a word, not a name.
fn unquote_function(function: &mut Function) {
    let mut with_unit = false;
    if let [ObjectNamePart::Identifier(name)] = function.name.0.as_mut_slice() {
        name.value.make_ascii_lowercase();
        if functions::is_allowed(&name.value, Dialect::Mysql) {
            with_unit = functions::takes_a_unit(&name.value);
            unquote(name);
        }
    }
    if with_unit
        && let FunctionArguments::List(list) = &mut function.args
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(word)))) =
            list.args.first_mut()
        && functions::is_unit(&word.value)
    {
        unquote(word);
    }
}

/// `any_value(a)` as `min(a)`, `regexp_like(a, b)` as `(a REGEXP b)`: MariaDB
/// has neither function, and would call one of the owner's.
fn written_otherwise(function: &mut Function) -> Option<Expr> {
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_mut_slice() else {
        return None;
    };
    if name.value == "any_value" {
        name.value = "min".to_owned();
    }
    if name.value != "regexp_like" {
        return None;
    }
    let FunctionArguments::List(list) = &mut function.args else {
        return None;
    };
    let [
        FunctionArg::Unnamed(FunctionArgExpr::Expr(text)),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(pattern)),
    ] = list.args.as_mut_slice()
    else {
        return None;
    };
    let bracketed = |expression: &mut Expr| {
        sign::in_brackets(expression);
        Box::new(core::mem::replace(expression, Expr::value(Value::Null)))
    };
    Some(Expr::Nested(Box::new(Expr::RLike {
        negated: false,
        expr: bracketed(text),
        pattern: bracketed(pattern),
        regexp: true,
    })))
}

fn unquote(word: &mut Ident) {
    word.quote_style = None;
}
