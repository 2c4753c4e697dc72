//! The statements that the connection test offers make a login of which it says nothing.

use lango_connector_database::Tls;
use lango_connector_kit::StepOutcome;
use serde_json::json;

use super::{Native, each, select, wide};
use crate::check::{least_privilege, rights};
use crate::wire::Trouble;

/// With `_`, which in a grant stands for any character.
const DATABASE: &str = "lango_grants";
const LIKE_IT: &str = "langoXgrants";
const TABLES: [&str; 3] = [
    "CREATE TABLE orders (id int PRIMARY KEY, total decimal(12,2))",
    "INSERT INTO orders VALUES (1, 9.50)",
    "CREATE VIEW totals AS SELECT total FROM orders",
];
const WRITES: [&str; 6] = [
    "INSERT INTO orders VALUES (2, 1)",
    "UPDATE orders SET total = 0",
    "DELETE FROM orders",
    "CREATE TABLE more (id int)",
    "DROP TABLE orders",
    "SET GLOBAL max_connections = 7",
];

/// MySQL's and MariaDB's words for a right that is not there.
fn is_denied(outcome: Result<(), Trouble>) -> bool {
    matches!(outcome, Err(Trouble::Server(error)) if [1044, 1142, 1227].contains(&error.code))
}

async fn writable(connection: &mut Native) {
    for statement in ["SET SESSION TRANSACTION READ WRITE", "SET autocommit = 1"] {
        connection.run(statement).await.unwrap();
    }
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn the_statements_that_are_offered_make_a_login_that_only_reads() {
    each(async |server| {
        server.database(DATABASE, &TABLES).await;
        server.database(LIKE_IT, &TABLES).await;
        let mut owner = server.owner(DATABASE).await;
        let (outcome, _) = rights(&mut owner, &wide()).await.unwrap().finding();
        assert_eq!(outcome, StepOutcome::Warning);

        let mut writer = server.writer().await;
        let drop_user = "DROP USER IF EXISTS 'lango_reader'@'%'";
        writer.run(drop_user).await.unwrap();
        for statement in least_privilege(DATABASE) {
            writer.run(&statement).await.expect(&statement);
        }
        let sign_in = async |database, tls| {
            let (user, password) = ("lango_reader", "<a long password>");
            server.sign_in_to(database, user, password, tls).await
        };
        let mut reader = sign_in(DATABASE, Tls::Require).await.unwrap();
        let found = rights(&mut reader, &wide()).await.unwrap().finding();
        let read = select(&mut reader, "SELECT total FROM totals", &wide()).await;
        let mut refused = Vec::new();
        let mut again = sign_in(DATABASE, Tls::Require).await.unwrap();
        writable(&mut again).await;
        for statement in WRITES {
            refused.push((statement, is_denied(again.run(statement).await)));
        }
        let elsewhere = sign_in(LIKE_IT, Tls::Require).await.is_err();
        let in_the_clear = sign_in(DATABASE, Tls::Disable).await.is_err();
        writer.run(drop_user).await.unwrap();

        assert_eq!(found, (StepOutcome::Passed, String::new()));
        assert_eq!(read.unwrap()["rows"], json!([[9.5]]));
        for (statement, is_refused) in refused {
            assert!(is_refused, "{statement}");
        }
        assert!(elsewhere, "a name that is like the database's");
        assert!(in_the_clear, "without TLS");
    });
}
