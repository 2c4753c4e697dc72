//! A crash loses no intent: what was answered is in the log afterwards.

use std::{collections::BTreeSet, process::Command, time::Duration};

use serde_json::{Value, json};

use crate::support::{Tenant, database, dev, http, start_own_stack, tool_call};

/// Kills workerd with SIGKILL while 200 calls are on their way, starts again on
/// the same data, and looks for each call that was answered.
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
    assert!(
        (1..200).contains(&answered.len()),
        "{} answered before the kill",
        answered.len()
    );

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
    let client = http();
    let calls = (0..200).map(|number| {
        let (client, url, key) = (client.clone(), url.to_owned(), key.to_owned());
        tokio::spawn(async move {
            let arguments = json!({ "sql": format!("select {number} as n, pg_catalog.now()") });
            let body = tool_call("postgres_query", arguments.clone());
            let response = client
                .post(url)
                .bearer_auth(key)
                .json(&body)
                .send()
                .await
                .ok()?;
            let answer: Value = response.json().await.ok()?;
            answer["result"]
                .is_object()
                .then(|| lango_audit_log::arguments_digest(&arguments))
        })
    });
    let calls: Vec<_> = calls.collect();
    while calls.iter().filter(|call| call.is_finished()).count() < 20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Command::new("kill")
        .args(["-KILL", &workerd.to_string()])
        .status()
        .unwrap();
    let mut answered = BTreeSet::new();
    for call in calls {
        answered.extend(call.await.unwrap());
    }
    answered
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

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
