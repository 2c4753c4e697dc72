//! Personal data under other names: an assistant can use a number that it never saw.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Tenant, call_tool};

/// A query whose answer is this number, which does not stand in it.
const NUMBER: &str = "select '+25472' || '2903118' as phone";
const OTHER_NUMBER: &str = "select '+25473' || '3415926' as phone";

async fn keeping_numbers_back() -> Tenant {
    let tenant = Tenant::connected("business").await;
    let kinds = json!({ "phone": "pseudonymise", "name": "redact" });
    tenant
        .guard(json!({ "personal_data": { "kinds": kinds } }))
        .await;
    tenant
}

/// The one value that a query gives.
async fn value(key: &str, sql: &str) -> Value {
    let answer = call_tool(key, "postgres_query", &json!({ "sql": sql })).await;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(status, 200, "{body}");
    body["result"]["rows"][0][0].clone()
}

/// How long a text is in the database: what really got there.
async fn length(key: &str, text: &str) -> Value {
    value(key, &format!("select length('{text}') as n")).await
}

#[tokio::test]
async fn an_assistant_uses_a_number_that_it_never_saw() {
    let tenant = keeping_numbers_back().await;
    let key = tenant.key("manager").await.token;
    assert_eq!(value(&key, NUMBER).await, "<phone_1>");
    assert_eq!(value(&key, OTHER_NUMBER).await, "<phone_2>");
    assert_eq!(value(&key, NUMBER).await, "<phone_1>", "the same value");
    // What gets to the system is the number.
    assert_eq!(length(&key, "<phone_1>").await, "+254722903118".len());
    let echoed = call_tool(&key, "crm_echo", &json!({ "text": "Call <phone_1>" })).await;
    let echoed: Value = echoed.json().await.unwrap();
    assert_eq!(echoed["result"]["text"], "Call <phone_1>");
    // One that stands for nothing gets there as it is.
    assert_eq!(length(&key, "<phone_9>").await, "<phone_9>".len());
}

#[tokio::test]
async fn a_name_is_one_keys() {
    let tenant = keeping_numbers_back().await;
    let (key, other) = (
        tenant.key("manager").await.token,
        tenant.key("manager").await.token,
    );
    assert_eq!(value(&key, NUMBER).await, "<phone_1>");
    assert_eq!(length(&other, "<phone_1>").await, "<phone_1>".len());
    assert_eq!(value(&other, OTHER_NUMBER).await, "<phone_1>");
    let strangers = keeping_numbers_back().await;
    assert_eq!(
        length(&strangers.admin, "<phone_1>").await,
        "<phone_1>".len()
    );
}

#[tokio::test]
async fn what_is_redacted_is_gone_and_the_log_has_neither() {
    let tenant = keeping_numbers_back().await;
    let key = tenant.key("manager").await.token;
    let found = call_tool(&key, "crm_find_contact", &json!({ "name": "wanjiru" })).await;
    let found: Value = found.json().await.unwrap();
    let text = found.to_string();
    assert!(text.contains("[redacted:name"), "{text}");
    assert!(!text.contains("Grace Wanjiru"), "{text}");
    value(&key, NUMBER).await;
    let says = |log: &[Value]| log.iter().any(|entry| entry["tool"] == "postgres_query");
    let log = Value::from(tenant.log_until(says).await).to_string();
    assert!(!log.contains("2903118") && !log.contains("Grace"), "{log}");
}

#[tokio::test]
async fn a_name_is_forgotten_when_its_time_is_over() {
    let tenant = keeping_numbers_back().await;
    tenant
        .guard(json!({ "personal_data": { "pseudonym_minutes": 1 } }))
        .await;
    let key = tenant.key("manager").await.token;
    assert_eq!(value(&key, NUMBER).await, "<phone_1>");
    assert_eq!(length(&key, "<phone_1>").await, "+254722903118".len());
    tokio::time::sleep(Duration::from_secs(65)).await;
    assert_eq!(length(&key, "<phone_1>").await, "<phone_1>".len());
}
