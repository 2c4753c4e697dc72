//! What a query gives, and what it can never do.

use std::time::{Duration, Instant};

use lango_connector_kit::CallErrorCode;
use serde_json::{Value, json};

use super::{Flavour, Server, Trouble, assert_fits, bounds, each, select, wide};

/// Definition of a column, a literal for it, name of its type, value in the result.
fn typed_values(flavour: Flavour) -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let mut values = vec![
        (
            "bigint unsigned",
            "18446744073709551615",
            "bigint unsigned",
            json!("18446744073709551615"),
        ),
        (
            "bigint",
            "-9007199254740993",
            "bigint",
            json!("-9007199254740993"),
        ),
        (
            "bigint",
            "9007199254740992",
            "bigint",
            json!(9_007_199_254_740_992_i64),
        ),
        (
            "int unsigned",
            "4294967295",
            "int unsigned",
            json!(4_294_967_295_i64),
        ),
        ("mediumint", "-8388608", "mediumint", json!(-8_388_608)),
        ("smallint", "-5", "smallint", json!(-5)),
        ("tinyint", "-128", "tinyint", json!(-128)),
        ("boolean", "TRUE", "tinyint", json!(1)),
        ("decimal(12,2)", "12.50", "decimal", json!(12.5)),
        (
            "decimal(38,10)",
            "1234567890123456789012345678.0123456789",
            "decimal",
            json!("1234567890123456789012345678.0123456789"),
        ),
        ("float", "0.1", "float", json!(0.1)),
        ("float", "16777217", "float", json!(16_777_216.0)),
        ("double", "0.1", "double", json!(0.1)),
        (
            "double",
            "1.7976931348623157e308",
            "double",
            json!(1.797_693_134_862_315_7e308),
        ),
        ("char(3)", "'x'", "char", json!("x")),
        ("varchar(20)", "'Jambo 🦁'", "varchar", json!("Jambo 🦁")),
        ("text", "'line\\nbreak'", "text", json!("line\nbreak")),
        ("binary(2)", "x'00ff'", "binary", json!("0x00ff")),
        ("varbinary(9)", "'ab'", "varbinary", json!("0x6162")),
        ("blob", "x''", "blob", json!("0x")),
        ("bit(1)", "b'1'", "bit", json!(1)),
        (
            "bit(64)",
            "b'1111111111111111111111111111111111111111111111111111111111111111'",
            "bit",
            json!("18446744073709551615"),
        ),
        ("year", "2026", "year", json!(2026)),
        ("date", "'2026-11-22'", "date", json!("2026-11-22")),
        (
            "datetime(6)",
            "'2026-11-22 10:00:00.5'",
            "datetime",
            json!("2026-11-22T10:00:00.5"),
        ),
        (
            "timestamp(3) NULL",
            "'2026-11-22 10:00:00.25'",
            "timestamp",
            json!("2026-11-22T10:00:00.25+00:00"),
        ),
        ("time(3)", "'-838:59:58.5'", "time", json!("-838:59:58.5")),
        ("enum('small','large')", "'large'", "enum", json!("large")),
        ("set('a','b','c')", "'a,c'", "set", json!("a,c")),
        (
            "json",
            "'{\"a\": [1.5, 12345678901234567890, null]}'",
            "json",
            json!({"a": [1.5, "12345678901234567890", null]}),
        ),
        (
            "point",
            "ST_GeomFromText('POINT(1 2)')",
            "geometry",
            json!("0x000000000101000000000000000000f03f0000000000000040"),
        ),
        ("int", "NULL", "int", Value::Null),
        ("text", "NULL", "text", Value::Null),
        ("text", "'中'", "text", json!("中")),
    ];
    if flavour == Flavour::MariaDb {
        values.push((
            "uuid",
            "'c0ffee00-0000-4000-8000-000000000001'",
            "uuid",
            json!("c0ffee00-0000-4000-8000-000000000001"),
        ));
        values.push(("inet6", "'::1'", "inet6", json!("::1")));
        for (_, _, name, _) in &mut values {
            if *name == "geometry" {
                *name = "point";
            }
        }
    }
    values
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn types_keep_their_meaning() {
    each(async |server| {
        let flavour = server.owner("mysql").await.flavour();
        let values = typed_values(flavour);
        let columns: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(i, it)| format!("c{i} {}", it.0))
            .collect();
        let literals: Vec<_> = values.iter().map(|it| it.1).collect();
        let create = format!(
            "CREATE TABLE kinds ({}) CHARACTER SET utf8mb4",
            columns.join(", ")
        );
        let insert = format!("INSERT INTO kinds VALUES ({})", literals.join(", "));
        server
            .database(
                "lango_types",
                &["SET SESSION time_zone = '+00:00'", &create, &insert],
            )
            .await;

        let mut connection = server.owner("lango_types").await;
        let result = select(&mut connection, "SELECT * FROM kinds", &wide())
            .await
            .unwrap();
        assert_fits("mysql_query", &result);
        for (index, (definition, literal, name, value)) in values.iter().enumerate() {
            assert_eq!(result["columns"][index]["type"], *name, "{definition}");
            assert_eq!(result["rows"][0][index], *value, "{definition} {literal}");
        }
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn shapes_that_are_easily_lost() {
    each(async |server| {
        let mut connection = server.owner("mysql").await;
        let mut rows = async |sql: &str| {
            let result = select(&mut connection, sql, &wide()).await.unwrap();
            assert_fits("mysql_query", &result);
            result["rows"].clone()
        };
        assert_eq!(rows("SELECT 1 AS a, 2 AS a").await, json!([[1, 2]]));
        assert_eq!(rows("SELECT 1 FROM DUAL WHERE FALSE").await, json!([]));
        assert_eq!(
            rows("SELECT \"a\", 'a\\'b', 1 || 0").await,
            json!([["a", "a'b", 1]])
        );
        assert_eq!(rows("SELECT NULL").await, json!([[null]]));
        assert_eq!(
            rows("SELECT CAST('2026-01-02' AS DATE), SUM(1.10)").await,
            json!([["2026-01-02", 1.1]])
        );
    });
}

const SERIES: &str = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) \
     SELECT i, REPEAT('x', 3000) FROM n LIMIT 501";

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn what_is_cut_is_said() {
    each(async |server| {
        let mut connection = server.owner("mysql").await;
        let ten = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n LIMIT 11";
        let rows = select(&mut connection, ten, &bounds(10, 1 << 20, 30_000))
            .await
            .unwrap();
        assert_eq!(
            (&rows["row_count"], &rows["truncated"]),
            (&json!(10), &json!({"reason": "rows", "limit": 10}))
        );
        assert!(connection.is_sound(), "the rest was read");
        let again = select(&mut connection, "SELECT 1", &wide()).await.unwrap();
        assert_eq!(again["rows"], json!([[1]]));

        let bytes = select(&mut connection, SERIES, &wide()).await.unwrap();
        assert_eq!(
            bytes["truncated"],
            json!({"reason": "bytes", "limit": 1_048_576})
        );
        assert!(bytes.to_string().len() <= 1_048_576);
        assert!(
            !connection.is_sound(),
            "rows are on the way that nobody reads"
        );

        let mut connection = server.owner("mysql").await;
        let one = select(&mut connection, "SELECT REPEAT('x', 9000000)", &wide())
            .await
            .unwrap();
        assert_eq!(
            (&one["rows"], &one["truncated"]["reason"]),
            (&json!([]), &json!("bytes"))
        );
        for result in [rows, bytes, one] {
            assert_fits("mysql_query", &result);
        }
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn the_server_holds_what_the_gateway_should_have_stopped() {
    each(async |server| {
        server
            .database(
                "lango_held",
                &["CREATE TABLE kept (i int)", "INSERT INTO kept VALUES (1)"],
            )
            .await;
        for sql in [
            "SELECT 1; SELECT 2",
            "SELECT 1; DROP TABLE kept",
            "INSERT INTO kept VALUES (2)",
            "DELETE FROM kept",
            "DROP TABLE kept",
            "CREATE TABLE more (i int)",
            "TRUNCATE kept",
            "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE kept",
            "SELECT nonsense",
            "SELECT ?",
        ] {
            let mut connection = server.owner("lango_held").await;
            let (code, message) = select(&mut connection, sql, &wide()).await.unwrap_err();
            assert_eq!(code, CallErrorCode::Rejected, "{sql}: {message}");
        }
        // Nor after the end of a transaction: the next one only reads too.
        let mut connection = server.owner("lango_held").await;
        connection.run("COMMIT").await.unwrap();
        let refused = connection
            .run("INSERT INTO kept VALUES (3)")
            .await
            .unwrap_err();
        assert!(matches!(refused, Trouble::Server(error) if error.code == 1792));
        let left = select(&mut connection, "SELECT i FROM kept", &wide())
            .await
            .unwrap();
        assert_eq!(left["rows"], json!([[1]]));
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn the_client_never_gives_a_file() {
    each(async |server| {
        // As plain text, the way in which servers ask for one.
        let mut connection = server.writer().await;
        let _ = connection.run("SET GLOBAL local_infile = 1").await;
        server
            .database("lango_files", &["CREATE TABLE t (line text)"])
            .await;
        let load = "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE lango_files.t";
        assert!(connection.run(load).await.is_err());
        let mut connection = server.owner("lango_files").await;
        let rows = select(&mut connection, "SELECT COUNT(*) FROM t", &wide())
            .await
            .unwrap();
        assert_eq!(rows["rows"], json!([[0]]));
    });
}

/// A statement that both servers stop only by their time limit.
const LONG: &str = "SELECT COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, \
     information_schema.COLUMNS c WHERE a.COLUMN_NAME < b.COLUMN_NAME AND c.TABLE_NAME > a.TABLE_NAME";

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn the_server_stops_what_takes_too_long() {
    each(async |server| {
        let mut connection = server.owner("mysql").await;
        let started = Instant::now();
        let (code, message) = select(&mut connection, LONG, &bounds(1, 1000, 300))
            .await
            .unwrap_err();
        assert_eq!(code, CallErrorCode::TimedOut, "{message}");
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(connection.is_sound());
        assert!(select(&mut connection, "SELECT 1", &wide()).await.is_ok());
    });
}

/// How many connections of others run something.
async fn running(server: &Server, number: u32) -> Value {
    let mut watcher = server.owner("mysql").await;
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {number} AND COMMAND IN ('Query', 'Execute')"
    );
    select(&mut watcher, &sql, &wide()).await.unwrap()["rows"][0][0].clone()
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn a_second_connection_stops_what_runs() {
    each(async |server| {
        let mut connection = server.owner("mysql").await;
        let number = connection.number();
        let statement = async { select(&mut connection, LONG, &wide()).await };
        let stop = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            assert_eq!(running(server, number).await, json!(1));
            let mut second = server.owner("mysql").await;
            second.run(&format!("KILL QUERY {number}")).await.unwrap();
        };
        let (stopped, ()) = futures_util::join!(statement, stop);
        assert_eq!(stopped.unwrap_err().0, CallErrorCode::TimedOut);
        assert_eq!(running(server, number).await, json!(0));
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn nothing_of_a_call_is_left_for_the_next() {
    each(async |server| {
        server
            .database("lango_reset", &["CREATE TABLE t (i int) ENGINE = InnoDB"])
            .await;
        let mut connection = server.owner("lango_reset").await;
        for statement in [
            "SET SESSION TRANSACTION READ WRITE",
            "SET @left = 5",
            "CREATE TEMPORARY TABLE left_over (i int)",
            "SET SESSION sql_mode = 'ANSI_QUOTES'",
            "DO GET_LOCK('lango', 1)",
        ] {
            connection.run(statement).await.expect(statement);
        }
        assert!(connection.reset().await);
        let sql = "SELECT @left, @@sql_mode LIKE '%ANSI%', @@autocommit, @@time_zone, IS_FREE_LOCK('lango'), DATABASE(), @@character_set_results";
        let left = select(&mut connection, sql, &wide()).await.unwrap();
        assert_eq!(
            left["rows"],
            json!([[null, 0, 0, "+00:00", 1, "lango_reset", "utf8mb4"]])
        );
        assert!(
            select(&mut connection, "SELECT * FROM left_over", &wide())
                .await
                .is_err()
        );
        assert!(
            select(&mut connection, "INSERT INTO t VALUES (1)", &wide())
                .await
                .is_err()
        );
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn a_connection_that_was_closed_meanwhile_has_answered_nothing() {
    each(async |server| {
        let mut connection = server.owner("mysql").await;
        let mut second = server.owner("mysql").await;
        second
            .run(&format!("KILL {}", connection.number()))
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let (code, _) = select(&mut connection, "SELECT 1", &wide())
            .await
            .unwrap_err();
        assert!(matches!(
            code,
            CallErrorCode::Unreachable | CallErrorCode::Internal
        ));
        assert!(!connection.is_sound() && !connection.has_been_answered());
    });
}
