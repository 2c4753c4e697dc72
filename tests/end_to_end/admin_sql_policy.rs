//! `/admin/v1/connections/{id}/sql-policy`: what of a connected database may be seen, and
//! by whom, is set, reviewed and tried by administrators.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, dev, http};

/// What the business shows of its orders.
fn policy() -> Value {
    json!({ "tables": [
        { "table": "public.orders", "columns": ["id", "customer_id", "status"],
          "rows": { "customer": "customer_id = :principal.customer_number" } }
    ] })
}

#[tokio::test]
async fn a_policy_is_set_from_the_version_that_was_read() {
    let tenant = Tenant::connected("business").await;
    let path = tenant.sql_policy_path().await;
    let read = tenant.admin(http::Method::GET, &path).send().await.unwrap();
    assert_eq!(read.headers()["etag"], "\"0\"");
    let read: Value = read.json().await.unwrap();
    assert_eq!(read["policy"], Value::Null, "{read}");

    let set = async |version: &str, policy: Value| {
        let request = tenant.admin(http::Method::PUT, &path);
        let request = request.header("If-Match", version);
        let body = json!({ "policy": policy });
        request.json(&body).send().await.unwrap()
    };
    let first = set("\"0\"", policy()).await;
    assert_eq!(first.status(), 200);
    assert_eq!(first.headers()["etag"], "\"1\"");
    assert_problem(set("\"0\"", policy()).await, 412, "stale").await;
    let shown = tenant.get(&path).await;
    assert_eq!(shown["policy"]["tables"][0]["table"], "public.orders");
    assert!(shown["changed_by"].is_string() && shown["changed_at"].is_string());
    // It can be taken away, and the version goes on.
    let gone = set("\"1\"", Value::Null).await;
    assert_eq!(gone.headers()["etag"], "\"2\"");

    let changes = |log: &[Value]| -> Vec<Value> {
        let changed = log
            .iter()
            .filter(|entry| entry["action"] == "sql_policy.set")
            .filter(|entry| entry["outcome"]["status"] == "succeeded");
        changed.cloned().collect()
    };
    let log = tenant.log_until(|log| changes(log).len() == 2).await;
    let last = &changes(&log)[0]["outcome"]["change"];
    assert_eq!(
        last["before"]["policy"]["tables"][0]["table"],
        "public.orders"
    );
    assert_eq!(last["after"]["policy"], Value::Null);
}

#[tokio::test]
async fn what_does_not_fit_names_the_member_and_is_not_taken() {
    let tenant = Tenant::connected("business").await;
    let path = tenant.sql_policy_path().await;
    for wrong in [
        json!({ "tables": "orders" }),
        json!({ "tables": [{ "table": "public.orders", "colour": "green" }] }),
        json!({ "tables": [{ "table": "public.orders", "rows": { "customer": "delete from x" } }] }),
        json!({ "tables": [{ "table": "public.orders", "rows": { "customer": "pg_sleep(1) is null" } }] }),
        json!({ "tables": [{ "table": "public.orders", "rows": { "customer": "id = :principal.shoe_size" } }] }),
        json!({ "tables": [{ "table": "public.orders", "masked": { "id": "null" } }] }),
        json!({ "tables": [{ "table": "public.orders" }, { "table": "public.orders" }] }),
        json!({ "max_rows": 0, "tables": [] }),
        json!({ "max_rows": 501, "tables": [] }),
        json!([]),
    ] {
        let request = tenant.admin(http::Method::PUT, &path);
        let request = request.header("If-Match", "\"0\"");
        let body = json!({ "policy": wrong });
        let refused = request.json(&body).send().await.unwrap();
        let problem = assert_problem(refused, 422, "sql_policy").await;
        assert!(problem["member"].is_string(), "{problem}");
    }
    assert_eq!(tenant.get(&path).await["policy"], Value::Null);
}

#[tokio::test]
async fn a_policy_is_tried_before_it_is_set() {
    let tenant = Tenant::connected("business").await;
    let path = tenant.sql_policy_path().await;
    let attempt = async |principal: Value, sql: &str, policy: Option<Value>| -> Value {
        let mut body = json!({ "sql": sql, "principal": principal });
        if let Some(policy) = policy {
            body["policy"] = policy;
        }
        let request = tenant.admin(http::Method::POST, &format!("{path}/try"));
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    };
    let customer = json!({ "kind": "customer", "customer_number": "7" });
    let tried = attempt(customer.clone(), "select * from orders", Some(policy())).await;
    assert_eq!(tried["allowed"], true, "{tried}");
    let sql = tried["sql"].as_str().unwrap();
    assert!(sql.contains("customer_id") && sql.contains("'7'"), "{sql}");
    assert_eq!(tried["tables"], json!(["public.orders"]));
    // Nothing is set by that.
    let tried = attempt(customer, "select * from orders", None).await;
    assert_eq!(tried["allowed"], false, "{tried}");
    let employee = json!({ "kind": "employee", "role": "manager" });
    let tried = attempt(employee.clone(), "select *\nfrom staff", Some(policy())).await;
    assert_eq!(tried["allowed"], false);
    assert_eq!(
        tried["error"]["position"],
        json!({ "line": 2, "column": 6 }),
        "{tried}"
    );
    let tried = attempt(employee, "delete from orders", Some(policy())).await;
    assert_eq!(tried["error"]["code"], "not_a_query", "{tried}");
}

#[tokio::test]
async fn only_databases_have_one_and_only_who_may_sets_it() {
    let tenant = Tenant::connected("business").await;
    let schema = tenant.get("sql-policy/schema").await;
    assert!(schema["properties"]["tables"].is_object(), "{schema}");
    let crm = tenant.connection_of("fixtures").await;
    let path = format!("connections/{crm}/sql-policy");
    let response = tenant.admin(http::Method::GET, &path).send().await.unwrap();
    assert_problem(response, 422, "sql_policy").await;

    let path = tenant.sql_policy_path().await;
    let viewer = json!({ "name": "connections", "permissions": ["connection.view"] });
    let viewer = tenant.key_with(viewer).await;
    let url = format!("{}/admin/v1/{path}", dev().url);
    let read = http().get(&url).bearer_auth(&viewer.token).send();
    assert_eq!(read.await.unwrap().status(), 200);
    let request = http().put(&url).bearer_auth(&viewer.token);
    let request = request
        .header("If-Match", "*")
        .json(&json!({ "policy": null }));
    assert_problem(request.send().await.unwrap(), 403, "not_permitted").await;
}
