//! People's tokens are sealed under the tenant's data key: they move with it, also those
//! that are on their way, and they end with the erasure key.

use std::time::{Duration, Instant};

use ::http::Method;
use serde_json::{Value, json};

use crate::support::{Delegated, delegated_credentials, text};

async fn rotated(system: &Delegated, version: u32) {
    let request = system.tenant.admin(Method::POST, "vault/rotate");
    let rotate = request.json(&json!({ "connector": "mcp" }));
    let response = rotate.send().await.unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let begun = Instant::now();
    loop {
        let vault = system.tenant.get("vault").await;
        let keys = vault["data_keys"].as_array().unwrap();
        let is_done = keys.len() == 1 && keys[0]["version"] == version;
        if is_done && vault["rotating_since"].is_null() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{vault}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn tokens_move_with_the_data_key() {
    let system = Delegated::new("standard").await;
    let other = system.person("manager").await;
    system.connect(&other).await;
    let (first, second) = (
        system.whoami(&system.first).await,
        system.whoami(&other).await,
    );
    rotated(&system, 2).await;
    // What was sealed under the old one is used up now, under a strict server.
    system.end_access().await;
    assert_eq!(system.whoami(&system.first).await, first);
    assert_eq!(system.whoami(&other).await, second);

    // A request is on its way while the key is rotated: what it brings is sealed too.
    system.rules(json!({ "pause_ms": 3_000 })).await;
    system.end_access().await;
    let (person, ()) = tokio::join!(system.whoami(&system.first), rotated(&system, 3));
    assert_eq!(person, first);
    system.rules(json!({ "pause_ms": 0 })).await;
    for _ in 0..2 {
        system.end_access().await;
        assert_eq!(system.whoami(&system.first).await, first);
        assert_eq!(system.whoami(&other).await, second);
    }
    let seen = system.seen().await;
    assert_eq!(
        (&seen["reused"], &seen["refused"]),
        (&json!(0), &json!(0)),
        "{seen}"
    );
}

#[tokio::test]
async fn tokens_end_with_the_erasure_key() {
    let system = Delegated::new("standard").await;
    let person = system.whoami(&system.first).await;
    let confirm = json!({ "tenant_id": system.tenant.tenant_id });
    let request = system.tenant.admin(Method::POST, "vault/destroy");
    let destroyed = request.json(&confirm).send().await.unwrap();
    assert_eq!(
        destroyed.status(),
        200,
        "{}",
        destroyed.text().await.unwrap()
    );
    let body = system.call(&system.first.key.token, "whoami").await;
    assert!(!body.to_string().contains(&person), "{body}");

    let path = format!("connections/{}/credentials", system.connection);
    let credentials = delegated_credentials(&system.world, "standard");
    let set = system
        .tenant
        .admin(Method::PUT, &path)
        .header("If-Match", "*")
        .json(&json!({ "credentials": credentials }))
        .send()
        .await
        .unwrap();
    assert!(set.status().is_success(), "{}", set.text().await.unwrap());
    // An isolate may keep an access token for a minute: the system takes it no more.
    system.end_access().await;
    let words = text(&system.call(&system.first.key.token, "whoami").await);
    assert!(words.contains("not connected"), "{words}");
    let accounts: Value = system.accounts().await;
    assert_eq!(accounts["items"], json!([]), "{accounts}");
    system.connect(&system.first).await;
    assert!(system.whoami(&system.first).await.starts_with("person-"));
}
