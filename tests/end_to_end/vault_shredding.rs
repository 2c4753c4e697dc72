//! The end of every credential of a tenant: at once, and in every copy.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Databases, Tenant, assert_problem, call, connector::Connector, dev};

const FIND: (&str, &str) = ("crm_find_contact", "Wanjiku");

async fn answers(tenant: &Tenant) -> bool {
    let (status, body) = call(&tenant.admin, FIND.0, json!({ "name": FIND.1 })).await;
    status == 200 && body["result"]["isError"] != true && body["error"].is_null()
}

async fn destroy(tenant: &Tenant, confirm: &str) -> reqwest::Response {
    let request = tenant.admin(Method::POST, "vault/destroy");
    let request = request.json(&json!({ "tenant_id": confirm }));
    request.send().await.unwrap()
}

/// What a backup has of the tenant: the row, and the erasure keys that may be its own.
fn backup(databases: &Databases, tenant: &str) -> (Value, Vec<String>) {
    let rows = databases.configuration(&format!(
        "SELECT c.connection_id, c.sealed, d.wrapped FROM connections AS c \
         JOIN data_keys AS d ON d.tenant_id = c.tenant_id AND d.connector = c.connector \
         AND d.version = c.data_key_version WHERE c.tenant_id = '{tenant}'"
    ));
    assert_eq!(rows.len(), 1);
    (rows[0].clone(), databases.erasure_keys())
}

/// Asks the connector with what a backup has, as if it had been put back.
async fn put_back(tenant: &str, row: &Value, erasure_key: Option<&String>) -> Value {
    let parsed =
        |name: &str| -> Value { serde_json::from_str(row[name].as_str().unwrap()).unwrap() };
    let mut question = json!({
        "call_id": "call_1", "tenant": tenant, "connection": row["connection_id"],
        "tool": FIND.0, "arguments": { "name": FIND.1 }, "data_key": parsed("wrapped"),
        "sealed": parsed("sealed"),
        "limits": { "timeout_ms": 1000, "max_rows": 1, "max_bytes": 10_000 },
    });
    if let Some(key) = erasure_key {
        question["erasure_key"] = json!(key);
    }
    let connector = Connector::of(dev(), "fixtures");
    let answer = connector.send_enclosed("/v1/call", &question).await;
    answer.json().await.unwrap()
}

#[tokio::test]
async fn what_was_sealed_is_unreadable_at_once_and_in_backups_too() {
    if !dev().is_plain_workerd() {
        return;
    }
    let tenant = Tenant::create("enterprise").await;
    let connection = tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    assert!(answers(&tenant).await);
    let before = Databases::copy(dev());
    let (row, keys) = backup(&before, &tenant.tenant_id);

    let refused = destroy(&tenant, "t_00000000000000000000").await;
    assert_problem(refused, 422, "tenant_id").await;
    assert!(answers(&tenant).await, "nothing has happened");
    // A backup that is put back while the key is there opens: it is the key that counts.
    let mut own = None;
    for key in &keys {
        let answer = put_back(&tenant.tenant_id, &row, Some(key)).await;
        if answer["result"].is_object() {
            own = Some(key);
        }
    }
    let own = own.expect("with its erasure key it opens");

    let destroyed = destroy(&tenant, &tenant.tenant_id).await;
    assert_eq!(destroyed.status(), 200);
    let destroyed: Value = destroyed.json().await.unwrap();
    assert_eq!(
        destroyed,
        json!({ "erasure_generation": 1, "connections": [connection] })
    );
    assert!(!answers(&tenant).await, "the next call has no credentials");

    // The key is in no file any more, journals and free pages included.
    let after = Databases::copy(dev());
    let secret = own.split_once('.').unwrap().1;
    assert!(before.contain(secret), "it was there");
    assert!(!after.contain(secret), "it is gone");
    for key in after.erasure_keys().iter().map(Some).chain([None]) {
        let answer = put_back(&tenant.tenant_id, &row, key).await;
        assert_eq!(answer["error"]["code"], "sealed", "{answer}");
    }

    // The connection keeps its name; other credentials make it work again.
    let shown = tenant.get(&format!("connections/{connection}")).await;
    assert_eq!(shown["name"], "main", "{shown}");
    let again = tenant
        .change(
            Method::PUT,
            &format!("connections/{connection}/credentials"),
            &format!("connections/{connection}"),
            json!({ "credentials": { "token": "right" } }),
        )
        .await;
    assert_eq!(again.status(), 200);
    assert!(answers(&tenant).await);
    let vault = tenant.get("vault").await;
    assert_eq!(vault["data_keys"][0]["erasure_generation"], 2, "{vault}");
    for key in Databases::copy(dev()).erasure_keys() {
        let answer = put_back(&tenant.tenant_id, &row, Some(&key)).await;
        assert_eq!(answer["error"]["code"], "sealed", "{answer}");
    }

    let log = tenant.log(1).await;
    let is_it = |entry: &&Value| entry["action"] == "vault.destroy";
    let outcomes: Vec<_> = log.iter().filter(is_it).map(|it| &it["outcome"]).collect();
    assert_eq!(outcomes.len(), 2, "{log:?}");
}

#[tokio::test]
async fn destroying_twice_destroys_once() {
    let tenant = Tenant::create("free").await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    for expected in [json!(1), Value::Null] {
        let destroyed: Value = destroy(&tenant, &tenant.tenant_id)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(destroyed["erasure_generation"], expected, "{destroyed}");
    }
    let vault = tenant.get("vault").await;
    assert_eq!(vault["data_keys"], json!([]));
}
