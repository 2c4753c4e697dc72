//! The same of MySQL and MariaDB.

use serde_json::json;

use super::customer;
use crate::{Access, Code, Dialect, Policy, Refusal, check_within};

fn within(sql: &str) -> Result<String, Refusal> {
    let document = json!({ "tables": [
        { "table": "orders", "rows": { "customer": "customer IN (:principal.customer_number, 'all')" } },
        { "table": "people", "columns": ["id"], "masked": { "phone": "last_four", "email": "null" },
          "rows": { "customer": "TRUE" } },
        { "table": "archive.orders", "rows": { "customer": "TRUE" } }
    ] });
    let policy = Policy::parse(&document, Dialect::Mysql).unwrap();
    let access = Access::of(Some(&policy), &customer("C1"), Dialect::Mysql, 500).unwrap();
    check_within(sql, &access).map(|query| query.sql().to_owned())
}

const ORDERS: &str = "(SELECT `lango~orders`.* FROM `orders` AS `lango~orders` WHERE \
    ((`lango~orders`.`customer` = 'C1' AND CAST(CAST(`lango~orders`.`customer` AS CHAR) AS BINARY) \
    = CAST('C1' AS BINARY)) OR (`lango~orders`.`customer` = 'all')) LIMIT 18446744073709551615)";

#[test]
fn a_table_is_read_through_its_condition_and_a_barrier() {
    assert_eq!(
        within("SELECT * FROM orders").unwrap(),
        format!("SELECT * FROM {ORDERS} AS `orders` LIMIT 501")
    );
    assert_eq!(
        within("SELECT o.id FROM `orders` o LIMIT 2, 3").unwrap(),
        format!("SELECT `o`.`id` FROM {ORDERS} AS `o` LIMIT 3 OFFSET 2")
    );
}

#[test]
fn every_place_where_a_table_may_stand_is_reached() {
    for sql in [
        "SELECT (SELECT max(id) FROM orders)",
        "SELECT GROUP_CONCAT(id ORDER BY (SELECT max(id) FROM orders) SEPARATOR ',') FROM people",
        "SELECT NOW() + INTERVAL (SELECT max(id) FROM orders) DAY",
        "SELECT IF((SELECT max(id) FROM orders) > 1, 2, 3)",
        "SELECT CONVERT((SELECT max(id) FROM orders), CHAR)",
        "SELECT * FROM people STRAIGHT_JOIN orders",
        "SELECT * FROM (people JOIN orders USING (id))",
        "WITH x AS (SELECT * FROM orders) SELECT * FROM x",
        "SELECT 1 UNION ALL SELECT id FROM orders",
        "SELECT id FROM people WHERE id IN (SELECT id FROM orders)",
        "SELECT id FROM people ORDER BY (SELECT max(id) FROM orders)",
        "SELECT id FROM people GROUP BY (SELECT max(id) FROM orders) WITH ROLLUP",
    ] {
        match within(sql) {
            Ok(written) => assert!(written.contains(ORDERS), "{sql}: {written}"),
            // Syntax that the guard does not take reads nothing either.
            Err(refusal) => assert_eq!(refusal.code, Code::Unsupported, "{sql}: {refusal}"),
        }
    }
}

#[test]
fn what_is_not_exposed_is_refused() {
    for sql in [
        "SELECT * FROM secrets",
        "SELECT * FROM shop.orders",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM archive.people",
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
    ] {
        let refusal = within(sql).unwrap_err();
        assert_eq!(refusal.code, Code::Table, "{sql}");
    }
    assert!(within("SELECT * FROM archive.orders").is_ok());
    assert!(within("SELECT archive.orders.id FROM archive.orders").is_ok());
    assert!(within("SELECT 1 FROM dual").is_ok());
}

/// A name that the server would take for a table is never sent for a common table.
#[test]
fn common_tables_go_by_other_names() {
    assert_eq!(
        within("WITH Secrets AS (SELECT 1) SELECT * FROM secrets").unwrap(),
        "WITH `lango~1` AS (SELECT 1) SELECT * FROM `lango~1` AS `secrets` LIMIT 501"
    );
}

#[test]
fn masks_are_the_same() {
    let written = within("SELECT * FROM people").unwrap();
    assert!(written.contains("CASE WHEN false THEN `lango~people`.`email` END AS `email`"));
    assert!(
        written
            .contains(">= 8 THEN concat('****', right(CAST(`lango~people`.`phone` AS CHAR), 4))")
    );
}
