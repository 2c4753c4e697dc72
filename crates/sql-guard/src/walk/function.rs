//! Rules for calls.

use sqlparser::ast::{
    Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, Ident, JsonReturningClause, ObjectName,
    ObjectNamePart, Spanned, WindowType,
};

use super::{Rule, absent, name::folded, query, refuse, types, unsupported};
use crate::functions;
use crate::refusal::{Code, Position};

pub(super) fn call(function: &Function) -> Rule {
    let Function {
        name,
        uses_odbc_syntax,
        parameters,
        args,
        within_group: _,
        filter: _,
        null_treatment,
        over,
    } = function;
    let called = self::name(name)?;
    absent(*uses_odbc_syntax, "{fn …}")?;
    absent(
        !matches!(parameters, FunctionArguments::None),
        "parameters before the arguments",
    )?;
    absent(null_treatment.is_some(), "IGNORE / RESPECT NULLS")?;
    match over {
        // The visitor arrives at what stands inside a window.
        None | Some(WindowType::WindowSpec(_) | WindowType::NamedWindow(_)) => {}
    }
    match args {
        FunctionArguments::None if functions::is_keyword_value(&called) => Ok(()),
        FunctionArguments::None => unsupported(name, Position::of(name.span())),
        FunctionArguments::Subquery(_) if called == "array" => Ok(()),
        FunctionArguments::Subquery(_) => {
            unsupported("a query as the only argument", Position::of(name.span()))
        }
        FunctionArguments::List(list) => argument_list(list),
    }
}

/// A name on the allow-list, alone or in `pg_catalog`; answers it as folded.
pub(super) fn name(name: &ObjectName) -> Result<String, Box<crate::refusal::Refusal>> {
    let allowed = match name.0.as_slice() {
        [ObjectNamePart::Identifier(function)] => allowed(function),
        [
            ObjectNamePart::Identifier(schema),
            ObjectNamePart::Identifier(function),
        ] if folded(schema) == "pg_catalog" => allowed(function),
        _ => None,
    };
    if let Some(function) = allowed {
        return Ok(function);
    }
    refuse(
        Code::Function,
        name,
        Position::of(name.span()),
        "This function is not on the list of functions that only compute; use an ordinary \
         aggregate, string, number, date, JSON, array or window function.",
    )?;
    Ok(String::new())
}

fn allowed(function: &Ident) -> Option<String> {
    let function = folded(function);
    functions::is_allowed(&function).then_some(function)
}

fn argument_list(list: &FunctionArgumentList) -> Rule {
    let FunctionArgumentList {
        duplicate_treatment: _,
        args,
        clauses,
    } = list;
    arguments(args)?;
    clauses.iter().try_for_each(|clause| match clause {
        FunctionArgumentClause::OrderBy(_) | FunctionArgumentClause::JsonNullClause(_) => Ok(()),
        FunctionArgumentClause::JsonReturningClause(JsonReturningClause { data_type }) => {
            types::check(data_type)
        }
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
