//! MySQL and MariaDB as PostgreSQL: five tools, each within the policy, values that keep
//! their meaning, logins that outlive a call, and statements that nobody waits for stopped.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Tenant, assert_refused, assert_refused_to_assistant, call, connector::Connector, database, dev,
    held_person, until,
};

/// How many logins a connection has at most (lango-connector-database).
const AT_ONCE: usize = 8;
const ERASURE_KEY: &str = "1.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// The owner's login; `None` where the stack may be without MariaDB. On plain workerd it
/// may not: nothing of this would be tested anywhere.
fn owner() -> Option<Value> {
    let url = dev().mysql_url.as_ref();
    assert!(
        url.is_some() || !dev().is_plain_workerd(),
        "scripts/test installs MariaDB"
    );
    let mut credentials = database(url?);
    credentials["host"] = json!("localhost");
    credentials["tls"] = json!("require");
    Some(credentials)
}

/// A tenant with MariaDB connected, and what it shows of it.
async fn shown() -> Option<Tenant> {
    let credentials = owner()?;
    let tenant = Tenant::create("business").await;
    let connection = tenant.connect("mysql", credentials).await;
    let path = format!("connections/{connection}/sql-policy");
    let policy = json!({ "policy": {
        "tables": [
            { "table": "customers", "columns": ["id", "name", "town", "phone"],
              "masked": { "phone": "last_four" },
              "rows": { "customer": "id = :principal.customer_number" } },
            { "table": "orders",
              "rows": { "customer": "customer_id = :principal.customer_number" } },
            { "table": "staff", "columns": ["id", "name", "job_title"] }
        ],
        "allow_tables": { "role:viewer": ["orders"] }
    }});
    let set = tenant.change(http::Method::PUT, &path, &path, policy).await;
    assert_eq!(set.status(), 200, "{:?}", set.text().await);
    Some(tenant)
}

async fn tool(key: &str, tool: &str, arguments: Value) -> Value {
    let (status, body) = call(key, tool, arguments).await;
    assert_eq!(status, 200, "{body}");
    assert_ne!(body["result"]["isError"], true, "{body}");
    body["result"]["structuredContent"].clone()
}

async fn rows(key: &str, sql: &str) -> Value {
    tool(key, "mysql_query", json!({ "sql": sql })).await["rows"].clone()
}

#[tokio::test]
async fn a_query_gives_values_that_keep_their_meaning() {
    let Some(tenant) = shown().await else { return };
    let admin = tenant.key("admin").await.token;
    for (sql, expected) in [
        (
            "SELECT COUNT(*) > 100, MAX(id) FROM orders",
            json!([[1, 900]]),
        ),
        (
            "SELECT CAST('1234567890123456789.01' AS DECIMAL(30,2)), CAST('2026-01-02' AS DATE)",
            json!([["1234567890123456789.01", "2026-01-02"]]),
        ),
        (
            "SELECT c.name IS NULL, o.status FROM orders o JOIN customers c ON c.id = o.customer_id \
             WHERE o.status = 'delivered' ORDER BY o.id LIMIT 1",
            json!([[0, "delivered"]]),
        ),
    ] {
        assert_eq!(rows(&admin, sql).await, expected, "{sql}");
    }
    let cut = tool(
        &admin,
        "mysql_query",
        json!({ "sql": "SELECT id FROM orders" }),
    )
    .await;
    assert_eq!(cut["row_count"], 500);
    assert_eq!(cut["truncated"], json!({ "reason": "rows", "limit": 500 }));
}

