//! What is listed and described, and what the policy leaves of it.

use lango_connector_database::{Scope, Tls};
use lango_connector_kit::{DatabaseScope, StepOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Native, Server, assert_fits, bounds, each, wide};
use crate::check::rights;
use crate::tools::sql_check::{self, Allowed};
use crate::tools::{describe_table, list_tables};

const TABLES: [&str; 4] = [
    "CREATE TABLE parent (a int COMMENT 'First', b varchar(9) NOT NULL, pin char(4), PRIMARY KEY (b, a)) COMMENT 'Has children'",
    "CREATE TABLE child (parent_b varchar(9), parent_a int, total decimal(12,2) unsigned, kind enum('x','y'), \
     CONSTRAINT child_parent FOREIGN KEY (parent_b, parent_a) REFERENCES parent (b, a))",
    "CREATE VIEW seen AS SELECT a FROM parent",
    "INSERT INTO parent VALUES (1, 'x', '1234')",
];

async fn list(connection: &mut Native, arguments: Value, scope: Scope<'_>) -> Value {
    let arguments = Deserialize::deserialize(&arguments).unwrap();
    let result = list_tables::run(connection, &wide(), &arguments, scope).await;
    let result = result.unwrap();
    assert_fits("mysql_list_tables", &result);
    result
}

async fn describe(connection: &mut Native, table: &str, scope: Scope<'_>) -> Result<Value, String> {
    let arguments = json!({"table": table});
    let arguments = Deserialize::deserialize(&arguments).unwrap();
    let result = describe_table::run(connection, &wide(), &arguments, scope).await;
    let result = result.map_err(|error| error.message)?;
    assert_fits("mysql_describe_table", &result);
    Ok(result)
}

