//! Calls that PostgreSQL would make of what looks like a column or a name.

use super::postgres;

fn rendered(sql: &str) -> String {
    let query = postgres(sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
    let again = postgres(query.sql()).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
    assert_eq!(again.sql(), query.sql());
    query.sql().to_owned()
}

#[test]
fn functions_are_those_of_the_server() {
    for (sql, expected) in [
        ("SELECT abs('x')", "SELECT pg_catalog.abs('x')"),
        ("SELECT \"abs\"('x')", "SELECT pg_catalog.abs('x')"),
        (
            "SELECT substring('x', 2), substr('x', 1, 2), ceil(1.5), floor(2.5)",
            "SELECT pg_catalog.\"substring\"('x', 2), pg_catalog.\"substr\"('x', 1, 2), pg_catalog.\"ceil\"(1.5), pg_catalog.\"floor\"(2.5)",
        ),
        (
            "SELECT * FROM unnest(ARRAY[1]) WITH ORDINALITY",
            "SELECT * FROM pg_catalog.unnest(ARRAY[1]) WITH ORDINALITY",
        ),
        (
            "SELECT left('x', 1), right('x', 1), current_schema()",
            "SELECT pg_catalog.left('x', 1), pg_catalog.right('x', 1), pg_catalog.current_schema()",
        ),
        (
            "SELECT json_object('{a,1}')",
            "SELECT pg_catalog.json_object('{a,1}')",
        ),
        // Words of the grammar, which no function can take the place of.
        (
            "SELECT coalesce(a, 1), current_timestamp(3), current_user, row(1) FROM t GROUP BY a",
            "SELECT coalesce(\"a\", 1), current_timestamp(3), current_user, row(1) FROM \"t\" GROUP BY \"a\"",
        ),
    ] {
        assert_eq!(rendered(sql), expected);
    }
}

#[test]
fn a_value_in_from_is_no_argument() {
    for (sql, expected) in [
        (
            "SELECT x.nextval FROM lower('s') AS x",
            r#"SELECT "x"."nextval" FROM LATERAL (SELECT * FROM pg_catalog.lower('s') AS "x") AS "x""#,
        ),
        (
            "SELECT lower.abs FROM lower('x')",
            r#"SELECT "lower"."abs" FROM LATERAL (SELECT * FROM pg_catalog.lower('x')) AS "lower""#,
        ),
        (
            "SELECT * FROM lower('x') AS x ORDER BY x.abs",
            r#"SELECT * FROM LATERAL (SELECT * FROM pg_catalog.lower('x') AS "x") AS "x" ORDER BY "x"."abs""#,
        ),
        (
            "SELECT 1 FROM a JOIN (unnest(ARRAY['x']) AS x JOIN b ON x.abs = 1) ON true",
            r#"SELECT 1 FROM "a" JOIN (LATERAL (SELECT * FROM pg_catalog.unnest(ARRAY['x']) AS "x") AS "x" JOIN "b" ON "x"."abs" = 1) ON true"#,
        ),
        // Nothing to guard against: no column is named, or all are known.
        (
            "SELECT c.* FROM customers c WHERE city = 'Thika'",
            r#"SELECT "c".* FROM "customers" "c" WHERE "city" = 'Thika'"#,
        ),
        (
            "SELECT g.n FROM generate_series(1, 3) AS g (n)",
            r#"SELECT "g"."n" FROM pg_catalog.generate_series(1, 3) AS "g" ("n")"#,
        ),
        (
            "SELECT item->>'a', item.value FROM jsonb_array_elements('[]') AS item",
            r#"SELECT "item" ->> 'a', "item"."value" FROM pg_catalog.jsonb_array_elements('[]') AS "item""#,
        ),
    ] {
        assert_eq!(rendered(sql), expected, "{sql}");
    }
}

/// Every function of the list comes back as it was written.
#[test]
fn every_function_of_the_list_is_rendered() {
    for name in crate::functions::all() {
        let sql = format!("SELECT {name}(a, 1 + 1) FROM t");
        if let Err(refusal) = postgres(&sql) {
            let grammar = ["extract", "overlay", "position", "trim"];
            assert!(
                crate::functions::is_sql_json(name)
                    || grammar.contains(&name)
                    || crate::functions::is_keyword_value(name, crate::Dialect::Postgres),
                "{sql}: {refusal}"
            );
        } else {
            rendered(&sql);
        }
    }
}
