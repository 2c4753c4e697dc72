//! Rules for statements, queries, selects and their clauses.

use sqlparser::ast::{
    Cte, Distinct, ExcludeSelectItem, Fetch, GroupByExpr, GroupByWithModifier, LimitClause,
    NamedWindowDefinition, Offset, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort,
    Query, Select, SelectFlavor, SelectItem, SetExpr, SetOperator, SetQuantifier, Spanned,
    Statement, Values, WildcardAdditionalOptions, With,
};

use super::{Rule, absent, instead, refuse, table, unsupported};
use crate::Dialect;
use crate::refusal::{Code, Position};

/// The outermost statement is a query, and no other statement stands inside.
pub(super) fn statement(statement: &Statement, outermost: bool) -> Rule {
    match statement {
        Statement::Query(_) if outermost => Ok(()),
        _ if outermost => refuse(
            Code::NotAQuery,
            statement,
            Position::of(statement.span()),
            "Only queries are allowed: SELECT, VALUES, TABLE or WITH … SELECT.",
        ),
        _ => data_modifying(statement),
    }
}

pub(super) fn query(query: &Query, dialect: Dialect) -> Rule {
    let Query {
        with,
        body,
        order_by: _,
        limit_clause,
        fetch,
        locks,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = query;
    if let Some(lock) = locks.first() {
        return refuse(
            Code::Locking,
            lock,
            None,
            "Leave out the locking clause; a read needs no row locks.",
        );
    }
    if let Some(with) = with {
        common_tables(with, dialect)?;
    }
    body_of(body, dialect)?;
    if let Some(limit) = limit_clause {
        limits(limit, dialect)?;
    }
    if let Some(Fetch {
        with_ties: _,
        percent,
        quantity: _,
    }) = fetch
    {
        absent(*percent, "FETCH … PERCENT")?;
        instead(
            dialect == Dialect::Mysql,
            "FETCH FIRST",
            || None,
            "Write LIMIT count.",
        )?;
    }
    absent(for_clause.is_some(), "FOR XML / FOR JSON")?;
    absent(settings.is_some(), "SETTINGS")?;
    absent(format_clause.is_some(), "FORMAT")?;
    absent(!pipe_operators.is_empty(), "|>")
}

fn common_tables(with: &With, dialect: Dialect) -> Rule {
    let With {
        with_token: _,
        recursive: _,
        cte_tables,
    } = with;
    for common_table in cte_tables {
        let Cte {
            alias,
            query: _,
            from,
            materialized: _,
            closing_paren_token: _,
        } = common_table;
        absent(from.is_some(), "FROM after a common table expression")?;
        table::alias(alias, dialect)?;
    }
    Ok(())
}

/// The body of a query. Left-deep set operations are followed in a loop; what
/// stands to their right is nested and therefore bounded by the parser.
fn body_of(body: &SetExpr, dialect: Dialect) -> Rule {
    let mut body = body;
    loop {
        match body {
            // The visitor arrives at both by itself.
            SetExpr::Select(_) | SetExpr::Query(_) => return Ok(()),
            SetExpr::Values(Values {
                explicit_row,
                value_keyword,
                rows: _,
            }) => {
                absent(
                    *explicit_row && dialect == Dialect::Postgres,
                    "VALUES ROW(…)",
                )?;
                return absent(*value_keyword, "VALUE");
            }
            // `TABLE t` has become `SELECT * FROM t` before parsing.
            SetExpr::Table(table) => return unsupported(table, None),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                absent(matches!(op, SetOperator::Minus), "MINUS")?;
                match set_quantifier {
                    SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None => {}
                    SetQuantifier::ByName
                    | SetQuantifier::AllByName
                    | SetQuantifier::DistinctByName => return unsupported("BY NAME", None),
                }
                body_of(right, dialect)?;
                body = left;
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => return data_modifying(statement),
        }
    }
}

fn data_modifying(statement: &Statement) -> Rule {
    refuse(
        Code::DataModifying,
        statement,
        Position::of(statement.span()),
        "A query may not change data anywhere, also not in WITH.",
    )
}

fn limits(limit: &LimitClause, dialect: Dialect) -> Rule {
    match limit {
        LimitClause::LimitOffset {
            limit: _,
            offset,
            limit_by,
        } => {
            absent(!limit_by.is_empty(), "LIMIT … BY")?;
            match offset {
                None | Some(Offset { value: _, rows: _ }) => Ok(()),
            }
        }
        // The rewrite makes it LIMIT … OFFSET.
        LimitClause::OffsetCommaLimit {
            offset: _,
            limit: _,
        } => instead(
            dialect == Dialect::Postgres,
            "LIMIT offset, count",
            || None,
            "Write LIMIT count OFFSET offset.",
        ),
    }
}

pub(super) fn select(select: &Select, dialect: Dialect) -> Rule {
    let Select {
        select_token: _,
        // Comments: dropped by the rewrite, never rendered.
        optimizer_hints: _,
        distinct,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        into,
        from,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    if let Some(into) = into {
        return refuse(
            Code::SelectInto,
            into,
            None,
            "Leave out INTO; the rows come back as the answer.",
        );
    }
    match distinct {
        None | Some(Distinct::All | Distinct::Distinct) => {}
        Some(Distinct::On(_)) => instead(
            dialect == Dialect::Mysql,
            "DISTINCT ON",
            || Position::of(select.span()),
            "Number the rows with ROW_NUMBER() OVER (PARTITION BY …) and keep the first.",
        )?,
    }
    for item in projection {
        select_item(item)?;
    }
    from.iter()
        .try_for_each(|table| table::with_joins(table, dialect))?;
    for NamedWindowDefinition(_, _) in named_window {}
    absent(
        select_modifiers.as_ref().is_some_and(|m| m.is_any_set()),
        "a SELECT modifier",
    )?;
    absent(top.is_some(), "TOP")?;
    excluded(exclude.as_ref())?;
    absent(!lateral_views.is_empty(), "LATERAL VIEW")?;
    absent(prewhere.is_some(), "PREWHERE")?;
    absent(!connect_by.is_empty(), "CONNECT BY")?;
    absent(!cluster_by.is_empty(), "CLUSTER BY")?;
    absent(!distribute_by.is_empty(), "DISTRIBUTE BY")?;
    absent(!sort_by.is_empty(), "SORT BY")?;
    absent(qualify.is_some(), "QUALIFY")?;
    absent(value_table_mode.is_some(), "SELECT AS VALUE / STRUCT")?;
    absent(
        !matches!(flavor, SelectFlavor::Standard),
        "FROM before SELECT",
    )
}

fn select_item(item: &SelectItem) -> Rule {
    match item {
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { expr: _, alias: _ } => Ok(()),
        SelectItem::ExprWithAliases {
            expr: _,
            aliases: _,
        } => unsupported(
            "several aliases for one expression",
            Position::of(item.span()),
        ),
        SelectItem::QualifiedWildcard(_, options) | SelectItem::Wildcard(options) => {
            wildcard(options)
        }
    }
}

pub(super) fn wildcard(options: &WildcardAdditionalOptions) -> Rule {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    absent(opt_ilike.is_some(), "* ILIKE")?;
    excluded(opt_exclude.as_ref())?;
    absent(opt_except.is_some(), "* EXCEPT")?;
    absent(opt_replace.is_some(), "* REPLACE")?;
    absent(opt_rename.is_some(), "* RENAME")?;
    absent(opt_alias.is_some(), "* AS")
}

fn excluded(exclude: Option<&ExcludeSelectItem>) -> Rule {
    absent(exclude.is_some(), "* EXCLUDE")
}

pub(super) fn order_by(order_by: &OrderBy) -> Rule {
    let OrderBy { kind, interpolate } = order_by;
    absent(interpolate.is_some(), "INTERPOLATE")?;
    match kind {
        OrderByKind::Expressions(_) => Ok(()),
        OrderByKind::All(_) => unsupported("ORDER BY ALL", None),
    }
}

pub(super) fn order_by_expression(order: &OrderByExpr, dialect: Dialect) -> Rule {
    let OrderByExpr {
        expr: _,
        options,
        with_fill,
    } = order;
    absent(with_fill.is_some(), "WITH FILL")?;
    let OrderByOptions { sort, nulls_first } = options;
    instead(
        dialect == Dialect::Mysql && nulls_first.is_some(),
        "NULLS FIRST / LAST",
        || Position::of(order.span()),
        "Sort by `column IS NULL` first.",
    )?;
    match sort {
        None | Some(OrderBySort::Asc | OrderBySort::Desc) => Ok(()),
        Some(OrderBySort::Using(_)) => refuse(
            Code::Operator,
            "ORDER BY … USING",
            Position::of(order.span()),
            "Use ASC or DESC.",
        ),
    }
}

pub(super) fn group_by(group_by: &GroupByExpr, dialect: Dialect) -> Rule {
    match group_by {
        GroupByExpr::Expressions(_, modifiers) => {
            modifiers.iter().try_for_each(|modifier| match modifier {
                GroupByWithModifier::GroupingSets(_) if dialect == Dialect::Postgres => Ok(()),
                GroupByWithModifier::Rollup if dialect == Dialect::Mysql => Ok(()),
                GroupByWithModifier::GroupingSets(_)
                | GroupByWithModifier::Rollup
                | GroupByWithModifier::Cube
                | GroupByWithModifier::Totals => instead(
                    true,
                    "GROUP BY … WITH",
                    || Position::of(group_by.span()),
                    "Write GROUP BY ROLLUP (…) for PostgreSQL, GROUP BY … WITH ROLLUP for MySQL.",
                ),
            })
        }
        GroupByExpr::All(_) => unsupported("GROUP BY ALL", None),
    }
}
