//! Whatever query: a table's name stands in its own place and nowhere else.

use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use proptest::sample::select;

use super::{ORDERS, PRODUCTS, access, customer};
use crate::{Access, CheckedQuery, Dialect, check, check_within};

/// Names of which some are exposed, some hidden, some common tables'.
const NAMES: &[&str] = &[
    "orders",
    "ORDERS",
    "\"orders\"",
    "public.orders",
    "products",
    "secrets",
    "public.secrets",
    "a",
    "b",
];

fn query() -> impl Strategy<Value = String> {
    let table = select(NAMES).prop_map(str::to_owned);
    let leaf = prop_oneof![
        table.prop_map(|table| format!("SELECT * FROM {table}")),
        select(NAMES).prop_map(|table| format!("TABLE {table}")),
        Just("SELECT 1 AS id".to_owned()),
        Just("VALUES (1), (2)".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let name = select(vec!["a", "b", "orders", "secrets", "\"Orders\""]);
        let recursive = select(vec!["", "RECURSIVE "]);
        prop_oneof![
            (recursive, name.clone(), inner.clone(), name.clone(), inner.clone(), inner.clone()).prop_map(
                |(recursive, one, first, other, second, main)| {
                    format!("WITH {recursive}{one} AS ({first}), {other} AS ({second}) {main}")
                }
            ),
            (inner.clone(), select(NAMES), name.clone()).prop_map(|(query, table, alias)| {
                format!("SELECT * FROM ({query}) x CROSS JOIN {table} AS {alias}")
            }),
            (inner.clone(), select(NAMES)).prop_map(|(query, table)| {
                format!("SELECT (SELECT count(*) FROM ({query}) y), t.* FROM {table} t, LATERAL ({query}) z")
            }),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) UNION ALL ({other})")),
            (inner.clone(), select(NAMES)).prop_map(|(query, table)| {
                format!("SELECT * FROM {table} NATURAL JOIN (b JOIN {table} c USING (id)) WHERE EXISTS ({query})")
            }),
        ]
    })
}

/// What is left of a rewritten query without what the rewrite put in the
/// tables' places.
fn around(query: &CheckedQuery) -> String {
    query.sql().replace(ORDERS, "<>").replace(PRODUCTS, "<>")
}

proptest! {
    #[test]
    fn no_table_stands_outside_its_place(sql in query()) {
        let Ok(query) = check_within(&sql, &access(&customer("C1"))) else {
            return Ok(());
        };
        let around = around(&query);
        assert!(!around.contains("public"), "{sql}: {around}");
        // What stands behind FROM, JOIN or a comma is a bracket, or a common table.
        for (index, _) in around.match_indices("FROM \"").chain(around.match_indices("JOIN \"")) {
            let name = around.get(index + 6..).unwrap_or_default();
            assert!(name.starts_with("lango~"), "{sql}: {around}");
        }
        for name in ["secrets", "orders", "Orders", "products", "a", "b"] {
            for place in ["FROM", "JOIN", ","] {
                assert!(!around.contains(&format!("{place} \"{name}\" ")), "{sql}: {around}");
            }
        }
    }

    #[test]
    fn a_rewritten_query_passes_the_guard_unchanged(sql in query()) {
        if let Ok(query) = check_within(&sql, &access(&customer("C1"))) {
            let again = check(query.sql(), Dialect::Postgres).unwrap();
            assert_eq!(again.sql(), query.sql());
            let login = Access::unrestricted(Dialect::Postgres, 500);
            let within = check_within(query.sql(), &login).unwrap();
            assert_eq!(within.sql(), query.sql());
        }
    }

    /// A value is a value, whatever it holds.
    #[test]
    fn no_value_of_a_principal_gets_out_of_its_literal(number in "[^\0]{1,40}") {
        let Ok(query) = check_within("SELECT * FROM orders", &access(&customer(&number))) else {
            return Ok(());
        };
        let plain = check_within("SELECT * FROM orders", &access(&customer("C1"))).unwrap();
        let (before, after) = plain.sql().split_once("'C1'").unwrap();
        assert!(query.sql().starts_with(before), "{}", query.sql());
        assert!(query.sql().ends_with(after), "{}", query.sql());
    }
}
