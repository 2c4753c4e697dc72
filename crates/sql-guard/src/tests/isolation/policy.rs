//! A policy document says what it says, or is refused.

use serde_json::{Value, json};

use super::{customer, document};
use crate::{Access, Dialect, Policy, check_within};

fn refused(document: &Value) -> (String, String) {
    let error = Policy::parse(document, Dialect::Postgres).unwrap_err();
    (error.member, error.problem)
}

fn with_rows(condition: &str) -> Value {
    json!({ "tables": [{ "table": "orders", "rows": { "customer": condition } }] })
}

fn condition(text: &str) -> Result<String, String> {
    condition_in(text, Dialect::Postgres)
}

fn condition_in(text: &str, dialect: Dialect) -> Result<String, String> {
    let policy = Policy::parse(&with_rows(text), dialect).map_err(|error| error.problem)?;
    let access = Access::of(Some(&policy), &customer("C1"), dialect, 500).unwrap();
    let query =
        check_within("SELECT 1 FROM orders", &access).map_err(|refusal| refusal.to_string())?;
    let sql = query.sql().to_owned();
    let (_, rest) = sql.split_once(" WHERE ").ok_or("no condition")?;
    let (condition, _) = rest
        .split_once(" UNION ALL")
        .or_else(|| rest.split_once(" LIMIT 1844"))
        .ok_or("no barrier")?;
    Ok(condition.to_owned())
}

#[test]
fn what_is_shown_is_what_was_said() {
    let policy = Policy::parse(&document(), Dialect::Postgres).unwrap();
    let shown = policy.shown();
    assert_eq!(shown["tables"][1]["table"], "public.customers");
    assert_eq!(
        shown["tables"][1]["columns"],
        json!(["id", "name", "email", "notes", "phone"])
    );
    let again = Policy::parse(&shown, Dialect::Postgres).unwrap();
    assert_eq!(again.shown(), shown);
}

#[test]
fn errors_name_the_member() {
    for (document, member) in [
        (json!([]), ""),
        (json!({}), ""),
        (json!({ "tables": {} }), "/tables"),
        (json!({ "tables": [], "max_rows": 0 }), "/max_rows"),
        (json!({ "tables": [], "max_rows": 501 }), "/max_rows"),
        (json!({ "tables": [], "alow_tables": {} }), "/alow_tables"),
        (json!({ "tables": [{}] }), "/tables/0"),
        (
            json!({ "tables": [{ "table": "a.b.c" }] }),
            "/tables/0/table",
        ),
        (
            json!({ "tables": [{ "table": "pg_class" }] }),
            "/tables/0/table",
        ),
        (
            json!({ "tables": [{ "table": "information_schema.tables" }] }),
            "/tables/0/table",
        ),
        (
            json!({ "tables": [{ "table": "a\"b" }] }),
            "/tables/0/table",
        ),
        (
            json!({ "tables": [{ "table": "a" }, { "table": "public.a" }] }),
            "/tables/1",
        ),
        (
            json!({ "tables": [{ "table": "a", "columns": [] }] }),
            "/tables/0/columns",
        ),
        (
            json!({ "tables": [{ "table": "a", "columns": ["x", "x"] }] }),
            "/tables/0/columns/1",
        ),
        (
            json!({ "tables": [{ "table": "a", "masked": { "x": "null" } }] }),
            "/tables/0/masked",
        ),
        (
            json!({ "tables": [{ "table": "a", "columns": ["x"], "masked": { "x": "hash" } }] }),
            "/tables/0/masked/x",
        ),
        (
            json!({ "tables": [{ "table": "a", "rows": { "staff": "TRUE" } }] }),
            "/tables/0/rows/staff",
        ),
        (
            json!({ "tables": [{ "table": "a", "rows": { "role:admin": "TRUE" } }] }),
            "/tables/0/rows/role:admin",
        ),
        (
            json!({ "tables": [{ "table": "a", "rows": { "employee": 1 } }] }),
            "/tables/0/rows/employee",
        ),
        (
            json!({ "tables": [{ "table": "a" }], "allow_tables": { "employee": ["b"] } }),
            "/allow_tables/employee/0",
        ),
    ] {
        assert_eq!(refused(&document).0, member, "{document}");
    }
}

