//! Types keep their meaning on their way to JSON.

use serde_json::{Value, json};

use super::{assert_fits, connect, run, select, wide};

/// Expression, name of its type, value in the result.
fn typed_values() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("true", "bool", json!(true)),
        ("1::int2", "int2", json!(1)),
        ("9007199254740992", "int8", json!(9_007_199_254_740_992_i64)),
        ("9007199254740993", "int8", json!("9007199254740993")),
        ("12.50::numeric(12,2)", "numeric", json!(12.5)),
        (
            "123456789012345678901234567890.5",
            "numeric",
            json!("123456789012345678901234567890.5"),
        ),
        ("'NaN'::numeric", "numeric", json!("NaN")),
        ("0.1::float4", "float4", json!(0.1)),
        ("'NaN'::float8", "float8", json!("NaN")),
        ("'-Infinity'::float4", "float4", json!("-Infinity")),
        ("'x'::char(3)", "bpchar", json!("x  ")),
        (
            "'c0ffee00-0000-4000-8000-000000000001'::uuid",
            "uuid",
            json!("c0ffee00-0000-4000-8000-000000000001"),
        ),
        ("'10.0.0.1/8'::inet", "inet", json!("10.0.0.1/8")),
        ("'\\x00ff'::bytea", "bytea", json!("\\x00ff")),
        ("date '2026-11-22'", "date", json!("2026-11-22")),
        (
            "timestamptz '2026-11-22 10:00:00.5+03'",
            "timestamptz",
            json!("2026-11-22T07:00:00.5+00:00"),
        ),
        (
            "timestamp '2026-11-22 10:00'",
            "timestamp",
            json!("2026-11-22T10:00:00"),
        ),
        ("'infinity'::timestamptz", "timestamptz", json!("infinity")),
        ("interval '1 day 2 hours'", "interval", json!("P1DT2H")),
        (
            "ARRAY['a', NULL, 'b\"c']",
            "text[]",
            json!(["a", null, "b\"c"]),
        ),
        (
            "ARRAY[9007199254740993]",
            "int8[]",
            json!(["9007199254740993"]),
        ),
        (
            "'{\"a\":[1.5,12345678901234567890]}'::json",
            "json",
            json!({"a": [1.5, "12345678901234567890"]}),
        ),
        ("'{\"x\":null}'::jsonb", "jsonb", json!({"x": null})),
        ("ROW(1, 'x')", "record", json!({"f1": 1, "f2": "x"})),
        ("int4range(1, 5)", "int4range", json!("[1,5)")),
        ("'infinity'::date", "date", json!("infinity")),
        ("'-infinity'::timestamp", "timestamp", json!("-infinity")),
        (
            "timestamptz '0044-03-15 12:00:00+00 BC'",
            "timestamptz",
            json!("0044-03-15T12:00:00+00:00 BC"),
        ),
        ("time '10:00:00.000001'", "time", json!("10:00:00.000001")),
        ("timetz '10:00+03'", "timetz", json!("10:00:00+03")),
        (
            "ARRAY[1.10, 12345678901234567890.123]::numeric[]",
            "numeric[]",
            json!([1.1, "12345678901234567890.123"]),
        ),
        (
            "ARRAY['NaN', 'Infinity', 0.1]::float8[]",
            "float8[]",
            json!(["NaN", "Infinity", 0.1]),
        ),
        ("ARRAY[[1, 2], [3, 4]]", "int4[]", json!([[1, 2], [3, 4]])),
        ("'{}'::text[]", "text[]", json!([])),
        (
            "ARRAY[timestamptz '2026-11-22 10:00+03']",
            "timestamptz[]",
            json!(["2026-11-22T07:00:00+00:00"]),
        ),
        ("ARRAY['\\x00ff'::bytea]", "bytea[]", json!(["\\x00ff"])),
        ("'Infinity'::numeric", "numeric", json!("Infinity")),
        ("0.10::numeric", "numeric", json!(0.1)),
        (
            "-9223372036854775808",
            "int8",
            json!("-9223372036854775808"),
        ),
        ("2147483648::oid", "oid", json!("2147483648")),
        ("B'1010'::bit(4)", "bit", json!("1010")),
        ("numrange(1.5, NULL)", "numrange", json!("[1.5,)")),
        (
            "tstzrange('2026-01-01 00:00+03', 'infinity')",
            "tstzrange",
            json!("[\"2025-12-31 21:00:00+00\",infinity)"),
        ),
        ("'1 {\"a\": 1}'::text", "text", json!("1 {\"a\": 1}")),
        ("'null'::jsonb", "jsonb", Value::Null),
        (
            "'[1e400, 1.50, \"1e400\"]'::json",
            "json",
            json!(["1e400", 1.5, "1e400"]),
        ),
        (
            "to_tsvector('simple', 'Kahawa')",
            "tsvector",
            json!("'kahawa':1"),
        ),
        ("point(1, 2.5)", "point", json!("(1,2.5)")),
        ("NULL::int", "int4", Value::Null),
        ("NULL", "text", Value::Null),
    ]
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn types_keep_their_meaning() {
    let expressions: Vec<_> = typed_values().iter().map(|(sql, _, _)| *sql).collect();
    let sql = format!("SELECT {} -- the end", expressions.join(", "));
    let result = run(select(&sql, &wide())).unwrap();
    assert_fits("postgres_query", &result);
    for (index, (sql, name, value)) in typed_values().iter().enumerate() {
        assert_eq!(result["columns"][index]["type"], *name, "{sql}");
        assert_eq!(result["rows"][0][index], *value, "{sql}");
    }
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn types_of_the_business_keep_their_meaning() {
    run(async {
        let owner = connect().await;
        let drop_schema = "DROP SCHEMA IF EXISTS lango_types_test CASCADE";
        owner
            .batch_execute(&format!(
                "{drop_schema}; CREATE SCHEMA lango_types_test; SET search_path = lango_types_test; \
                 CREATE TYPE mood AS ENUM ('sad', 'very happy'); \
                 CREATE DOMAIN cents AS numeric(20, 4) CHECK (VALUE >= 0); \
                 CREATE TYPE price AS (amount numeric, currency text)"
            ))
            .await
            .unwrap();
        let result = select(
            "SELECT 'very happy'::lango_types_test.mood, \
               ARRAY['sad', 'very happy']::lango_types_test.mood[], \
               1234567890123456.7891::lango_types_test.cents, \
               ROW(12345678901234567890.5, 'KES')::lango_types_test.price, \
               NULL::lango_types_test.price",
            &wide(),
        )
        .await;
        owner.batch_execute(drop_schema).await.unwrap();
        let result = result.unwrap();
        assert_fits("postgres_query", &result);
        assert_eq!(
            result["rows"][0],
            json!([
                "very happy",
                ["sad", "very happy"],
                "1234567890123456.7891",
                {"amount": "12345678901234567890.5", "currency": "KES"},
                null
            ])
        );
    });
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn shapes_that_are_easily_lost() {
    let same_name = run(select("SELECT 1 AS a, 2 AS a", &wide())).unwrap();
    assert_eq!(same_name["rows"], json!([[1, 2]]));
    let none = run(select("SELECT 1 AS a WHERE false", &wide())).unwrap();
    assert_eq!(
        (&none["rows"], &none["truncated"]),
        (&json!([]), &Value::Null)
    );
    let no_columns = run(select("SELECT FROM generate_series(1, 2)", &wide())).unwrap();
    assert_eq!(no_columns["rows"], json!([[], []]));
    let sorted = run(select(
        "SELECT i FROM generate_series(1, 9) i ORDER BY i DESC",
        &wide(),
    ))
    .unwrap();
    assert_eq!(sorted["rows"][0], json!([9]));
    for result in [same_name, none, no_columns, sorted] {
        assert_fits("postgres_query", &result);
    }
}
