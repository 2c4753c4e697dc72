//! Layer 3: a rate that is kept, and an intent for everything.

use serde_json::json;

use crate::support::{Tenant, call, post, rpc, tool_call};

/// The free plan: a burst of ten, one that waits two seconds, then 429.
#[tokio::test]
async fn over_the_rate_a_call_waits_and_then_is_refused() {
    let tenant = Tenant::connected("free").await;
    let key = tenant.key("viewer").await.token;
    let echo = tool_call("crm_echo", json!({ "text": "jambo" }));
    let calls = (0..14).map(|_| post(&key, &echo));
    let answers = futures_util::future::join_all(calls).await;

    let (passed, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| answer.status() == 200);
    assert_eq!(passed.len(), 11, "ten at once, one after a wait");
    assert_eq!(refused.len(), 3);
    for answer in refused {
        assert_eq!(answer.status(), 429);
        let field = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let later: u64 = field("retry-after").parse().unwrap();
        assert!((1..=6).contains(&later), "{later}");
        assert!(
            field("ratelimit").starts_with("\"key\";r=0;t="),
            "{}",
            field("ratelimit")
        );
        assert_eq!(field("ratelimit-policy"), "\"key\";q=30;w=60");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["data"]["code"], "rate_limited");
        assert_eq!(body["error"]["data"]["retry_after"], later);
    }

    // Nothing is dropped: what was received is in the log, admitted or refused.
    // Two connections and a key were made before.
    let log = tenant.log(14 + 3).await;
    let calls: Vec<_> = log.iter().filter(|entry| entry["kind"] == "call").collect();
    let with = |status: &str| {
        calls
            .iter()
            .filter(|it| it["outcome"]["status"] == status)
            .count()
    };
    assert_eq!(
        (calls.len(), with("succeeded"), with("denied")),
        (14, 11, 3)
    );
}

#[tokio::test]
async fn a_handshake_costs_no_calls() {
    let tenant = Tenant::connected("free").await;
    let key = tenant.key("viewer").await.token;
    for _ in 0..20 {
        assert_eq!(
            post(&key, &rpc("tools/list", json!({}))).await.status(),
            200
        );
    }
    assert_eq!(
        call(&key, "crm_echo", json!({ "text": "jambo" })).await.0,
        200
    );
}

#[tokio::test]
async fn lists_have_a_rate_of_their_own() {
    let tenant = Tenant::create("free").await;
    let key = tenant.key("viewer").await.token;
    let lists = (0..60).map(|_| async {
        post(&key, &rpc("tools/list", json!({})))
            .await
            .status()
            .as_u16()
    });
    let statuses = futures_util::future::join_all(lists).await;
    assert!(
        statuses.contains(&200) && statuses.contains(&429),
        "{statuses:?}"
    );
}