#[tokio::test]
async fn only_reads_reach_the_server() {
    let Some(tenant) = shown().await else { return };
    let admin = tenant.key("admin").await.token;
    // A hidden column is one that is not there.
    let hidden = json!({ "sql": "SELECT credit_limit FROM customers" });
    let (_, hidden) = call(&admin, "mysql_query", hidden).await;
    assert_eq!(hidden["result"]["isError"], true, "{hidden}");
    for sql in [
        "DELETE FROM orders",
        "SELECT 1; SELECT 2",
        "SELECT SLEEP(5)",
        "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
        "SELECT /*! 1, */ 2 FROM orders FOR UPDATE",
        "SELECT @@version",
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT * FROM payments",
        "SELECT * FROM mysql.user",
    ] {
        let refused = call(&admin, "mysql_query", json!({ "sql": sql })).await;
        assert_refused_to_assistant(&refused, "sql_refused");
    }
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    let Some(tenant) = shown().await else { return };
    let admin = tenant.key("admin").await.token;
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    let own = rows(&admin, "SELECT COUNT(*) FROM orders WHERE customer_id = 7").await;
    for sql in [
        "SELECT COUNT(*) FROM orders",
        "SELECT COUNT(*) FROM `orders` AS o WHERE TRUE OR customer_id = 8",
        "WITH a AS (SELECT * FROM orders) SELECT COUNT(*) FROM a",
        "SELECT COUNT(*) FROM orders NATURAL JOIN orders AS again",
    ] {
        assert_eq!(rows(&customer, sql).await, own, "{sql}");
    }
    let seen = rows(&customer, "SELECT * FROM customers").await;
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen[0].as_array().unwrap().len(), 4, "{seen}");
    let phone = seen[0][3].as_str().unwrap();
    assert!(
        phone.chars().filter(char::is_ascii_digit).count() <= 4,
        "{phone}"
    );

    let viewer = tenant.key("viewer").await.token;
    let refused = call(
        &viewer,
        "mysql_query",
        json!({ "sql": "SELECT * FROM staff" }),
    )
    .await;
    assert_refused_to_assistant(&refused, "sql_refused");
}

#[tokio::test]
async fn lists_samples_checks_and_descriptions_keep_to_it_too() {
    let Some(tenant) = shown().await else { return };
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    let listed = tool(&customer, "mysql_list_tables", json!({})).await;
    let names: Vec<_> = listed["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["customers", "orders"]);

    let described = tool(
        &customer,
        "mysql_describe_table",
        json!({ "table": "customers" }),
    )
    .await;
    assert_eq!(described["columns"].as_array().unwrap().len(), 4);
    assert_eq!(described["columns"][3]["masked"], true, "{described}");
    let (_, hidden) = call(
        &customer,
        "mysql_describe_table",
        json!({ "table": "staff" }),
    )
    .await;
    assert_eq!(hidden["result"]["isError"], true, "{hidden}");

    let sample = tool(
        &customer,
        "mysql_sample_rows",
        json!({ "table": "customers", "rows": 3 }),
    )
    .await;
    assert_eq!(sample["row_count"], 1, "{sample}");

    let checked = tool(
        &customer,
        "mysql_sql_check",
        json!({ "sql": "SELECT * FROM orders" }),
    )
    .await;
    assert_eq!(checked["allowed"], true, "{checked}");
    assert_eq!(checked["columns"][0]["name"], "id", "{checked}");
    for sql in [
        "SELECT * FROM staff",
        "SELECT SLEEP(1)",
        "SELECT nonsense FROM orders",
    ] {
        let checked = tool(&customer, "mysql_sql_check", json!({ "sql": sql })).await;
        assert_eq!(checked["allowed"], false, "{checked}");
        assert!(checked["error"]["hint"].is_string(), "{checked}");
    }
}

#[tokio::test]
async fn without_a_policy_customers_see_nothing() {
    let Some(credentials) = owner() else { return };
    let tenant = Tenant::create("business").await;
    tenant.connect("mysql", credentials).await;
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    let sql = json!({ "sql": "SELECT COUNT(*) FROM orders" });
    let refused = call(&customer, "mysql_query", sql).await;
    assert_refused(&refused, 403, "not_enforced");
}

/// A connection that is spoken to as the gateway does, which lets statements through that
/// the gateway would refuse.
struct Connected {
    connection: &'static str,
    sealed: Value,
}

impl Connected {
    async fn new(connection: &'static str, credentials: Value) -> Self {
        let body = json!({
            "tenant": "t_mysql", "connection": connection, "credentials": credentials,
            "erasure_key": ERASURE_KEY,
        });
        let response = connector().send_enclosed("/v1/seal", &body).await;
        assert_eq!(response.status(), 200);
        Self {
            connection,
            sealed: response.json().await.unwrap(),
        }
    }

    fn request(&self, sql: &str) -> Value {
        json!({
            "call_id": "k_1", "tenant": "t_mysql", "connection": self.connection,
            "tool": "mysql_query", "arguments": { "sql": sql },
            "data_key": self.sealed["data_key"], "sealed": self.sealed["sealed"],
            "erasure_key": ERASURE_KEY,
            "limits": { "timeout_ms": 30_000, "max_rows": 500, "max_bytes": 1_000_000 },
        })
    }

    /// The first row.
    async fn row(&self, sql: &str) -> Value {
        let request = self.request(sql);
        let response = connector().send_enclosed("/v1/call", &request).await;
        let answer: Value = response.json().await.unwrap();
        let row = answer["result"]["rows"][0].clone();
        assert!(row.is_array(), "{answer}");
        row
    }

    /// What is seen in a certain login, once it serves again. When it has been brought
    /// back is the machine's business: every login that there may be is used at once,
    /// until that one is among them.
    async fn seen_in(&self, number: &Value, columns: &str) -> Value {
        let sql = format!("SELECT CONNECTION_ID(), {columns}, SLEEP(0.2)");
        for _ in 0..50 {
            let rows = join_all((0..AT_ONCE).map(|_| self.row(&sql))).await;
            let own = rows.into_iter().find(|row| row[0] == *number);
            if let Some(Value::Array(row)) = own {
                return Value::Array(row[1..row.len() - 1].to_vec());
            }
        }
        panic!("the login {number} did not serve again");
    }
}

fn connector() -> Connector<'static> {
    Connector::of(dev(), "mysql")
}

