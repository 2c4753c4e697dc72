//! How many rows, and which values.

use super::{access, customer, employee, within, written};
use crate::{Access, Code, Dialect, check_within, sample};

fn limited(sql: &str) -> Result<String, Code> {
    let access = Access::unrestricted(Dialect::Postgres, 10);
    match check_within(sql, &access) {
        Ok(query) => Ok(query.sql().to_owned()),
        Err(refusal) => Err(refusal.code),
    }
}

#[test]
fn the_outermost_limit_is_kept_or_lowered() {
    for (sql, end) in [
        ("SELECT 1", "SELECT 1 LIMIT 11"),
        ("SELECT 1 LIMIT 3", "SELECT 1 LIMIT 3"),
        ("SELECT 1 LIMIT 10 OFFSET 4", "SELECT 1 LIMIT 10 OFFSET 4"),
        ("SELECT 1 LIMIT 11", "SELECT 1 LIMIT 11"),
        ("SELECT 1 LIMIT 12", "SELECT 1 LIMIT 11"),
        ("SELECT 1 LIMIT ALL", "SELECT 1 LIMIT 11"),
        ("SELECT 1 LIMIT NULL", "SELECT 1 LIMIT 11"),
        (
            "SELECT 1 LIMIT 99999999999999999999999",
            "SELECT 1 LIMIT 11",
        ),
        ("SELECT 1 OFFSET 5", "SELECT 1 LIMIT 11 OFFSET 5"),
        (
            "SELECT 1 UNION SELECT 2",
            "SELECT 1 UNION SELECT 2 LIMIT 11",
        ),
        ("(SELECT 1 LIMIT 99)", "(SELECT 1 LIMIT 11)"),
        ("((SELECT 1 LIMIT 2))", "((SELECT 1 LIMIT 2))"),
        (
            "(SELECT 1 LIMIT 99) ORDER BY 1",
            "(SELECT 1 LIMIT 99) ORDER BY 1 LIMIT 11",
        ),
        (
            "SELECT * FROM (SELECT 1 LIMIT 99) x",
            "SELECT * FROM (SELECT 1 LIMIT 99) \"x\" LIMIT 11",
        ),
        (
            "SELECT 1 FETCH FIRST ROW ONLY",
            "SELECT 1 FETCH FIRST ROWS ONLY",
        ),
        (
            "SELECT 1 FETCH FIRST 99 ROWS ONLY",
            "SELECT 1 FETCH FIRST 11 ROWS ONLY",
        ),
        ("VALUES (1), (2)", "VALUES (1), (2) LIMIT 11"),
    ] {
        assert_eq!(limited(sql).as_deref(), Ok(end), "{sql}");
    }
}

#[test]
fn a_limit_that_is_no_number_is_refused() {
    for sql in [
        "SELECT 1 LIMIT 1 + 1",
        "SELECT 1 LIMIT (SELECT 5)",
        "SELECT 1 LIMIT '5'",
        "SELECT 1 LIMIT 1e9",
        "SELECT 1 LIMIT -1",
        "SELECT 1 FETCH FIRST 1 ROWS WITH TIES",
    ] {
        assert_eq!(limited(sql), Err(Code::RowLimit), "{sql}");
    }
}

#[test]
fn masked_columns_are_masked_before_anything_sees_them() {
    let written = written("SELECT name FROM customers WHERE phone LIKE '+254%' ORDER BY email");
    let (source, query) = written.split_once("OFFSET 0)").unwrap();
    assert!(source.contains("CASE WHEN false THEN \"lango~customers\".\"email\" END AS \"email\""));
    assert!(source.contains("'[redacted]' AS \"notes\""));
    assert!(source.contains("'****'"));
    assert!(source.contains("\"lango~customers\".\"customer_number\" = 'C1'"));
    assert!(!query.contains("lango~"), "{query}");
}

#[test]
fn values_are_literals_of_the_tree() {
    let access = access(&customer("x' OR 'a'='a"));
    let query = check_within("SELECT * FROM orders", &access).unwrap();
    assert!(
        query.sql().contains("= 'x'' OR ''a''=''a'"),
        "{}",
        query.sql()
    );
}

#[test]
fn a_sample_is_a_query_like_any_other() {
    let clerk = access(&employee("agent"));
    let query = sample(None, "orders", 3, &clerk).unwrap();
    assert!(query.sql().contains("'Nairobi'") && query.sql().ends_with("LIMIT 3"));
    let query = sample(Some("sales"), "margins", 9999, &clerk).unwrap();
    assert!(query.sql().ends_with("LIMIT 500"), "{}", query.sql());
    assert_eq!(query.tables(), ["sales.margins"]);
    for (schema, table) in [
        (None, "secrets"),
        (Some("other"), "orders"),
        (None, "ORDERS"),
        (None, "orders\" o, public.\"secrets"),
        (Some("public\".\"secrets\" --"), "x"),
        (None, ""),
        (Some("information_schema"), "tables"),
    ] {
        assert!(sample(schema, table, 3, &clerk).is_err(), "{table}");
    }
    let login = Access::unrestricted(Dialect::Postgres, 500);
    assert_eq!(
        sample(Some("sales"), "Margins", 5, &login).unwrap().sql(),
        "SELECT * FROM \"sales\".\"Margins\" LIMIT 5"
    );
    assert!(sample(None, "pg_authid", 5, &login).is_err());
}

/// The bounds of depth count what the rewrite adds.
#[test]
fn a_query_that_the_rewrite_makes_too_deep_is_refused_as_such() {
    let deep = (0..8).fold("orders".to_owned(), |inner, n| {
        format!("(SELECT * FROM {inner}) x{n}")
    });
    let refusal = within(&format!("SELECT * FROM {deep}")).unwrap_err();
    assert_eq!(refusal.code, Code::TooDeep);
}

/// A short query must not become a tree that fills the memory.
#[test]
fn many_references_are_refused_before_they_are_written() {
    let many = vec!["orders"; 5000].join(",");
    let refusal = within(&format!("SELECT 1 FROM {many}")).unwrap_err();
    assert_eq!(refusal.code, Code::TooLong);
    assert!(refusal.position.is_some());
}
