//! Whose rows a query shows: the guard's rewrite with all rights against the
//! database's own row-level security without them. Equal answers or both
//! refused, never more.

mod mysql;
mod postgres;
mod readers;

use std::collections::BTreeMap;

use anyhow::Result;
use lango_sql_guard::{Access, check, check_within};

use crate::report::Rows;

pub(crate) use mysql::Mariadb;
pub(crate) use postgres::RowLevelSecurity;
pub(crate) use readers::READERS;

/// The most rows that a rewritten statement asks for; it asks for one more, to
/// know that there are more.
const ROW_LIMIT: usize = 500;

/// One row, as text.
pub(crate) type Cells = Vec<Option<String>>;

/// What a server answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// The rows in any order.
    Rows(Vec<Cells>),
    /// Refused before any row was read: what it names may not be read, or is not
    /// there, or is not the server's SQL.
    Denied(String),
    /// Anything else that went wrong.
    Failed(String),
}

/// A database with the rewrite on one side and its own rules on the other.
pub(crate) trait Sides {
    /// What the principal may read.
    fn access(&self) -> &Access;
    /// The rewritten statement with all rights.
    async fn rewritten(&mut self, sql: &str) -> Result<Answer>;
    /// The statement as it is, as a login that the database itself restricts.
    async fn restricted(&mut self, sql: &str) -> Result<Answer>;
    /// The same through views that show the permitted columns and rows alone:
    /// the reference for `*` and whole rows, which column rights refuse.
    async fn through_views(&mut self, sql: &str) -> Result<Answer>;
    /// The rewritten statement with all rights on tables that hold nothing but the rows
    /// which the principal may see.
    async fn without_hidden_rows(&mut self, sql: &str) -> Result<Answer>;
    /// Texts that stand in rows or columns which the principal may not see, and
    /// nowhere else.
    fn hidden(&self) -> &[String];
}

/// Compares the answers to all statements.
pub(crate) async fn compare<S: Sides>(sides: &mut S, statements: &[String]) -> Result<Rows> {
    let mut rows = Rows::default();
    for sql in statements {
        rows.generated += 1;
        let rewritten = match check_within(sql, sides.access()) {
            Ok(query) => query.sql().to_owned(),
            Err(refusal) => {
                *rows
                    .refused
                    .entry(refusal.code.as_str().to_owned())
                    .or_default() += 1;
                continue;
            }
        };
        rows.passed += 1;
        let own = sides.rewritten(&rewritten).await?;
        if let Some(problem) = judge(sides, sql, &own, &mut rows.outcomes).await? {
            if problem.one_side_failed && sides.without_hidden_rows(&rewritten).await? == own {
                *rows.outcomes.entry(OF_VISIBLE_ROWS).or_default() += 1;
                continue;
            }
            let problem = problem.words;
            rows.differences.push(format!(
                "    original:  {sql}\n    rewritten: {rewritten}\n    {problem}"
            ));
        }
    }
    Ok(rows)
}

/// Which of two expressions is evaluated first is the planner's choice, also on rows
/// that may be read, so that one side may fail where the other answers; the reference
/// may also run out of time where the rewrite stops at the limit of rows. What the
/// rewrite says then has to come of visible rows alone: without the others it is the same.
const OF_VISIBLE_ROWS: &str = "one side failed, of visible rows alone";

/// What is wrong with an answer.
struct Problem {
    words: String,
    /// One side answered, and the other failed while it ran.
    one_side_failed: bool,
}

