//! Tables are listed and described, within what may be seen.

use lango_connector_database::Scope;
use lango_connector_kit::{CallError, DatabaseScope};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{assert_fits, connect, run, wide};
use crate::session::Session;
use crate::tools::{describe_table, list_tables};

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
