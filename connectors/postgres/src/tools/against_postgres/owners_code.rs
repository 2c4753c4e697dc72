//! Code of the database's owner that a query would run without naming it.

use lango_connector_kit::CallErrorCode;
use serde_json::json;

use super::{connect, run, select, wide};
use crate::owners_code::{Reached, reached};
use crate::session::Names;

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
