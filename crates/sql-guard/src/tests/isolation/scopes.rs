//! Common tables: a name of theirs is never a table's to the server.

use super::{Code, ORDERS, code, written};

#[test]
fn a_common_table_goes_by_another_name() {
    assert_eq!(
        written("WITH secrets AS (SELECT 1) SELECT secrets.* FROM secrets"),
        "WITH \"lango~1\" AS (SELECT 1) SELECT \"secrets\".* FROM \"lango~1\" AS \"secrets\" LIMIT 501"
    );
}

#[test]
fn a_common_table_hides_a_table_after_its_own_body() {
    assert_eq!(
        written("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders"),
        format!(
            "WITH \"lango~1\" AS (SELECT * FROM {ORDERS} AS \"orders\") \
             SELECT * FROM \"lango~1\" AS \"orders\" LIMIT 501"
        )
    );
}

#[test]
fn a_recursive_one_is_seen_in_its_own_body() {
    let sql = "WITH RECURSIVE orders(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM orders WHERE n < 3) SELECT * FROM orders";
    assert!(!written(sql).contains("public"), "{}", written(sql));
}

#[test]
fn a_common_table_ends_with_its_query() {
    let sql = "SELECT * FROM (WITH orders AS (SELECT 1) SELECT * FROM orders) x, orders";
    let written = written(sql);
    assert_eq!(written.matches(ORDERS).count(), 1, "{written}");
    assert!(
        written.ends_with(&format!("{ORDERS} AS \"orders\" LIMIT 501")),
        "{written}"
    );
}

#[test]
fn inner_common_tables_win() {
    let written =
        written("WITH a AS (SELECT 1) SELECT * FROM (WITH a AS (SELECT 2) SELECT * FROM a) x, a");
    assert_eq!(
        written,
        "WITH \"lango~1\" AS (SELECT 1) SELECT * FROM (WITH \"lango~2\" AS (SELECT 2) \
         SELECT * FROM \"lango~2\" AS \"a\") \"x\", \"lango~1\" AS \"a\" LIMIT 501"
    );
}

#[test]
fn names_of_the_rewrite_are_closed() {
    for sql in [
        "WITH \"lango~1\" AS (SELECT 1) SELECT * FROM \"lango~1\"",
        "SELECT * FROM \"lango~1\"",
        "SELECT * FROM orders AS \"lango~orders\"",
        "SELECT 1 AS \"a~b\"",
        "SELECT \"lango~orders\".secret FROM orders",
    ] {
        assert_eq!(code(sql), Some(Code::Identifier), "{sql}");
    }
    assert_eq!(
        code("WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a"),
        Some(Code::Identifier)
    );
}