#[test]
fn a_condition_is_one_expression_that_only_reads() {
    for text in [
        "",
        "a = 1; DROP TABLE orders",
        "a = 1) OR (1 = 1",
        "a = 1 UNION SELECT 1",
        "pg_sleep(1) IS NULL",
        "a = $1",
        "a = :principal.password",
        "a = :other",
        "a = :principal",
        "a IN (SELECT id FROM pg_class)",
        "a = (DELETE FROM orders RETURNING 1)",
        &"(".repeat(2000),
    ] {
        assert!(condition(text).is_err(), "{text}");
    }
}

#[test]
fn a_parameter_is_compared_for_equality_and_nothing_else() {
    for text in [
        "a = :principal.id",
        ":principal.id = a",
        "a=:principal.id",
        "a IN (:principal.id, 'all')",
        "NOT a = :principal.id",
        "a IN (SELECT o.id FROM accounts o WHERE o.owner = :principal.id)",
    ] {
        assert!(condition(text).is_ok(), "{text}: {:?}", condition(text));
    }
    for text in [
        "a <> :principal.id",
        "a LIKE :principal.id",
        "a > :principal.id",
        "a NOT IN (:principal.id)",
        "a = lower(:principal.id)",
        "a = :principal.id || ''",
        ":principal.id",
        ":principal.id = :principal.role",
        ":principal.id IN (a, b)",
        ":principal.id IS NOT NULL",
        "(a, b) = (:principal.id, 1)",
        "a = (:principal.id)",
        "a BETWEEN :principal.id AND 'z'",
        "a = ANY (ARRAY[:principal.id])",
    ] {
        assert!(condition(text).is_err(), "{text}");
    }
}

/// Nothing in a condition can be taken for a name in the query around it.
#[test]
fn every_column_of_a_condition_says_whose_it_is() {
    assert_eq!(
        condition("Region = 'x' AND orders.\"Total\" > 1").unwrap(),
        "\"lango~orders\".\"region\" = 'x' AND \"lango~orders\".\"Total\" > 1"
    );
    assert_eq!(
        condition("id IN (SELECT order_id FROM lines WHERE owner = :principal.customer_number)")
            .unwrap(),
        "\"lango~orders\".\"id\" IN (SELECT \"lango~lines\".\"order_id\" FROM \"public\".\"lines\" AS \
         \"lango~lines\" WHERE \"lango~lines\".\"owner\" = 'C1')"
    );
    assert_eq!(
        condition("EXISTS (SELECT 1 FROM shop.lines l JOIN items i ON i.id = l.item WHERE l.order_id = orders.id)").unwrap(),
        "EXISTS (SELECT 1 FROM \"shop\".\"lines\" AS \"lango~l\" JOIN \"public\".\"items\" AS \"lango~i\" \
         ON \"lango~i\".\"id\" = \"lango~l\".\"item\" WHERE \"lango~l\".\"order_id\" = \"lango~orders\".\"id\")"
    );
    for text in [
        "other.x = 1",
        "public.orders.x = 1",
        "EXISTS (SELECT 1 FROM a, b WHERE x = 1)",
        "EXISTS (SELECT 1 WHERE x = 1)",
        "EXISTS (WITH a AS (SELECT 1) SELECT 1 FROM a)",
        "EXISTS (SELECT 1 FROM (SELECT 1) x)",
        "EXISTS (SELECT 1 FROM generate_series(1, 2) g)",
        "EXISTS (SELECT 1 FROM a UNION SELECT 2)",
        "(a).b = 1",
    ] {
        assert!(condition(text).is_err(), "{text}");
    }
}

/// '7up' is 7 and 'a ' is 'Ä' to MySQL's `=`.
#[test]
fn mysql_compares_bytes() {
    assert_eq!(
        condition_in(
            "customer_number = :principal.customer_number",
            Dialect::Mysql
        )
        .unwrap(),
        "(`lango~orders`.`customer_number` = 'C1' AND \
         CAST(CAST(`lango~orders`.`customer_number` AS CHAR) AS BINARY) = CAST('C1' AS BINARY))"
    );
}

#[test]
fn the_schema_is_a_document_of_its_own() {
    let schema = Policy::schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(schema["properties"]["max_rows"]["maximum"], 500);
}
