//! Layer 7: no secret leaves, hostile text is marked, and it is recorded.

use std::collections::BTreeMap;

use serde_json::json;
use walkdir::WalkDir;

use crate::support::{Tenant, call, dev, traps};

/// The traps that are secrets; the others (a phone number, an M-Pesa code) are
/// personal data, which a later layer of policy treats.
async fn secrets() -> BTreeMap<&'static str, &'static str> {
    let traps = traps().await;
    ["api_key", "password", "kra_pin"]
        .into_iter()
        .map(|name| (name, traps[name].as_str()))
        .collect()
}

#[tokio::test]
async fn the_secrets_in_the_demo_database_are_stripped() {
    let sql = "select body from customer_notes order by id";
    let (_, body) = call(dev().key("viewer"), "postgres_query", json!({ "sql": sql })).await;
    let text = body.to_string();
    for (name, secret) in secrets().await {
        assert!(!text.contains(secret), "{name} was released");
    }
    assert!(text.contains("[redacted:"), "{}", &text[..500]);
    let rows = body["result"]["structuredContent"]["rows"]
        .as_array()
        .unwrap();
    assert!(
        rows.iter()
            .any(|row| row[0].as_str().unwrap().contains("portal"))
    );
}

#[tokio::test]
async fn a_secret_in_an_error_is_stripped() {
    let secret = secrets().await["api_key"];
    let arguments = json!({ "code": "rejected", "message": format!("bad key {secret}") });
    let (_, body) = call(dev().key("viewer"), "crm_fail", arguments).await;
    assert!(!body.to_string().contains(secret), "{body}");
}

#[tokio::test]
async fn hostile_text_is_marked_as_data() {
    let subject = &traps().await["mail_subject"];
    let sql = "select subject from emails order by id";
    let (_, body) = call(dev().key("viewer"), "postgres_query", json!({ "sql": sql })).await;
    let marks = body["result"]["_meta"]["dev.lango/marks"]
        .as_array()
        .unwrap()
        .clone();
    let rows = body["result"]["structuredContent"].clone();
    let marked: Vec<_> = marks
        .iter()
        .map(|mark| rows.pointer(mark["place"].as_str().unwrap()).unwrap())
        .collect();
    let marked: std::collections::BTreeSet<_> = marked
        .into_iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    assert!(
        marked.iter().any(|text| {
            text.starts_with("[untrusted data ") && text.contains(subject.as_str())
        }),
        "{marked:?}"
    );
    assert!(
        marked.len() <= 3,
        "ordinary subjects are not marked: {marked:?}"
    );
    let warning = body["result"]["content"][0]["text"].as_str().unwrap();
    assert!(warning.starts_with("Warning from Lango"), "{warning}");
}

#[tokio::test]
async fn the_log_counts_what_was_taken_out_and_marked() {
    let tenant = Tenant::connected("business").await;
    let text = format!("the key is {}", secrets().await["api_key"]);
    let arguments = json!({ "code": "rejected", "message": text });
    call(&tenant.admin, "crm_fail", arguments).await;
    let log = tenant.log(3).await;
    assert_eq!(log[0]["tool"], "crm_fail");
    assert_eq!(log[0]["outcome"]["redactions"], 1, "{}", log[0]);
}

/// After everything above: in no file of the deployment, logs and databases
/// included, and nowhere in the runtime's output, which is one of them. Only the
/// business's own database has its secrets.
#[tokio::test]
async fn no_stripped_secret_is_on_disk() {
    let sql = "select body from customer_notes order by id";
    call(dev().key("admin"), "postgres_query", json!({ "sql": sql })).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let own = ["postgres", "mariadb", "dev.json"];
    let is_own = |path: &std::path::Path| {
        let first = path
            .strip_prefix(&dev().folder)
            .unwrap()
            .components()
            .next();
        first.is_some_and(|first| own.iter().any(|name| first.as_os_str() == *name))
    };
    let mut searched = 0;
    for entry in WalkDir::new(&dev().folder)
        .into_iter()
        .filter_map(Result::ok)
    {
        if !entry.file_type().is_file() || is_own(entry.path()) {
            continue;
        }
        let content = std::fs::read(entry.path()).unwrap_or_default();
        searched += content.len();
        for (name, secret) in secrets().await {
            let found = content
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{name} is in {}", entry.path().display());
        }
    }
    assert!(
        searched > 100_000,
        "the search must have seen the databases: {searched} bytes"
    );
}
