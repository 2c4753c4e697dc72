//! Every statement on a tenant's table, with the scope of one tenant and the values of
//! another: nothing of the other comes back, and nothing of it changes.
//!
//! Made of the lists of statements, so one that is added is covered without being
//! named. Every store function runs statements of these lists alone.

use std::{collections::BTreeMap, ops::ControlFlow};

use pollster::block_on;
use sqlparser::{
    ast::{BinaryOperator, Expr, Insert, SetExpr, Visit, Visitor},
    dialect::SQLiteDialect,
    parser::Parser,
};

use crate::{
    AUDIT_STATEMENTS, AUDIT_STREAM_STATEMENTS, CONNECTION_STATEMENTS, DATA_KEY_STATEMENTS,
    EXPORT_STATEMENTS, GUARD_STATEMENTS, LIMIT_STATEMENTS, QUOTA_STATEMENTS, RESIDENCY_STATEMENTS,
    Rows, SIGN_IN_STATEMENTS, SQL_POLICY_STATEMENTS, Sql, Statement, TENANCY_STATEMENTS,
    TENANT_STATEMENTS, Value,
    sqlite::{Sqlite, tenant},
    tenancy_tests::fill,
};

/// Which column each value of a statement is compared with, or stored in.
#[derive(Default)]
struct Bindings {
    columns: BTreeMap<usize, String>,
    pages: Vec<usize>,
    moments: Vec<usize>,
}

impl Visitor for Bindings {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::BinaryOp { left, op, right } = expression
            && let Some(number) = parameter(right)
        {
            match op {
                BinaryOperator::Eq => {
                    self.columns.entry(number).or_insert_with(|| column(left));
                }
                // Behind an identifier: a page of a list.
                BinaryOperator::Gt if !column(left).ends_with("_at") => self.pages.push(number),
                BinaryOperator::Gt => self.moments.push(number),
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }
}

impl Bindings {
    fn of(text: &str) -> Self {
        let statement = Parser::parse_sql(&SQLiteDialect {}, text)
            .unwrap()
            .remove(0);
        let mut bindings = Self::default();
        let _ = statement.visit(&mut bindings);
        if let sqlparser::ast::Statement::Insert(insert) = &statement {
            bindings.inserted(insert);
        }
        bindings
    }

    fn inserted(&mut self, insert: &Insert) {
        let source = insert.source.as_ref().map(|query| &*query.body);
        let Some(SetExpr::Values(values)) = source else {
            return;
        };
        for (column, value) in insert.columns.iter().zip(&values.rows[0].content) {
            if let Some(number) = parameter(value) {
                self.columns.insert(number, column.to_string());
            }
        }
    }
}

fn parameter(expression: &Expr) -> Option<usize> {
    expression.to_string().strip_prefix('?')?.parse().ok()
}

fn column(expression: &Expr) -> String {
    let text = expression.to_string();
    text.rsplit('.').next().unwrap_or_default().to_owned()
}

/// The statement for a tenant, with values that stand in rows of `owner`.
fn bound(sql: &Sqlite, text: &str, tenant: &str, owner: &str) -> Statement {
    let bindings = Bindings::of(text);
    let last = (1..100)
        .rev()
        .find(|number| text.contains(&format!("?{number}")))
        .unwrap_or(0);
    let values = (1..=last).map(|number| {
        if number == 1 {
            return Value::Text(tenant.to_owned());
        }
        if bindings.pages.contains(&number) {
            return Value::Text(String::new());
        }
        if bindings.moments.contains(&number) {
            return Value::Integer(0);
        }
        let stands = bindings.columns.get(&number);
        stands
            .and_then(|column| sql.value_of(column, owner, text))
            .unwrap_or(Value::Integer(1_000))
    });
    Statement {
        text: text.to_owned(),
        values: values.collect(),
    }
}

fn statements() -> impl Iterator<Item = &'static str> {
    [
        TENANT_STATEMENTS,
        CONNECTION_STATEMENTS,
        DATA_KEY_STATEMENTS,
        SIGN_IN_STATEMENTS,
        TENANCY_STATEMENTS,
        EXPORT_STATEMENTS,
        RESIDENCY_STATEMENTS,
        GUARD_STATEMENTS,
        LIMIT_STATEMENTS,
        SQL_POLICY_STATEMENTS,
        AUDIT_STATEMENTS,
        QUOTA_STATEMENTS,
        AUDIT_STREAM_STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// A section whose statement is in no list would be tried by no test.
#[test]
fn every_section_of_an_export_is_among_the_statements() {
    for section in crate::EXPORT_SECTIONS {
        assert!(
            statements().any(|text| text == section.statement()),
            "{}",
            section.kind
        );
    }
}

#[test]
fn no_statement_reaches_anothers_rows() {
    let (mut seen, mut asked, mut reached) = (0, 0, 0);
    for text in statements() {
        let sql = Sqlite::migrated();
        let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
        fill(&sql, &ours, 3);
        let (ours, theirs) = (ours.tenant().as_str(), theirs.tenant().as_str());
        let before = sql.dump(ours);
        let answered = block_on(sql.batch(&[bound(&sql, text, theirs, ours)]));
        assert_eq!(sql.dump(ours), before, "{text}");
        if let Ok(mut rows) = answered {
            let rows = rows.pop().unwrap_or_default();
            assert!(!shows(&rows, ours), "{text}: {rows:?}");
            let is_own = text.starts_with("INSERT") || text.contains("tenants");
            assert!(
                rows.0.is_empty() || is_own || is_count(&rows),
                "{text}: {rows:?}"
            );
        }
        seen += 1;
        // What stands already is not inserted again.
        if text.starts_with("INSERT") {
            continue;
        }
        asked += 1;
        // The same with the right scope, so that it is seen that the values fit.
        let answered = block_on(sql.batch(&[bound(&sql, text, ours, ours)]));
        let has_rows = answered.is_ok_and(|rows| rows.iter().any(|rows| !rows.0.is_empty()));
        reached += usize::from(has_rows || sql.dump(ours) != before);
    }
    assert!(seen > 80, "only {seen} statements were tried");
    assert!(
        reached * 3 > asked * 2,
        "of {asked} statements only {reached} reach rows of their own tenant: the values do not fit"
    );
}

/// Whether something that only the owner has stands in the rows.
fn shows(rows: &Rows, owner: &str) -> bool {
    serde_json::to_string(rows).unwrap().contains(owner)
}

/// One row of nothing: a count of nothing, a sum of nothing.
fn is_count(rows: &Rows) -> bool {
    let is_nothing = |value: &serde_json::Value| value.is_null() || *value == 0;
    let [serde_json::Value::Object(row)] = rows.0.as_slice() else {
        return false;
    };
    row.values().all(is_nothing)
}
