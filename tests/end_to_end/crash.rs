//! A crash loses no intent: what was answered is in the log afterwards.

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{Tenant, database, dev, free_port, http, start_own_stack, tool_call};

/// So many call at once.
const CALLERS: usize = 40;
/// So many calls are answered before the kill.
const ANSWERED_BEFORE: usize = 40;

/// Kills workerd with SIGKILL while calls come without end, starts again on the
/// same data, and looks for each call that was answered.
#[tokio::test(flavor = "multi_thread")]
async fn every_answered_call_is_in_the_log_after_a_kill() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = std::env::temp_dir().join(format!("lango-crash-{}", std::process::id()));
    let (tenant, answered) = {
        let mut stack = start_own_stack(&data, free_port());
        let dev = &stack.dev;
        let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "enterprise").await;
        tenant
            .connect("postgres", database(&dev.database_url))
            .await;
        let answered = answered_until_killed(&dev.mcp_url, &tenant.admin, dev.workerd_pid).await;
        stack.wait();
        (tenant, answered)
    };
    assert!(answered.len() >= ANSWERED_BEFORE, "{}", answered.len());

    let stack = start_own_stack(&data, free_port());
    let tenant = tenant.on(&stack.dev.url);
    let missing = missing_from_log(&tenant, &answered).await;
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
    assert!(
        missing.is_empty(),
        "{} answered calls are not in the log",
        missing.len()
    );
}

/// Gives the digests of the arguments of every call that was answered.
async fn answered_until_killed(url: &str, key: &str, workerd: i32) -> BTreeSet<String> {
    let answered: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (url, key) = (url.to_owned(), key.to_owned());
            tokio::spawn(call_until_killed(caller, url, key, Arc::clone(&answered)))
        })
        .collect();
    while answered.lock().unwrap().len() < ANSWERED_BEFORE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Command::new("kill")
        .args(["-KILL", &workerd.to_string()])
        .status()
        .unwrap();
    for caller in callers {
        caller.await.unwrap();
    }
    let answered = answered.lock().unwrap();
    answered.clone()
}

/// One call after the other, each with arguments of its own, until none is
/// answered any more.
async fn call_until_killed(
    caller: usize,
    url: String,
    key: String,
    answered: Arc<Mutex<BTreeSet<String>>>,
) {
    let client = http();
    for number in 0.. {
        let arguments = json!({ "sql": format!("select {caller} as c, {number} as n") });
        let body = tool_call("postgres_query", arguments.clone());
        let request = client.post(&url).bearer_auth(&key).json(&body);
        let Ok(response) = request.send().await else {
            return;
        };
        let Ok(answer) = response.json::<Value>().await else {
            return;
        };
        if answer["result"].is_object() {
            let digest = lango_audit_log::arguments_digest(&arguments);
            answered.lock().unwrap().insert(digest);
        }
    }
}

/// What is still missing once the log stops growing: intents without an outcome
/// are settled as unknown after a minute.
async fn missing_from_log(tenant: &Tenant, answered: &BTreeSet<String>) -> BTreeSet<String> {
    let mut missing = answered.clone();
    for _ in 0..90 {
        for entry in tenant.log(0).await {
            if let Some(digest) = entry["arguments_sha256"].as_str() {
                missing.remove(digest);
            }
        }
        if missing.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    missing
}
