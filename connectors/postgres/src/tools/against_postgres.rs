//! The tools against a real PostgreSQL, natively: the same code as in the
//! Worker, over a TCP socket of the operating system.
//!
//! Run with `LANGO_TEST_DATABASE_URL=postgres://user:password@host:port/database
//! cargo test -p lango-connector-postgres -- --ignored`. The login must be
//! allowed to create a schema.

use std::{future::ready, time::Duration};

use lango_connector_kit::{CallError, CallErrorCode, CallLimits, DatabaseScope, StepOutcome};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use super::{describe_table, list_tables, query, sql_check};
use crate::known::KnownStatements;
use crate::owners_code::{Reached, reached};
use crate::rights;
use crate::session::{Names, Session};
use lango_connector_database::{Bounds, Scope};

async fn connect() -> Client {
    let url = std::env::var("LANGO_TEST_DATABASE_URL").expect("LANGO_TEST_DATABASE_URL");
    let config: Config = url.parse().unwrap();
    let [Host::Tcp(host)] = config.get_hosts() else {
        panic!("one TCP host, please");
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let socket = TcpStream::connect((host.as_str(), port)).await.unwrap();
    let (client, connection) = config.connect_raw(socket, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn bounds(max_rows: u32, max_bytes: u32, timeout_ms: u64) -> Bounds {
    Bounds::of(CallLimits {
        timeout_ms,
        max_rows,
        max_bytes,
    })
}

fn wide() -> Bounds {
    bounds(500, 1 << 20, 30_000)
}

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

async fn select(sql: &str, bounds: &Bounds) -> Result<Value, (CallErrorCode, String)> {
    let session = Session::for_test(connect().await, bounds).await.unwrap();
    let (mut known, begun) = (KnownStatements::default(), ready(Ok(())));
    query::run(&session, bounds, sql, &mut known, begun)
        .await
        .map_err(|error| (error.code, error.message))
}

fn assert_fits(tool: &str, result: &Value) {
    let manifest: Value = serde_json::from_str(include_str!("../../connector.json")).unwrap();
    let tools = manifest["tools"].as_array().unwrap();
    let definition = tools.iter().find(|one| one["name"] == tool).unwrap();
    let validator = jsonschema::draft202012::new(&definition["output_schema"]).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(result)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

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

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn what_is_cut_is_said() {
    // Never finishes within the time if it is read whole.
    let sql = "SELECT generate_series(1, 10000000000)";
    let rows = run(select(sql, &bounds(10, 1 << 20, 30_000))).unwrap();
    assert_eq!(rows["row_count"], 10);
    assert_eq!(rows["truncated"], json!({"reason": "rows", "limit": 10}));
    let bytes = run(select(sql, &bounds(500, 2000, 30_000))).unwrap();
    assert_eq!(
        bytes["truncated"],
        json!({"reason": "bytes", "limit": 2000})
    );
    assert!(bytes.to_string().len() <= 2000);
    let all = run(select("SELECT i FROM generate_series(1, 500) i", &wide())).unwrap();
    assert_eq!(
        (&all["row_count"], &all["truncated"]),
        (&json!(500), &Value::Null)
    );
    for result in [rows, bytes, all] {
        assert_fits("postgres_query", &result);
    }
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn the_server_holds_what_the_gateway_should_have_stopped() {
    let refused = [
        ("SELECT 1; SELECT 2", "42601"),
        ("SELECT 1) AS lango (c1); SELECT 2 --", "42601"),
        ("CREATE TABLE lango_nothing (i int)", "42601"),
        (
            "WITH d AS (DELETE FROM pg_class RETURNING 1) SELECT 1",
            "0A000",
        ),
        ("SELECT relname FROM pg_class FOR UPDATE", "25006"),
        (
            "SELECT set_config('transaction_read_only', 'off', true)",
            "25001",
        ),
        ("SELECT $1::int", "placeholders"),
        ("SELECT nonsense", "42703"),
    ];
    for (sql, reason) in refused {
        let (code, message) = run(select(sql, &wide())).unwrap_err();
        assert_eq!(code, CallErrorCode::Rejected, "{sql}");
        assert!(message.contains(reason), "{sql}: {message}");
    }
}

/// Bypass: a function of a row, called as a column of it.
#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn an_owners_function_of_a_row_is_not_called_as_its_column() {
    run(async {
        let owner = connect().await;
        let drop_schema = "DROP SCHEMA IF EXISTS lango_rows_test CASCADE";
        owner
            .batch_execute(&format!(
                "{drop_schema}; CREATE SCHEMA lango_rows_test; SET search_path = lango_rows_test; \
                 CREATE TABLE people (id int, name text); INSERT INTO people VALUES (1, 'Asha'); \
                 CREATE FUNCTION ltell(people) RETURNS text LANGUAGE sql AS 'SELECT $1.name'; \
                 CREATE FUNCTION ltell_default(people, int DEFAULT 1) RETURNS text LANGUAGE sql AS 'SELECT $1.name'; \
                 CREATE FUNCTION ltell_some(VARIADIC people[]) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'; \
                 CREATE FUNCTION ltell_any(anyelement) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'; \
                 CREATE FUNCTION ltell_two(people, int) RETURNS text LANGUAGE sql AS 'SELECT $1.name'; \
                 CREATE FUNCTION id(int) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'"
            ))
            .await
            .unwrap();
        let table = "\"lango_rows_test\".\"people\"";
        let mut answers = Vec::new();
        for name in ["ltell", "ltell_default", "ltell_some", "ltell_any"] {
            for from in [
                format!("{table} AS \"p\""),
                format!("(SELECT * FROM {table}) AS \"p\""),
                "(SELECT 1 AS \"id\", 'x'::text AS \"name\") AS \"p\"".to_owned(),
            ] {
                let sql = format!("SELECT \"p\".\"{name}\" FROM {from}");
                answers.push((sql.clone(), select(&sql, &wide()).await));
            }
        }
        // What could not be called so stays readable.
        let column = select(
            &format!(
                "SELECT \"p\".\"id\", \"name\" FROM {table} AS \"p\" WHERE \"p\".\"name\" = 'Asha'"
            ),
            &wide(),
        )
        .await;
        let two = select(
            &format!("SELECT \"p\".\"ltell_two\" FROM {table} AS \"p\""),
            &wide(),
        )
        .await;
        owner.batch_execute(drop_schema).await.unwrap();
        for (sql, answer) in answers {
            let (code, message) = answer.unwrap_err();
            assert_eq!(code, CallErrorCode::Rejected, "{sql}");
            assert!(message.contains("of a row"), "{sql}: {message}");
        }
        assert_eq!(column.unwrap()["rows"], json!([[1, "Asha"]]));
        assert!(two.unwrap_err().1.contains("42703"));
    });
}

/// Bypass: what fits better than the server's own, and does more than compute.
#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn an_owners_operator_or_cast_with_effects_is_not_taken() {
    run(async {
        let client = connect().await;
        // In a transaction that is never committed: other tests must not see it.
        client
            .batch_execute(
                "BEGIN; CREATE SCHEMA lango_code_test; SET LOCAL search_path = lango_code_test; \
                 CREATE TYPE own AS (a int); CREATE TYPE mood AS ENUM ('sad'); \
                 CREATE FUNCTION near(own, own) RETURNS boolean LANGUAGE sql AS 'SELECT true'; \
                 CREATE OPERATOR &< (LEFTARG = own, RIGHTARG = own, FUNCTION = near)",
            )
            .await
            .unwrap();
        let ask = async |sql: &str, names| reached(&client, sql, names).await.unwrap();
        let operator = Some(Reached::Operator("&<".to_owned()));
        assert_eq!(ask("SELECT 1 &< 2", Names::OfTheLogin).await, operator);
        assert_eq!(ask("SELECT 1 &< 2", Names::OfTheServer).await, None);
        assert_eq!(ask("SELECT 1", Names::OfTheLogin).await, None);
        // `IN`, `USING` and `CASE x WHEN` compare without writing it.
        let equals = "CREATE OPERATOR = (LEFTARG = own, RIGHTARG = own, FUNCTION = near)";
        client.batch_execute(equals).await.unwrap();
        let operator = Some(Reached::Operator("=".to_owned()));
        assert_eq!(ask("SELECT 1 IN (2)", Names::OfTheLogin).await, operator);
        // What only computes is what the types mean.
        let stable = "ALTER FUNCTION near(own, own) STABLE";
        client.batch_execute(stable).await.unwrap();
        assert_eq!(ask("SELECT 1 &< 2", Names::OfTheLogin).await, None);

        let cast = "CREATE FUNCTION level(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             CREATE CAST (mood AS int) WITH FUNCTION level(mood)";
        client.batch_execute(cast).await.unwrap();
        for names in [Names::OfTheLogin, Names::OfTheServer] {
            for sql in ["SELECT '1'::int", "SELECT CAST('1' AS int)"] {
                let found = ask(sql, names).await;
                assert!(matches!(found, Some(Reached::Cast(_))), "{sql}: {found:?}");
            }
            assert_eq!(ask("SELECT 1", names).await, None);
        }
        let implicit = "DROP CAST (mood AS int); \
             CREATE CAST (mood AS int) WITH FUNCTION level(mood) AS IMPLICIT";
        client.batch_execute(implicit).await.unwrap();
        let found = ask("SELECT 1", Names::OfTheServer).await;
        assert!(matches!(found, Some(Reached::Cast(_))), "{found:?}");
    });
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn nothing_is_ever_committed() {
    // PostgreSQL before 16 lets a read-only transaction make large objects.
    let made = run(select("SELECT lo_create(424242)", &wide()));
    let left = run(select(
        "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 424242",
        &wide(),
    ));
    assert_eq!(left.unwrap()["rows"], json!([[0]]), "{made:?}");
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn the_server_stops_what_takes_too_long() {
    let started = std::time::Instant::now();
    let (code, _) = run(select("SELECT pg_sleep(20)", &bounds(1, 1000, 200))).unwrap_err();
    assert_eq!(code, CallErrorCode::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn tables_are_listed_and_described() {
    run(async {
        let owner = connect().await;
        let drop_schema = "DROP SCHEMA IF EXISTS lango_connector_test CASCADE";
        owner
            .batch_execute(&format!(
                "{drop_schema}; CREATE SCHEMA lango_connector_test; \
                 SET search_path = lango_connector_test; \
                 CREATE TABLE parent (a int, b text NOT NULL, PRIMARY KEY (b, a)); \
                 CREATE TABLE child (parent_b text, parent_a int, \
                   CONSTRAINT child_parent FOREIGN KEY (parent_b, parent_a) REFERENCES parent (b, a)); \
                 CREATE VIEW seen AS SELECT a FROM parent; \
                 COMMENT ON TABLE parent IS 'Has children'; COMMENT ON COLUMN parent.a IS 'First'"
            ))
            .await
            .unwrap();
        let tables = list("lango_connector_test").await;
        let parent = describe("parent").await;
        let child = describe("child").await;
        owner.batch_execute(drop_schema).await.unwrap();

        assert_fits("postgres_list_tables", &tables);
        let names: Vec<_> = tables["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|table| {
                (
                    table["name"].as_str().unwrap(),
                    table["kind"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            names,
            [("child", "table"), ("parent", "table"), ("seen", "view")]
        );

        assert_fits("postgres_describe_table", &parent);
        assert_eq!(parent["comment"], "Has children");
        assert_eq!(parent["primary_key"], json!(["b", "a"]));
        assert_eq!(
            parent["columns"][0],
            json!({"name": "a", "type": "integer", "nullable": false, "readable": true, "masked": false, "comment": "First"})
        );
        assert_fits("postgres_describe_table", &child);
        assert_eq!(
            child["foreign_keys"],
            json!([{
                "name": "child_parent",
                "columns": ["parent_b", "parent_a"],
                "references": {"schema": "lango_connector_test", "table": "parent", "columns": ["b", "a"]}
            }])
        );
    });
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn what_may_not_be_seen_is_not_listed_or_described() {
    run(async {
        let owner = connect().await;
        let drop_schema = "DROP SCHEMA IF EXISTS lango_scope_test CASCADE";
        owner
            .batch_execute(&format!(
                "{drop_schema}; CREATE SCHEMA lango_scope_test; \
                 SET search_path = lango_scope_test; \
                 CREATE TABLE hidden (id int PRIMARY KEY); \
                 CREATE TABLE customers (id int PRIMARY KEY, phone text, secret text, \
                   UNIQUE (secret)); \
                 CREATE TABLE orders (id int, customer int REFERENCES customers, \
                   kept int REFERENCES hidden, by_secret text REFERENCES customers (secret), \
                   note text, PRIMARY KEY (id, note)); \
                 INSERT INTO customers SELECT i, i, i FROM generate_series(1, 50) i; \
                 ANALYZE customers"
            ))
            .await
            .unwrap();
        let scope: DatabaseScope = serde_json::from_value(json!({"tables": [
            {"schema": "lango_scope_test", "name": "customers", "rows_limited": true,
             "columns": [{"name": "phone", "masked": true}, {"name": "id"}]},
            {"schema": "lango_scope_test", "name": "orders",
             "columns": [{"name": "id"}, {"name": "customer"}, {"name": "kept"},
                         {"name": "by_secret"}]},
            {"schema": "lango_scope_test", "name": "not there"}
        ]}))
        .unwrap();
        let none: DatabaseScope = serde_json::from_value(json!({"tables": []})).unwrap();
        let tables = list_within("lango_scope_test", Some(&scope)).await;
        let nothing = list_within("lango_scope_test", Some(&none)).await;
        let customers = describe_within("customers", "lango_scope_test", Some(&scope)).await;
        let orders = describe_within("orders", "lango_scope_test", Some(&scope)).await;
        let hidden = describe_within("hidden", "lango_scope_test", Some(&scope)).await;
        let absent = describe_within("absent", "lango_scope_test", Some(&scope)).await;
        owner.batch_execute(drop_schema).await.unwrap();

        assert_fits("postgres_list_tables", &tables);
        assert_eq!(nothing["tables"], json!([]));
        let names: Vec<_> = tables["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["name"])
            .collect();
        assert_eq!(names, ["customers", "orders"]);
        assert_eq!(tables["tables"][0]["rows_limited"], true);
        assert_eq!(tables["tables"][0]["estimated_rows"], Value::Null);

        let customers = customers.unwrap();
        assert_fits("postgres_describe_table", &customers);
        let columns = |table: &Value| -> Vec<(String, bool)> {
            let columns = table["columns"].as_array().unwrap().iter();
            columns
                .map(|it| {
                    (
                        it["name"].as_str().unwrap().to_owned(),
                        it["masked"] == true,
                    )
                })
                .collect()
        };
        assert_eq!(
            columns(&customers),
            [("phone".to_owned(), true), ("id".to_owned(), false)]
        );
        assert!(!customers.to_string().contains("secret"));
        let orders = orders.unwrap();
        assert_eq!(orders["primary_key"], json!([]), "a part of it is hidden");
        let keys = orders["foreign_keys"].as_array().unwrap();
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(keys[0]["columns"], json!(["customer"]));
        assert_eq!(
            hidden.unwrap_err().message.replace("hidden", "absent"),
            absent.unwrap_err().message
        );
    });
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn a_check_parses_and_does_not_run() {
    run(async {
        let check = async |sql: &str| {
            let session = Session::for_test(connect().await, &wide()).await.unwrap();
            let parsed = session.client().prepare(sql).await;
            sql_check::of_database(&session, sql, &["t".to_owned()], parsed).unwrap()
        };
        // It would fail if it ran.
        let good = check("SELECT 1 / 0 AS a, ARRAY['x'] AS b").await;
        assert_fits("postgres_sql_check", &good);
        assert_eq!(good["allowed"], true);
        assert_eq!(
            good["columns"],
            json!([{"name": "a", "type": "int4"}, {"name": "b", "type": "text[]"}])
        );
        let bad = check("SELECT nonsense").await;
        assert_fits("postgres_sql_check", &bad);
        assert_eq!(
            (&bad["allowed"], &bad["error"]["code"]),
            (&json!(false), &json!("database"))
        );
        assert_eq!(bad["error"]["construct"], "42703");
        let placeholder = check("SELECT $1::int").await;
        assert_fits("postgres_sql_check", &placeholder);
        assert_eq!(placeholder["allowed"], false);
        let refusal = serde_json::from_value(json!({
            "code": "statement", "construct": "DELETE", "hint": "Write a SELECT."
        }));
        let refused = sql_check::refused(&refusal.unwrap());
        assert_fits("postgres_sql_check", &refused);
    });
}

#[test]
#[ignore = "needs LANGO_TEST_DATABASE_URL"]
fn what_a_login_may_do_is_seen() {
    run(async {
        let session = Session::for_test(connect().await, &wide()).await.unwrap();
        let rights = rights::of_login(&session).await.unwrap();
        // A login that may create a schema may do more than a reader should.
        let (outcome, words) = rights.finding();
        assert_eq!(outcome, StepOutcome::Warning, "{words}");
        let statements = rights.statements();
        assert!(
            statements
                .iter()
                .any(|it| it.starts_with("GRANT SELECT ON ALL TABLES IN SCHEMA ")),
            "{statements:?}"
        );
    });
}

async fn list_within(schema: &str, scope: Option<&DatabaseScope>) -> Value {
    let session = Session::for_test(connect().await, &wide()).await.unwrap();
    let arguments = json!({"schema": schema});
    let arguments = list_tables::Arguments::deserialize(&arguments).unwrap();
    let scope = Scope::of(scope, None).unwrap();
    list_tables::run(&session, &wide(), scope, &arguments)
        .await
        .unwrap()
}

async fn list(schema: &str) -> Value {
    list_within(schema, None).await
}

async fn describe(table: &str) -> Value {
    describe_within(table, "lango_connector_test", None)
        .await
        .unwrap()
}

async fn describe_within(
    table: &str,
    schema: &str,
    scope: Option<&DatabaseScope>,
) -> Result<Value, CallError> {
    let session = Session::for_test(connect().await, &wide()).await.unwrap();
    let arguments = json!({"table": table, "schema": schema});
    let arguments = describe_table::Arguments::deserialize(&arguments).unwrap();
    let scope = Scope::of(scope, None).unwrap();
    describe_table::run(&session, scope, &arguments).await
}
