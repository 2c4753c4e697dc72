//! A flood of requests that nobody signed: refused before any object is created.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use crate::support::{dev, free_port, http, rpc, start_own_stack_with};

/// As the stack of the test is told.
const FAILURES: usize = 20;
/// Where the stack takes the address of a client from.
const FIELD: &str = "X-Test-Address";
/// The objects that a request could address.
const CLASSES: [&str; 6] = [
    "KeyGate",
    "OauthGrant",
    "SignInGuard",
    "McpSession",
    "McpTask",
    "TenantLife",
];

/// How many objects of each class have a database.
fn objects(state: &Path) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(state).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if CLASSES.iter().any(|class| name.contains(class)) {
            let files = std::fs::read_dir(&path).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            found.insert(name, names.filter(|name| name.ends_with(".sqlite")).count());
        }
    }
    found
}

async fn initialize(url: &str, key: &str, address: &str) -> reqwest::Response {
    http()
        .post(format!("{url}/mcp"))
        .bearer_auth(key)
        .header("Accept", "application/json, text/event-stream")
        .header(FIELD, address)
        .json(&rpc("tools/list", json!({})))
        .send()
        .await
        .unwrap()
}

/// Another signature on a real key: everything else of it is right.
fn forged(key: &str, number: usize) -> String {
    let (signed, signature) = key.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    format!("{signed}.{}{}", &turned[1..], number % 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_refused_and_creates_no_object() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = std::env::temp_dir().join(format!("lango-flood-{}", std::process::id()));
    let options = [
        "--var",
        &format!("LANGO_CLIENT_ADDRESS=header:{FIELD}"),
        "--var",
        &format!("LANGO_FAILURES_PER_MINUTE={FAILURES}"),
    ];
    let stack = start_own_stack_with(&data, free_port(), &options, &[]);
    let (url, key) = (stack.dev.url.as_str(), stack.dev.key("viewer"));
    let good = initialize(url, key, "192.0.2.1").await;
    assert_eq!(good.status(), 200);
    let before = objects(&data.join("state"));
    assert!(
        before.keys().any(|name| name.contains("KeyGate")),
        "{before:?}"
    );

    // One address, keys without end: made up, and forged.
    let (mut refused, mut turned_away) = (0, 0);
    for number in 0..3 * FAILURES {
        let key = match number % 2 {
            0 => format!("made-up-{number}"),
            _ => forged(key, number),
        };
        let answer = initialize(url, &key, "192.0.2.9").await;
        match answer.status().as_u16() {
            401 => refused += 1,
            429 => {
                turned_away += 1;
                let later = answer.headers()["retry-after"].to_str().unwrap();
                assert!((1..=60).contains(&later.parse::<u32>().unwrap()), "{later}");
                let body: Value = answer.json().await.unwrap();
                assert_eq!(body["jsonrpc"], "2.0", "{body}");
                assert_eq!(body["error"]["data"]["code"], "too_many_failures");
            }
            other => panic!("{other}"),
        }
    }
    // A minute may end between two of them.
    assert!((FAILURES..=2 * FAILURES).contains(&refused), "{refused}");
    assert_eq!(refused + turned_away, 3 * FAILURES);
    // Over plain HTTP it is a problem document.
    let answer = http()
        .get(format!("{url}/v1/tools"))
        .bearer_auth("made-up")
        .header(FIELD, "192.0.2.9")
        .send();
    let problem: Value = answer.await.unwrap().json().await.unwrap();
    assert_eq!(problem["code"], "too_many_failures", "{problem}");

    // Many addresses, each with a key of its own.
    for batch in 0..20_u8 {
        let flood = (0..50_u8).map(|number| async move {
            let (key, address) = (
                format!("key-{batch}-{number}"),
                format!("198.51.{batch}.{number}"),
            );
            initialize(url, &key, &address).await.status().as_u16()
        });
        let statuses = futures_util::future::join_all(flood).await;
        assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    }
    // Whoever has a key passes, from the address of the flood too.
    assert_eq!(initialize(url, key, "192.0.2.9").await.status(), 200);
    let after = objects(&data.join("state"));
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
    assert_eq!(after, before);
}
