//! Rules for calls.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, Ident, JsonReturningClause, ObjectName,
    ObjectNamePart, Spanned, WindowType,
};

use super::{Rule, absent, instead, name::folded, query, refuse, types, unsupported};
use crate::Dialect;
use crate::functions;
use crate::refusal::{Code, Position};

pub(super) fn call(function: &Function, dialect: Dialect) -> Rule {
    let Function {
        name,
        uses_odbc_syntax,
        parameters,
        args,
        within_group,
        filter,
        null_treatment,
        over,
    } = function;
    let called = self::name(name, dialect)?;
    absent(*uses_odbc_syntax, "{fn …}")?;
    absent(
        !matches!(parameters, FunctionArguments::None),
        "parameters before the arguments",
    )?;
    absent(null_treatment.is_some(), "IGNORE / RESPECT NULLS")?;
    instead(
        dialect == Dialect::Mysql && (filter.is_some() || !within_group.is_empty()),
        "FILTER / WITHIN GROUP",
        || Position::of(name.span()),
        "Put the condition into the argument: SUM(CASE WHEN … THEN … END).",
    )?;
    match over {
        // The visitor arrives at what stands inside a window.
        None | Some(WindowType::WindowSpec(_) | WindowType::NamedWindow(_)) => {}
    }
    match args {
        FunctionArguments::None if functions::is_keyword_value(&called, dialect) => Ok(()),
        FunctionArguments::None => unsupported(name, Position::of(name.span())),
        FunctionArguments::Subquery(_) if called == "array" && dialect == Dialect::Postgres => {
            Ok(())
        }
        FunctionArguments::Subquery(_) => {
            unsupported("a query as the only argument", Position::of(name.span()))
        }
        FunctionArguments::List(list) => {
            if dialect == Dialect::Postgres && functions::is_sql_json(&called) {
                sql_json(list, &called, name)?;
            }
            if dialect == Dialect::Mysql
                && let Some(arguments) = functions::rewritten(&called)
            {
                rewritable(function, list, arguments)?;
            }
            if dialect == Dialect::Mysql && functions::takes_a_unit(&called) {
                unit(list, name)?;
            }
            argument_list(list, dialect)
        }
    }
}

/// A name on the allow-list, alone or in `pg_catalog`; answers it as folded.
pub(super) fn name(
    name: &ObjectName,
    dialect: Dialect,
) -> Result<String, Box<crate::refusal::Refusal>> {
    let allowed = match name.0.as_slice() {
        [ObjectNamePart::Identifier(function)] => allowed(function, dialect),
        [
            ObjectNamePart::Identifier(schema),
            ObjectNamePart::Identifier(function),
        ] if dialect == Dialect::Postgres && folded(schema) == "pg_catalog" => {
            allowed(function, dialect)
        }
        _ => None,
    };
    if let Some(function) = allowed {
        return Ok(function);
    }
    refuse(
        Code::Function,
        name,
        Position::of(name.span()),
        functions::advice(
            match name.0.last() {
                Some(ObjectNamePart::Identifier(last)) => &last.value,
                _ => "",
            },
            dialect,
        ),
    )?;
    Ok(String::new())
}

fn allowed(function: &Ident, dialect: Dialect) -> Option<String> {
    let function = match dialect {
        Dialect::Postgres => folded(function),
        Dialect::Mysql => function.value.to_ascii_lowercase(),
    };
    functions::is_allowed(&function, dialect).then_some(function)
}

/// Older servers would take a plain call of these for one of the owner's
/// functions; what only SQL/JSON has they refuse. `json_object(text[])` is a
/// function of its own right on all.
fn sql_json(list: &FunctionArgumentList, called: &str, name: &ObjectName) -> Rule {
    let unmistakable = !list.clauses.is_empty()
        || list
            .args
            .iter()
            .any(|argument| !matches!(argument, FunctionArg::Unnamed(_)));
    instead(
        !unmistakable && called != "json_object",
        called,
        || Position::of(name.span()),
        "Write json_build_array, json_agg, json_object_agg, ->> or jsonb_path_query_first; or add \
         RETURNING or ON NULL.",
    )
}

/// Only the plain form of a function that the rewrite replaces.
fn rewritable(function: &Function, list: &FunctionArgumentList, arguments: usize) -> Rule {
    let plain = list.args.len() == arguments
        && list.clauses.is_empty()
        && list.duplicate_treatment.is_none()
        && function.over.is_none()
        && list
            .args
            .iter()
            .all(|argument| matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(_))));
    instead(
        !plain,
        &function.name,
        || Position::of(function.name.span()),
        "MariaDB has no such function; write MIN(column) for ANY_VALUE, a REGEXP b for REGEXP_LIKE.",
    )
}

/// The first argument of `TIMESTAMPDIFF` is a word of the language, not a name.
fn unit(list: &FunctionArgumentList, name: &ObjectName) -> Rule {
    let known = matches!(
        list.args.first(),
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(word))))
            if word.quote_style.is_none() && functions::is_unit(&word.value)
    );
    instead(
        !known,
        name,
        || Position::of(name.span()),
        "The first argument is a unit: MICROSECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR.",
    )
}

fn argument_list(list: &FunctionArgumentList, dialect: Dialect) -> Rule {
    let FunctionArgumentList {
        duplicate_treatment: _,
        args,
        clauses,
    } = list;
    arguments(args)?;
    clauses.iter().try_for_each(|clause| match clause {
        FunctionArgumentClause::OrderBy(_) | FunctionArgumentClause::JsonNullClause(_) => Ok(()),
        FunctionArgumentClause::JsonReturningClause(JsonReturningClause { data_type }) => {
            types::check(data_type, dialect)
        }
        FunctionArgumentClause::Separator(_) if dialect == Dialect::Mysql => Ok(()),
        FunctionArgumentClause::IgnoreOrRespectNulls(_)
        | FunctionArgumentClause::Where(_)
        | FunctionArgumentClause::Limit(_)
        | FunctionArgumentClause::OnOverflow(_)
        | FunctionArgumentClause::Having(_)
        | FunctionArgumentClause::Separator(_) => unsupported(clause, None),
    })
}

pub(super) fn arguments(arguments: &[FunctionArg]) -> Rule {
    arguments.iter().try_for_each(argument)
}

fn argument(argument: &FunctionArg) -> Rule {
    let (value, operator) = match argument {
        FunctionArg::Named {
            name: _,
            arg,
            operator,
        } => (arg, Some(operator)),
        FunctionArg::ExprNamed {
            name: _,
            arg,
            operator,
        } => (arg, Some(operator)),
        FunctionArg::Unnamed(arg) => (arg, None),
    };
    match operator {
        None
        | Some(
            FunctionArgOperator::RightArrow
            | FunctionArgOperator::Assignment
            | FunctionArgOperator::Colon
            | FunctionArgOperator::Value,
        ) => {}
        Some(FunctionArgOperator::Equals | FunctionArgOperator::Space) => {
            return unsupported(argument, None);
        }
    }
    match value {
        FunctionArgExpr::Expr(_)
        | FunctionArgExpr::QualifiedWildcard(_)
        | FunctionArgExpr::Wildcard => Ok(()),
        FunctionArgExpr::WildcardWithOptions(options) => query::wildcard(options),
    }
}
