//! Rules for what stands in FROM.

use sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, JsonTableColumn, JsonTableNamedColumn,
    JsonTableNestedColumn, ObjectName, Spanned, TableAlias, TableAliasColumnDef, TableFactor,
    TableFunctionArgs, TableWithJoins,
};

use super::{Rule, absent, function, instead, refuse, types, unsupported};
use crate::Dialect;
use crate::refusal::{Code, Position};

/// One item of FROM. The visitor arrives at everything nested in it.
pub(super) fn factor(factor: &TableFactor, dialect: Dialect) -> Rule {
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
                table_function(name, arguments, dialect)?;
            }
            optional_alias(alias.as_ref(), dialect)
        }
        TableFactor::Derived {
            lateral: _,
            subquery: _,
            alias,
            sample,
        } => {
            absent(sample.is_some(), "TABLESAMPLE")?;
            optional_alias(alias.as_ref(), dialect)
        }
        TableFactor::Function {
            lateral: _,
            name,
            args,
            with_ordinality: _,
            alias,
        } => {
            not_of_mysql(name, dialect)?;
            function::name(name, dialect)?;
            function::arguments(args)?;
            optional_alias(alias.as_ref(), dialect)
        }
        TableFactor::UNNEST {
            alias,
            array_exprs: _,
            with_offset,
            with_offset_alias,
            with_ordinality: _,
        } => {
            absent(dialect == Dialect::Mysql, "UNNEST")?;
            absent(*with_offset || with_offset_alias.is_some(), "WITH OFFSET")?;
            optional_alias(alias.as_ref(), dialect)
        }
        TableFactor::NestedJoin {
            table_with_joins,
            alias,
        } => {
            with_joins(table_with_joins, dialect)?;
            optional_alias(alias.as_ref(), dialect)
        }
        TableFactor::JsonTable {
            json_expr: _,
            json_path: _,
            columns,
            alias,
        } if dialect == Dialect::Mysql => {
            columns
                .iter()
                .try_for_each(|column| json_column(column, dialect))?;
            optional_alias(alias.as_ref(), dialect)
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

fn table_function(name: &ObjectName, arguments: &TableFunctionArgs, dialect: Dialect) -> Rule {
    not_of_mysql(name, dialect)?;
    let TableFunctionArgs { args, settings } = arguments;
    absent(settings.is_some(), "SETTINGS")?;
    function::name(name, dialect)?;
    function::arguments(args)
}

/// MySQL has one function that makes a table, and that is one of its own kind.
fn not_of_mysql(name: &ObjectName, dialect: Dialect) -> Rule {
    if dialect == Dialect::Postgres {
        return Ok(());
    }
    refuse(
        Code::Function,
        name,
        Position::of(name.span()),
        "Only JSON_TABLE makes a table; number rows with WITH RECURSIVE.",
    )
}

fn json_column(column: &JsonTableColumn, dialect: Dialect) -> Rule {
    match column {
        JsonTableColumn::Named(JsonTableNamedColumn {
            name: _,
            r#type,
            path: _,
            exists: _,
            on_empty: _,
            on_error: _,
        }) => types::check(r#type, dialect),
        JsonTableColumn::ForOrdinality(_) => Ok(()),
        JsonTableColumn::Nested(JsonTableNestedColumn { path: _, columns }) => columns
            .iter()
            .try_for_each(|column| json_column(column, dialect)),
    }
}

/// One FROM item and what is joined to it.
pub(super) fn with_joins(table: &TableWithJoins, dialect: Dialect) -> Rule {
    // The visitor arrives at the relations.
    let TableWithJoins { relation: _, joins } = table;
    joins.iter().try_for_each(|joined| join(joined, dialect))
}

fn join(join: &Join, dialect: Dialect) -> Rule {
    let Join {
        relation: _,
        global,
        join_operator,
    } = join;
    absent(*global, "GLOBAL JOIN")?;
    instead(
        dialect == Dialect::Mysql && matches!(join_operator, JoinOperator::FullOuter(_)),
        "FULL JOIN",
        || Position::of(join.span()),
        "Write a LEFT JOIN and a RIGHT JOIN with UNION between them.",
    )?;
    match join_operator {
        JoinOperator::StraightJoin(_) if dialect == Dialect::Mysql => Ok(()),
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

fn optional_alias(alias: Option<&TableAlias>, dialect: Dialect) -> Rule {
    alias.map_or(Ok(()), |alias| self::alias(alias, dialect))
}

/// An alias, whose columns may name types.
pub(super) fn alias(alias: &TableAlias, dialect: Dialect) -> Rule {
    let TableAlias {
        explicit: _,
        name: _,
        columns,
        at,
    } = alias;
    absent(at.is_some(), "AT in an alias")?;
    for TableAliasColumnDef { name: _, data_type } in columns {
        if let Some(data_type) = data_type {
            types::check(data_type, dialect)?;
        }
    }
    Ok(())
}
