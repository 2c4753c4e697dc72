//! No more rows than allowed: a limit on the outermost query.
//!
//! One row more than the limit is asked for, so that whoever reads the answer
//! knows whether it was cut.

use sqlparser::ast::{Expr, Fetch, LimitClause, Query, SetExpr, Statement, Value};

use crate::refusal::{Code, Refusal};

/// Bounds the rows that `statement` answers.
pub(crate) fn bound(statement: &mut Statement, rows: u32) -> Result<(), Refusal> {
    let Statement::Query(query) = statement else {
        return Err(no_number("the statement"));
    };
    bound_query(query, rows)
}

fn bound_query(query: &mut Query, rows: u32) -> Result<(), Refusal> {
    // The limit of `((SELECT … LIMIT 5))` stands inside.
    if is_bare(query)
        && let SetExpr::Query(inner) = query.body.as_mut()
    {
        return bound_query(inner, rows);
    }
    if let Some(fetch) = &mut query.fetch {
        return fetched(fetch, rows);
    }
    match &mut query.limit_clause {
        None => {
            query.limit_clause = Some(LimitClause::LimitOffset {
                limit: Some(number(rows)),
                offset: None,
                limit_by: Vec::new(),
            });
        }
        Some(LimitClause::LimitOffset { limit, .. }) => {
            let within = match limit {
                Some(limit) => is_within(limit, rows)?,
                None => false,
            };
            if !within {
                *limit = Some(number(rows));
            }
        }
        Some(LimitClause::OffsetCommaLimit { limit, .. }) => {
            if !is_within(limit, rows)? {
                *limit = number(rows);
            }
        }
    }
    Ok(())
}

fn is_bare(query: &Query) -> bool {
    query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
}

fn fetched(fetch: &mut Fetch, rows: u32) -> Result<(), Refusal> {
    if fetch.with_ties {
        return Err(Refusal::new(
            Code::RowLimit,
            "WITH TIES",
            None,
            "Write FETCH FIRST n ROWS ONLY, or LIMIT n.",
        ));
    }
    // Without a number it is one row.
    if let Some(quantity) = &mut fetch.quantity
        && !is_within(quantity, rows)?
    {
        *quantity = number(rows);
    }
    Ok(())
}

/// Whether a limit that an assistant wrote is as low as it must be.
fn is_within(limit: &Expr, rows: u32) -> Result<bool, Refusal> {
    match limit {
        Expr::Nested(inner) => is_within(inner, rows),
        Expr::Value(value) => match &value.value {
            Value::Null => Ok(false),
            Value::Number(digits, false) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                // What is beyond any number is beyond the limit.
                Ok(digits
                    .parse::<u64>()
                    .is_ok_and(|limit| limit <= u64::from(rows)))
            }
            _ => Err(no_number(limit)),
        },
        _ => Err(no_number(limit)),
    }
}

fn number(rows: u32) -> Expr {
    let digits = (u64::from(rows) + 1).to_string();
    Expr::Value(Value::Number(digits, false).into())
}

fn no_number(limit: impl core::fmt::Display) -> Refusal {
    Refusal::new(
        Code::RowLimit,
        limit,
        None,
        "Write the outermost LIMIT as a plain number, or leave it out.",
    )
}
