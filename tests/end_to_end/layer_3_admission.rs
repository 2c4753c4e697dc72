//! Layer 3: a rate that is kept, and an intent for everything.

use std::collections::BTreeMap;

use lango_admission::{Gcra, Limited, Limits, Pace, Plan};
use serde_json::{Value, json};

use crate::support::{Platform, Tenant, call, call_tool, post, rpc, tool_call};

/// So many come at once.
const CROWD: usize = 1_000;

/// The moments at which the gate decided stand in the log. For each of them, as many
/// calls were admitted as the reference admits; nobody is missing.
#[tokio::test]
async fn a_thousand_calls_at_once_are_admitted_exactly() {
    let tenant = Tenant::connected("enterprise").await;
    let key = tenant.key("viewer").await;
    let echo = tool_call("crm_echo", json!({ "text": "jambo" }));
    let calls = (0..CROWD).map(|_| post(&key.token, &echo));
    let answers = futures_util::future::join_all(calls).await;
    let admitted = answers.iter().filter(|it| it.status() == 200).count();
    let refused = answers.iter().filter(|it| it.status() == 429).count();
    assert_eq!(admitted + refused, CROWD);

    let is_ours = |entry: &Value| entry["kind"] == "call" && entry["key_id"] == *key.key_id;
    let log = tenant
        .log_until(|log| log.iter().filter(|entry| is_ours(entry)).count() >= CROWD)
        .await;
    let mut decided: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for entry in log.iter().filter(|entry| is_ours(entry)) {
        let at = entry["time"].as_str().unwrap().to_owned();
        let (received, admitted) = decided.entry(at).or_default();
        *received += 1;
        *admitted += usize::from(entry["outcome"]["status"] != "denied");
    }
    let received: usize = decided.values().map(|(received, _)| received).sum();
    assert_eq!(received, CROWD, "each is in the log once");
    let mut reference = Limits {
        queue: Plan::Enterprise.queue(),
        key: Limited::new(Plan::Enterprise.calls(), Gcra::default()),
        tools: BTreeMap::new(),
        tenant: None,
    };
    for (at, (received, admitted)) in decided {
        let at_ms = chrono::DateTime::parse_from_rfc3339(&at).unwrap();
        let at_ms = u64::try_from(at_ms.timestamp_millis()).unwrap();
        let expected = (0..received)
            .map(|_| reference.take(None, at_ms).pace)
            .filter(|pace| !matches!(pace, Pace::Refused(_)));
        assert_eq!(admitted, expected.count(), "at {at}");
    }
}

async fn set_limits(tenant: &Tenant, limits: &Value) -> reqwest::Response {
    let request = tenant.admin(http::Method::PUT, "limits");
    let request = request.header("If-Match", "*").json(limits);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_tools_limit_and_the_tenants_hold_for_the_next_call() {
    let tenant = Tenant::connected("business").await;
    let (one, other) = (tenant.key("viewer").await, tenant.key("viewer").await);
    let echo = json!({ "text": "jambo" });
    let limits = json!({ "tools": { "crm_echo": { "per_minute": 1, "burst": 2 } } });
    assert_eq!(set_limits(&tenant, &limits).await.status(), 200);
    for expected in [200, 200, 429] {
        assert_eq!(call(&one.token, "crm_echo", echo.clone()).await.0, expected);
    }
    let refused = post(&one.token, &tool_call("crm_echo", echo.clone())).await;
    let field = refused.headers()["ratelimit-policy"].to_str().unwrap();
    assert_eq!(field, "\"tool\";q=1;w=60");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["data"]["limit"], "tool");
    assert_eq!(call(&other.token, "crm_echo", echo.clone()).await.0, 200);

    let limits = json!({ "tenant": { "per_minute": 1, "burst": 3 } });
    assert_eq!(set_limits(&tenant, &limits).await.status(), 200);
    let mut statuses = Vec::new();
    for key in [&one, &other, &one, &other] {
        statuses.push(call(&key.token, "crm_echo", echo.clone()).await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    let shown = tenant.get("limits").await;
    assert_eq!(shown["tenant"], limits["tenant"]);
    assert_eq!(shown["queue"], 20);
    assert_eq!(shown["tools"], json!({}));
}

#[tokio::test]
async fn the_platform_gives_a_tenant_another_rate() {
    let tenant = Tenant::connected("free").await;
    let key = tenant.key("viewer").await.token;
    let path = format!("tenants/{}/limits", tenant.tenant_id);
    let limits = json!({ "key": { "per_minute": 1, "burst": 1 } });
    let request = Platform::own().ask(http::Method::PUT, &path);
    let request = request.header("If-Match", "*").json(&limits);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let echo = json!({ "text": "jambo" });
    assert_eq!(call(&key, "crm_echo", echo.clone()).await.0, 200);
    assert_eq!(call(&key, "crm_echo", echo).await.0, 429);
    assert_eq!(tenant.get("limits").await["key"], limits["key"]);
}

#[tokio::test]
async fn limits_that_are_none_are_refused() {
    let tenant = Tenant::create("free").await;
    for unfit in [
        json!({ "tenant": { "per_minute": 0, "burst": 1 } }),
        json!({ "tools": { "": { "per_minute": 1, "burst": 1 } } }),
    ] {
        assert_eq!(set_limits(&tenant, &unfit).await.status(), 422);
    }
    let of_the_platform = json!({ "key": { "per_minute": 9, "burst": 9 } });
    assert_eq!(set_limits(&tenant, &of_the_platform).await.status(), 400);
}

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
        let body: Value = answer.json().await.unwrap();
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

/// What is left stands on admitted answers too, over both protocols.
#[tokio::test]
async fn an_admitted_call_says_what_is_left() {
    let tenant = Tenant::connected("free").await;
    let key = tenant.key("viewer").await.token;
    let fields = |answer: &reqwest::Response| {
        let field = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        (field("ratelimit"), field("ratelimit-policy"))
    };
    let echo = tool_call("crm_echo", json!({ "text": "jambo" }));
    let (left, policy) = fields(&post(&key, &echo).await);
    assert!(left.starts_with("\"key\";r=9;t="), "{left}");
    assert_eq!(policy, "\"key\";q=30;w=60");
    let answer = call_tool(&key, "crm_echo", &json!({ "text": "jambo" })).await;
    assert_eq!(answer.status(), 200);
    let (left, _) = fields(&answer);
    assert!(left.starts_with("\"key\";r=8;t="), "{left}");
    // Refused by a later layer: it was a call all the same.
    let refused = call_tool(&key, "crm_echo", &json!({ "words": "jambo" })).await;
    assert_eq!(refused.status(), 422);
    assert!(fields(&refused).0.starts_with("\"key\";r=7;t="));
    let listed = post(&key, &rpc("tools/list", json!({}))).await;
    assert!(listed.headers().get("ratelimit").is_none(), "it is no call");
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