#[tokio::test]
async fn a_login_outlives_its_call_brings_nothing_along_and_is_replaced_when_it_dies() {
    if !dev().is_plain_workerd() {
        return;
    }
    let Some(credentials) = owner() else { return };
    let connected = Connected::new("c_tidy", credentials.clone()).await;
    let leave = "SELECT CONNECTION_ID(), @left := 5, GET_LOCK('lango_left', 0)";
    let left = connected.row(leave).await;
    assert_eq!((&left[1], &left[2]), (&json!(5), &json!(1)));
    let found = "@left IS NULL, IS_FREE_LOCK('lango_left')";
    assert_eq!(connected.seen_in(&left[0], found).await, json!([1, 1]));

    let other = Connected::new("c_other", credentials).await;
    let others = other.row("SELECT CONNECTION_ID()").await;
    assert_ne!(
        others[0], left[0],
        "another connection's logins are its own"
    );
}

#[tokio::test]
async fn what_nobody_waits_for_is_stopped_on_the_server() {
    if !dev().is_plain_workerd() {
        return;
    }
    let Some(credentials) = owner() else { return };
    let connected = Connected::new("c_gone", credentials.clone()).await;
    let watcher = Connected::new("c_watcher", credentials).await;
    let request = connected.request("SELECT SLEEP(28), 'nobody waits for this'");
    let running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST \
                   WHERE INFO LIKE '%nobody waits for this%' AND ID <> CONNECTION_ID()";
    let until_running = async |count: i64| {
        until("so many of it run", async || {
            (watcher.row(running).await == json!([count])).then_some(())
        })
        .await;
    };
    connector()
        .send_and_leave("/v1/call", &request, until_running(1))
        .await;
    let begun = Instant::now();
    until_running(0).await;
    assert!(
        begun.elapsed() < Duration::from_secs(25),
        "it was not stopped, it ended"
    );
}