/// What is wrong with the answer to the rewritten statement.
async fn judge<S: Sides>(
    sides: &mut S,
    sql: &str,
    own: &Answer,
    outcomes: &mut BTreeMap<&'static str, usize>,
) -> Result<Option<Problem>> {
    if let Some(text) = shown_hidden(sides.hidden(), own) {
        return Ok(Some(Problem {
            words: format!("shows {text}, which is hidden"),
            one_side_failed: false,
        }));
    }
    let mut sql = sql.to_owned();
    let mut reference = sides.restricted(&sql).await?;
    if matches!(&reference, Answer::Denied(words) if words.contains("syntax error"))
        && let Ok(query) = check(&sql, sides.access().dialect())
    {
        // The guard's grammar is wider in places (`position(a, b)`): what counts is
        // whose rows come of it.
        query.sql().clone_into(&mut sql);
        reference = sides.restricted(&sql).await?;
    }
    let sql = sql.as_str();
    if cut_short(own, &reference) {
        *outcomes.entry("equal up to the row limit").or_default() += 1;
        return Ok(None);
    }
    if same(own, &reference) {
        *outcomes.entry(kind(own)).or_default() += 1;
        return Ok(None);
    }
    let views = sides.through_views(sql).await?;
    if same(own, &views) || cut_short(own, &views) {
        *outcomes.entry("as through views").or_default() += 1;
        return Ok(None);
    }
    if matches!(own, Answer::Denied(_)) {
        *outcomes.entry("refused before a row was read").or_default() += 1;
        return Ok(None);
    }
    // Where rights refuse the statement as it is, the views speak for them.
    let stand_in = match &reference {
        Answer::Denied(_) => &views,
        Answer::Rows(_) | Answer::Failed(_) => &reference,
    };
    Ok(match (own, &reference, &views) {
        // Which of a query's errors comes first is the planner's choice.
        (Answer::Failed(_) | Answer::Denied(_), Answer::Failed(_) | Answer::Denied(_), _)
        | (Answer::Failed(_) | Answer::Denied(_), _, Answer::Failed(_) | Answer::Denied(_)) => {
            *outcomes.entry("both failed, in other words").or_default() += 1;
            None
        }
        _ => Some(Problem {
            words: format!(
                "answered:  {}\n    reference: {}\n    views:     {}",
                shortened(own),
                shortened(&reference),
                shortened(&views)
            ),
            one_side_failed: matches!(
                (own, stand_in),
                (Answer::Rows(_), Answer::Failed(_)) | (Answer::Failed(_), Answer::Rows(_))
            ),
        }),
    })
}

fn shown_hidden(hidden: &[String], answer: &Answer) -> Option<String> {
    let holds = |text: &str| {
        hidden
            .iter()
            .find(|secret| text.contains(secret.as_str()))
            .cloned()
    };
    match answer {
        Answer::Rows(rows) => rows.iter().flatten().flatten().find_map(|cell| holds(cell)),
        Answer::Denied(words) | Answer::Failed(words) => holds(words),
    }
}

/// Whether the answer is as many of the reference's rows as the limit lets pass.
fn cut_short(answer: &Answer, reference: &Answer) -> bool {
    match (answer, reference) {
        (Answer::Rows(answer), Answer::Rows(reference)) => {
            answer.len() == ROW_LIMIT + 1
                && reference.len() > answer.len()
                && answer.iter().all(|row| reference.contains(row))
        }
        _ => false,
    }
}

fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Rows(rows) if rows.is_empty() => "equal, no rows",
        Answer::Rows(_) => "equal rows",
        Answer::Denied(_) | Answer::Failed(_) => "both failed alike",
    }
}

fn same(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::Rows(one), Answer::Rows(other)) => {
            let (mut one, mut other) = (one.clone(), other.clone());
            one.sort();
            other.sort();
            one == other
                || (one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| close(a, b)))
        }
        (Answer::Rows(_), _) | (_, Answer::Rows(_)) => false,
        (one, other) => one == other,
    }
}

/// Whether two rows differ only in the last digits of a sum that was added up in
/// another order.
fn close(one: &Cells, other: &Cells) -> bool {
    let number = |cell: &Option<String>| cell.as_ref().and_then(|text| text.parse::<f64>().ok());
    one.len() == other.len()
        && one.iter().zip(other).all(|(a, b)| {
            a == b
                || matches!((number(a), number(b)), (Some(a), Some(b)) if (a - b).abs() <= 1e-9 * a.abs().max(b.abs()))
        })
}

fn shortened(answer: &Answer) -> String {
    let text = match answer {
        Answer::Rows(rows) => format!("{} rows {rows:?}", rows.len()),
        other => format!("{other:?}"),
    };
    text.chars().take(300).collect()
}
