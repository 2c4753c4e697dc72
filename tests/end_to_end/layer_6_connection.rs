//! Layer 6: the system behind, bounded, and its failures in words.

use serde_json::{Value, json};

use crate::support::{Tenant, call, dev, query};

#[tokio::test]
async fn a_query_returns_what_the_database_holds() {
    let result = query(
        dev().key("viewer"),
        "select count(*) as customers, 0.1::numeric + 0.2 as exact, now() is not null as yes, null as nothing from customers",
    )
    .await;
    let names: Vec<_> = result["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["customers", "exact", "yes", "nothing"]);
    let row = result["rows"][0].as_array().unwrap();
    assert!(row[0].as_u64().unwrap() > 10, "{row:?}");
    assert_eq!(row[2], true);
    assert_eq!(row[3], Value::Null);
    assert_eq!(result["truncated"], Value::Null);
}

#[tokio::test]
async fn tables_are_listed_and_described() {
    let (_, body) = call(dev().key("viewer"), "postgres_list_tables", json!({})).await;
    let tables = body["result"]["structuredContent"]["tables"]
        .as_array()
        .unwrap();
    let names: Vec<_> = tables
        .iter()
        .map(|table| table["name"].as_str().unwrap())
        .collect();
    for expected in ["customers", "orders", "invoices", "payments", "staff"] {
        assert!(names.contains(&expected), "{names:?}");
    }
    let arguments = json!({ "table": "invoices" });
    let (_, body) = call(dev().key("viewer"), "postgres_describe_table", arguments).await;
    let columns = body["result"]["structuredContent"]["columns"]
        .as_array()
        .unwrap();
    let total = columns
        .iter()
        .find(|column| column["name"] == "total")
        .unwrap();
    assert_eq!(total["type"], "numeric(12,2)");
    assert_eq!(total["nullable"], false);
}

#[tokio::test]
async fn five_hundred_rows_and_one_mebibyte_are_the_bounds_and_it_says_so() {
    let rows = query(
        dev().key("viewer"),
        "select n from generate_series(1, 600) as n",
    )
    .await;
    assert_eq!(rows["rows"].as_array().unwrap().len(), 500);
    assert_eq!(rows["row_count"], 500);
    assert_eq!(rows["truncated"]["reason"], "rows");
    let sql = "select repeat('Nairobi ', 2000) as text from generate_series(1, 200) as n";
    let bytes = query(dev().key("viewer"), sql).await;
    assert_eq!(bytes["truncated"]["reason"], "bytes");
    assert!(bytes["rows"].to_string().len() <= 1 << 20);
}

#[tokio::test]
async fn the_databases_refusal_helps_to_repair_the_query() {
    let sql = json!({ "sql": "select no_such_column from customers" });
    let (status, body) = call(dev().key("viewer"), "postgres_query", sql).await;
    assert_eq!(status, 200);
    assert_eq!(body["result"]["isError"], true);
    let text = body["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("no_such_column") && text.contains("42703"),
        "{text}"
    );
}

#[tokio::test]
async fn a_login_that_is_wrong_is_said_to_be_without_repeating_it() {
    let tenant = Tenant::create("starter").await;
    let mut url = url::Url::parse(&dev().database_url).unwrap();
    url.set_password(Some("not-the-password-4711")).unwrap();
    tenant
        .connect("postgres", crate::support::database(url.as_str()))
        .await;
    let (status, body) = call(
        &tenant.admin,
        "postgres_query",
        json!({ "sql": "select 1" }),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(body["result"]["isError"], true);
    assert!(!body.to_string().contains("4711"), "{body}");
    let log = tenant.log(2).await;
    assert_eq!(log[0]["outcome"]["error"], "unauthorized", "{}", log[0]);
}

#[tokio::test]
async fn each_kind_of_failure_is_told_apart_in_the_log() {
    let tenant = Tenant::connected("business").await;
    for code in [
        "rejected",
        "unreachable",
        "unauthorized",
        "timed_out",
        "internal",
    ] {
        let arguments = json!({ "code": code, "message": "a plain message" });
        let (status, body) = call(&tenant.admin, "crm_fail", arguments).await;
        assert_eq!(status, 200);
        // A defect of the connector is nothing that an assistant can mend.
        if code == "internal" {
            assert_eq!(body["error"]["code"], -32603, "{body}");
        } else {
            assert_eq!(body["result"]["isError"], true, "{body}");
        }
    }
    let log = tenant.log(2 + 5).await;
    let errors: Vec<_> = log
        .iter()
        .filter(|entry| entry["kind"] == "call")
        .map(|entry| entry["outcome"]["error"].as_str().unwrap())
        .collect();
    assert_eq!(
        errors,
        [
            "internal",
            "timed_out",
            "unauthorized",
            "unreachable",
            "rejected"
        ]
    );
}
