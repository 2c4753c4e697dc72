//! The SQL gate: one analyst's query of 2 KiB, checked and rewritten for a customer.

use std::sync::OnceLock;

use lango_sql_guard::{Access, Dialect, Policy, Principal, PrincipalKind, check, check_within};
use serde_json::json;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

const QUERY: &str = include_str!("../samples/query.sql");

/// What the parser alone makes of it, once.
pub(crate) fn parsed() -> usize {
    Parser::parse_sql(&PostgreSqlDialect {}, QUERY).map_or(0, |statements| statements.len())
}

/// The length of what is sent to the database; 0 would be a refusal.
pub(crate) fn checked() -> usize {
    check(QUERY, Dialect::Postgres).map_or(0, |query| query.sql().len())
}

/// The same within what a customer may read; nothing of it is kept between two.
pub(crate) fn rewritten() -> usize {
    static ACCESS: OnceLock<Option<Access>> = OnceLock::new();
    let access = ACCESS.get_or_init(access).as_ref();
    access
        .and_then(|access| check_within(QUERY, access).ok())
        .map_or(0, |query| query.sql().len())
}

fn access() -> Option<Access> {
    let theirs = json!({ "customer": "customer_id = :principal.customer_number" });
    let policy = json!({ "tables": [
        { "table": "public.customers", "columns": ["id", "name", "city"], "masked": { "phone": "last_four" },
          "rows": { "customer": "id = :principal.customer_number" } },
        { "table": "public.orders", "columns": ["id", "customer_id", "ordered_at", "total", "status"], "rows": theirs },
        { "table": "public.order_items", "columns": ["order_id", "product", "quantity", "unit_price"],
          "rows": { "customer": "order_id IN (SELECT o.id FROM public.orders AS o WHERE o.customer_id = :principal.customer_number)" } },
        { "table": "public.payments", "columns": ["customer_id", "amount", "paid_at", "reference"], "rows": theirs },
    ] });
    let principal = Principal {
        kind: PrincipalKind::Customer,
        id: "c_1".to_owned(),
        role: None,
        customer_number: Some("C-003".to_owned()),
        allow_tables: None,
    };
    let policy = Policy::parse(&policy, Dialect::Postgres).ok()?;
    Access::of(Some(&policy), &principal, Dialect::Postgres, 500).ok()
}
