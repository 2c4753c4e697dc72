//! A query is explained without running, and what a login may do is seen.

use lango_connector_kit::StepOutcome;
use serde_json::json;

use super::{assert_fits, connect, run, wide};
use crate::rights;
use crate::session::Session;
use crate::tools::sql_check;

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
