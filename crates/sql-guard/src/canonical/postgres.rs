//! PostgreSQL: names are folded to lower case as the server folds them, strings
//! are plain literals, or `E'…'` literals where a backslash or two quotes in a
//! row make the plain form ambiguous, and functions are `pg_catalog`'s: the
//! server looks a plain name up in every schema of its path and takes what fits
//! the arguments best, which may be a function of the database's owner.

use core::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, ObjectNamePart, Select, TableFactor, TableFunctionArgs, Value, ValueWithSpan,
    VisitorMut,
};

use super::{Never, sign};
use crate::Dialect;
use crate::functions;

pub(super) struct Canonical;

impl VisitorMut for Canonical {
    type Break = Never;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Never> {
        select.optimizer_hints.clear();
        ControlFlow::Continue(())
    }

    fn pre_visit_ident(&mut self, identifier: &mut Ident) -> ControlFlow<Never> {
        if identifier.quote_style.is_none() {
            identifier.value.make_ascii_lowercase();
            identifier.quote_style = Some('"');
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Never> {
        let literal = core::mem::replace(&mut value.value, Value::Null);
        value.value = match literal {
            Value::SingleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::UnicodeStringLiteral(text) => string(text),
            Value::DollarQuotedString(text) => string(text.value),
            other => other,
        };
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Never> {
        match factor {
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            }
            | TableFactor::Function { name, .. } => pin(name),
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_ordinality,
                ..
            } => {
                // The parser has a word for it, the server a function.
                let arguments = core::mem::take(array_exprs).into_iter();
                let mut name = ObjectName::from(vec![Ident::new("unnest")]);
                pin(&mut name);
                *factor = TableFactor::Table {
                    name,
                    alias: alias.take(),
                    args: Some(TableFunctionArgs {
                        args: arguments.map(unnamed).collect(),
                        settings: None,
                    }),
                    with_hints: Vec::new(),
                    version: None,
                    with_ordinality: *with_ordinality,
                    partitions: Vec::new(),
                    json_path: None,
                    sample: None,
                    index_hints: Vec::new(),
                };
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Never> {
        match expression {
            Expr::Function(function) => self::function(function),
            Expr::UnaryOp { op, expr } => sign::part_from(*op, expr),
            // These are functions to the server in this form, not grammar.
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special: true,
                shorthand,
            } => {
                let name = if *shorthand { "substr" } else { "substring" };
                let rest = [substring_from.take(), substring_for.take()];
                let first = taken(expr);
                *expression = call(
                    name,
                    core::iter::once(first).chain(rest.into_iter().flatten().map(|e| *e)),
                );
            }
            Expr::Ceil { expr, .. } => {
                let operand = taken(expr);
                *expression = call("ceil", core::iter::once(operand));
            }
            Expr::Floor { expr, .. } => {
                let operand = taken(expr);
                *expression = call("floor", core::iter::once(operand));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn string(text: String) -> Value {
    if text.contains('\\') || text.contains("''") {
        Value::EscapedStringLiteral(text)
    } else {
        Value::SingleQuotedString(text)
    }
}

fn function(function: &mut Function) {
    let plain = match &function.args {
        FunctionArguments::List(list) => {
            list.clauses.is_empty()
                && list
                    .args
                    .iter()
                    .all(|argument| matches!(argument, FunctionArg::Unnamed(_)))
        }
        FunctionArguments::None | FunctionArguments::Subquery(_) => false,
    };
    match (&function.args, function.name.0.as_slice()) {
        // `current_schema` is a word of the grammar without its brackets.
        (FunctionArguments::None, _) => unquote(&mut function.name),
        // A function in this form on every server, SQL/JSON in others.
        (_, [ObjectNamePart::Identifier(name)]) if plain && name.value == "json_object" => {
            unquote(&mut function.name);
            function.name.0.insert(0, pg_catalog());
        }
        _ => pin(&mut function.name),
    }
}

/// Writes a function of the allow-list as `pg_catalog.name`, unless its name is
/// a word of the grammar.
fn pin(name: &mut ObjectName) {
    unquote(name);
    if let [ObjectNamePart::Identifier(function)] = name.0.as_slice()
        && functions::is_pinned(&function.value)
    {
        name.0.insert(0, pg_catalog());
    }
    if let [_, ObjectNamePart::Identifier(function)] = name.0.as_mut_slice()
        && QUOTED.contains(&function.value.as_str())
    {
        function.quote_style = Some('"');
    }
}

/// Words that the parser knows by sight, also behind a schema.
const QUOTED: &[&str] = &["ceil", "floor", "substr", "substring"];

fn pg_catalog() -> ObjectNamePart {
    ObjectNamePart::Identifier(Ident::new("pg_catalog"))
}

/// `coalesce`, `current_date` and others are grammar, not names: quoted they
/// would mean something else. The allow-list knows them all.
fn unquote(name: &mut ObjectName) {
    for part in &mut name.0 {
        if let ObjectNamePart::Identifier(identifier) = part
            && (functions::is_allowed(&identifier.value, Dialect::Postgres)
                || identifier.value == "pg_catalog")
        {
            identifier.quote_style = None;
        }
    }
}

fn call(name: &str, arguments: impl Iterator<Item = Expr>) -> Expr {
    let mut name = ObjectName::from(vec![Ident::new(name)]);
    pin(&mut name);
    Expr::Function(Function {
        name,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.map(unnamed).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn unnamed(argument: Expr) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))
}

fn taken(expression: &mut Expr) -> Expr {
    core::mem::replace(expression, Expr::value(Value::Null))
}