fn names(list: &Value) -> Vec<(&str, &str)> {
    let tables = list["tables"].as_array().unwrap();
    tables
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["kind"].as_str().unwrap()))
        .collect()
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn tables_are_listed_and_described() {
    each(async |server| {
        server.database("lango_catalogue", &TABLES).await;
        let mut connection = server.owner("lango_catalogue").await;
        let tables = list(
            &mut connection,
            json!({"schema": "lango_catalogue"}),
            Scope::of(None, None).unwrap(),
        )
        .await;
        assert_eq!(
            names(&tables),
            [("child", "table"), ("parent", "table"), ("seen", "view")]
        );
        assert_eq!(tables["tables"][1]["comment"], "Has children");
        assert_eq!(tables["tables"][2]["comment"], Value::Null);
        let everything = list(&mut connection, json!({}), Scope::of(None, None).unwrap()).await;
        assert!(
            everything["tables"]
                .as_array()
                .unwrap()
                .iter()
                .all(|it| it["schema"] != "mysql")
        );

        let parent = describe(&mut connection, "parent", Scope::of(None, None).unwrap())
            .await
            .unwrap();
        assert_eq!(parent["primary_key"], json!(["b", "a"]));
        assert_eq!(parent["columns"][0]["comment"], "First");
        assert_eq!(parent["columns"][1]["nullable"], false);
        let child = describe(&mut connection, "child", Scope::of(None, None).unwrap())
            .await
            .unwrap();
        assert_eq!(child["columns"][2]["type"], "decimal(12,2) unsigned");
        assert_eq!(
            child["foreign_keys"],
            json!([{"name": "child_parent", "columns": ["parent_b", "parent_a"],
                "references": {"schema": "lango_catalogue", "table": "parent", "columns": ["b", "a"]}}])
        );
        assert!(
            describe(&mut connection, "PARENT ", Scope::of(None, None).unwrap())
                .await
                .is_err()
        );
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn only_what_may_be_seen_is_shown() {
    each(async |server| {
        server.database("lango_scope", &TABLES).await;
        let mut connection = server.owner("lango_scope").await;
        let database: DatabaseScope = serde_json::from_value(json!({"tables": [
            {"name": "parent", "rows_limited": true, "columns": [{"name": "b", "masked": true}]},
            {"name": "child", "schema": "lango_scope"}
        ]}))
        .unwrap();
        let scope = Scope::of(Some(&database), None).unwrap();
        let shown = list(&mut connection, json!({}), scope).await;
        assert_eq!(names(&shown), [("child", "table"), ("parent", "table")]);

        let parent = describe(&mut connection, "parent", scope).await.unwrap();
        assert_eq!(parent["columns"].as_array().unwrap().len(), 1);
        assert_eq!(parent["columns"][0]["masked"], true);
        assert_eq!(parent["primary_key"], json!([]), "half of it is hidden");
        let child = describe(&mut connection, "child", scope).await.unwrap();
        assert_eq!(child["foreign_keys"], json!([]), "it names a hidden column");
        // One that may not be seen is as one that is not there.
        let hidden = describe(&mut connection, "seen", scope).await.unwrap_err();
        let absent = describe(&mut connection, "none", scope).await.unwrap_err();
        assert_eq!(hidden.replace("seen", "none"), absent);
        assert_eq!(shown["tables"][1]["rows_limited"], true);
        assert_eq!(shown["tables"][1]["estimated_rows"], Value::Null);
        let database: DatabaseScope = serde_json::from_value(json!({"tables": []})).unwrap();
        let scope = Scope::of(Some(&database), None).unwrap();
        let nothing = list(&mut connection, json!({}), scope).await;
        assert_eq!(nothing["tables"], json!([]));
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn a_check_runs_nothing() {
    each(async |server| {
        server.database("lango_check", &TABLES).await;
        let mut connection = server.owner("lango_check").await;
        let mut check = async |sql: &str| {
            let tables = ["parent".to_owned()];
            let allowed = Allowed {
                statement: sql,
                sql: "shown",
                tables: &tables,
            };
            let answer = sql_check::run(&mut connection, &wide(), &allowed).await;
            let answer = answer.unwrap();
            assert_fits("mysql_sql_check", &answer);
            answer
        };
        let good = check("SELECT a, SLEEP(9) AS s FROM parent LIMIT 501").await;
        assert_eq!(
            (&good["allowed"], &good["sql"]),
            (&json!(true), &json!("shown"))
        );
        assert_eq!(good["columns"][0], json!({"name": "a", "type": "int"}));
        let bad = check("SELECT nam FROM parent").await;
        assert_eq!(bad["allowed"], false);
        assert!(
            bad["error"]["hint"].as_str().unwrap().contains("nam"),
            "{bad}"
        );
    });
}

async fn outcome_of(server: &Server, grants: &[&str]) -> StepOutcome {
    let mut owner = server.writer().await;
    let first = [
        "DROP USER IF EXISTS 'lango_rights'@'%'",
        "CREATE USER 'lango_rights'@'%' IDENTIFIED BY 'hunter2'",
    ];
    for statement in first.iter().chain(grants) {
        owner.run(statement).await.expect(statement);
    }
    let login = server.sign_in_to("lango_rights_db", "lango_rights", "hunter2", Tls::Require);
    let mut login = login.await.unwrap();
    rights(&mut login, &bounds(10, 10_000, 1000))
        .await
        .unwrap()
        .finding()
        .0
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn rights_are_found() {
    each(async |server| {
        server.database("lango_rights_db", &TABLES).await;
        let reads = "GRANT SELECT, SHOW VIEW ON `lango\\_rights\\_db`.* TO 'lango_rights'@'%'";
        assert_eq!(outcome_of(server, &[reads]).await, StepOutcome::Passed);
        for more in [
            "GRANT INSERT ON lango_rights_db.parent TO 'lango_rights'@'%'",
            "GRANT FILE ON *.* TO 'lango_rights'@'%'",
            "GRANT ALL PRIVILEGES ON lango_rights_db.* TO 'lango_rights'@'%'",
        ] {
            assert_eq!(
                outcome_of(server, &[reads, more]).await,
                StepOutcome::Warning,
                "{more}"
            );
        }
        let mut owner = server.writer().await;
        let found = rights(&mut owner, &wide()).await.unwrap().finding();
        assert!(found.1.contains("administrator"), "{}", found.1);
    });
}
