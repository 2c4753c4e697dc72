//! The tools against a real PostgreSQL, natively: the same code as in the
//! Worker, over a TCP socket of the operating system.
//!
//! Run with `LANGO_TEST_DATABASE_URL=postgres://user:password@host:port/database
//! cargo test -p lango-connector-postgres -- --ignored`. The login must be
//! allowed to create a schema.

use std::time::Duration;

use lango_connector_kit::{CallErrorCode, CallLimits};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use super::{describe_table, list_tables, query};
use crate::bounds::Bounds;
use crate::session::Session;

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
    let arguments = json!({"sql": sql});
    let arguments = query::Arguments::deserialize(&arguments).unwrap();
    query::run(&session, bounds, &arguments)
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
            json!({"name": "a", "type": "integer", "nullable": false, "readable": true, "comment": "First"})
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

async fn list(schema: &str) -> Value {
    let session = Session::for_test(connect().await, &wide()).await.unwrap();
    let arguments = json!({"schema": schema});
    let arguments = list_tables::Arguments::deserialize(&arguments).unwrap();
    list_tables::run(&session, &wide(), &arguments)
        .await
        .unwrap()
}

async fn describe(table: &str) -> Value {
    let session = Session::for_test(connect().await, &wide()).await.unwrap();
    let arguments = json!({"table": table, "schema": "lango_connector_test"});
    let arguments = describe_table::Arguments::deserialize(&arguments).unwrap();
    describe_table::run(&session, &arguments).await.unwrap()
}
