//! What is cut, stopped and never committed.

use std::time::Duration;

use lango_connector_kit::CallErrorCode;
use serde_json::{Value, json};

use super::{assert_fits, bounds, run, select, wide};

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
