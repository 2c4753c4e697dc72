//! Rules for what stands in FROM.

use sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, ObjectName, Spanned, TableAlias, TableAliasColumnDef,
    TableFactor, TableFunctionArgs, TableWithJoins,
};

use super::{Rule, absent, function, types, unsupported};
use crate::refusal::Position;

/// One item of FROM. The visitor arrives at everything nested in it.
pub(super) fn factor(factor: &TableFactor) -> Rule {
    match factor {
        TableFactor::Table {
            name,
            alias,
            args,
            with_hints,
            version,
            with_ordinality: _,
            partitions,
            json_path,
            sample,
            index_hints,
        } => {
            absent(!with_hints.is_empty(), "a table hint")?;
            absent(version.is_some(), "a table version")?;
            absent(!partitions.is_empty(), "PARTITION")?;
            absent(json_path.is_some(), "a JSON path on a table")?;
            absent(sample.is_some(), "TABLESAMPLE")?;
            absent(!index_hints.is_empty(), "an index hint")?;
            if let Some(arguments) = args {
                table_function(name, arguments)?;
            }
            optional_alias(alias.as_ref())
        }
        TableFactor::Derived {
            lateral: _,
            subquery: _,
            alias,
            sample,
        } => {
            absent(sample.is_some(), "TABLESAMPLE")?;
            optional_alias(alias.as_ref())
        }
        TableFactor::Function {
            lateral: _,
            name,
            args,
            with_ordinality: _,
            alias,
        } => {
            function::name(name)?;
            function::arguments(args)?;
            optional_alias(alias.as_ref())
        }
        TableFactor::UNNEST {
            alias,
            array_exprs: _,
            with_offset,
            with_offset_alias,
            with_ordinality: _,
        } => {
            absent(*with_offset || with_offset_alias.is_some(), "WITH OFFSET")?;
            optional_alias(alias.as_ref())
        }
        TableFactor::NestedJoin {
            table_with_joins,
            alias,
        } => {
            with_joins(table_with_joins)?;
            optional_alias(alias.as_ref())
        }
        TableFactor::TableFunction { .. }
        | TableFactor::JsonTable { .. }
        | TableFactor::OpenJsonTable { .. }
        | TableFactor::Pivot { .. }
        | TableFactor::Unpivot { .. }
        | TableFactor::UnpivotExpr { .. }
        | TableFactor::MatchRecognize { .. }
        | TableFactor::XmlTable { .. }
        | TableFactor::SemanticView { .. } => unsupported(factor, Position::of(factor.span())),
    }
}

fn table_function(name: &ObjectName, arguments: &TableFunctionArgs) -> Rule {
    let TableFunctionArgs { args, settings } = arguments;
    absent(settings.is_some(), "SETTINGS")?;
    function::name(name)?;
    function::arguments(args)
}

/// One FROM item and what is joined to it.
pub(super) fn with_joins(table: &TableWithJoins) -> Rule {
    // The visitor arrives at the relations.
    let TableWithJoins { relation: _, joins } = table;
    joins.iter().try_for_each(join)
}

fn join(join: &Join) -> Rule {
    let Join {
        relation: _,
        global,
        join_operator,
    } = join;
    absent(*global, "GLOBAL JOIN")?;
    match join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint) => match constraint {
            JoinConstraint::On(_)
            | JoinConstraint::Using(_)
            | JoinConstraint::Natural
            | JoinConstraint::None => Ok(()),
        },
        JoinOperator::Semi(_)
        | JoinOperator::LeftSemi(_)
        | JoinOperator::RightSemi(_)
        | JoinOperator::Anti(_)
        | JoinOperator::LeftAnti(_)
        | JoinOperator::RightAnti(_)
        | JoinOperator::CrossApply
        | JoinOperator::OuterApply
        | JoinOperator::AsOf { .. }
        | JoinOperator::StraightJoin(_)
        | JoinOperator::ArrayJoin
        | JoinOperator::LeftArrayJoin
        | JoinOperator::InnerArrayJoin => {
            unsupported("this kind of join", Position::of(join.span()))
        }
    }
}

fn optional_alias(alias: Option<&TableAlias>) -> Rule {
    alias.map_or(Ok(()), self::alias)
}

/// An alias, whose columns may name types.
pub(super) fn alias(alias: &TableAlias) -> Rule {
    let TableAlias {
        explicit: _,
        name: _,
        columns,
        at,
    } = alias;
    absent(at.is_some(), "AT in an alias")?;
    for TableAliasColumnDef { name: _, data_type } in columns {
        if let Some(data_type) = data_type {
            types::check(data_type)?;
        }
    }
    Ok(())
}
