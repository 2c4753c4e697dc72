//! `GET /metrics`: numbers that a Prometheus parser reads, and that add up with the log.

use prometheus_parse::{Sample, Scrape, Value};

use crate::support::{Tenant, assert_problem, call_tool, dev, http, post, tool_call};

async fn scrape(token: &str) -> Vec<Sample> {
    let request = http().get(format!("{}/metrics", dev().url));
    let response = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let media_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        media_type.starts_with("text/plain; version=0.0.4"),
        "{media_type}"
    );
    let text = response.text().await.unwrap();
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    Scrape::parse(lines).unwrap().samples
}

fn value(sample: &Sample) -> f64 {
    match sample.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => value,
        _ => 0.0,
    }
}

fn sum(samples: &[Sample], name: &str, is_it: impl Fn(&Sample) -> bool) -> f64 {
    let of_name = samples.iter().filter(|sample| sample.metric == name);
    of_name.filter(|sample| is_it(sample)).map(value).sum()
}

#[tokio::test]
async fn nobody_reads_the_numbers_without_the_token() {
    let Some(token) = dev().metrics_token.as_deref() else {
        return;
    };
    let url = format!("{}/metrics", dev().url);
    for shown in ["", "wrong", &dev().platform_admin, &token[1..]] {
        let refused = http().get(&url).bearer_auth(shown).send().await.unwrap();
        assert_problem(refused, 401, "metrics_token").await;
    }
    let refused = http()
        .post(&url)
        .bearer_auth(token)
        .json(&())
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 405);
}

#[tokio::test]
async fn the_numbers_add_up_with_the_log() {
    let Some(token) = dev().metrics_token.as_deref() else {
        return;
    };
    let tenant = Tenant::connected("business").await;
    let viewer = tenant.key("viewer").await;
    for _ in 0..3 {
        let arguments = serde_json::json!({ "sql": "SELECT 1" });
        let answer = call_tool(&viewer.token, "postgres_query", &arguments).await;
        assert_eq!(answer.status(), 200);
    }
    for _ in 0..2 {
        let refused = call_tool(&viewer.token, "crm_refund_order", &serde_json::json!({})).await;
        assert!(refused.status().is_client_error());
    }
    let is_call = |entry: &serde_json::Value| entry["kind"] == "call";
    let has_calls = |log: &[serde_json::Value]| log.iter().filter(|it| is_call(it)).count() >= 5;
    let of_tenant = |sample: &Sample| sample.labels.get("tenant") == Some(&tenant.tenant_id);
    let (mut samples, mut entries, mut counted) = (Vec::new(), 0.0, -1.0);
    for _ in 0..60 {
        entries = tenant.log_until(has_calls).await.len() as f64;
        samples = scrape(token).await;
        counted = sum(&samples, "lango_tenant_records_total", of_tenant);
        if (counted - entries).abs() < 0.1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    assert!((counted - entries).abs() < 0.1, "{counted} of {entries}");

    // In one scrape everything adds up: all tenants' records are all calls, and every
    // denied one has a layer and a code.
    let all = sum(&samples, "lango_calls_total", |_| true);
    let tenants = sum(&samples, "lango_tenant_records_total", |_| true);
    assert!(all >= tenants && tenants >= counted, "{all} and {tenants}");
    let denied = |sample: &Sample| sample.labels.get("status") == Some("denied");
    let refusals = sum(&samples, "lango_refusals_total", |_| true);
    assert!((sum(&samples, "lango_calls_total", denied) - refusals).abs() < 0.1);
    let reached = samples.iter().filter_map(|sample| match &sample.value {
        Value::Histogram(buckets) => buckets.last(),
        _ => None,
    });
    assert!(reached.map(|bucket| bucket.count).sum::<f64>() >= 3.0);
    assert!(sum(&samples, "lango_tenants_reporting", |_| true) >= 1.0);
}

/// Nothing is dropped silently: of a burst, what was admitted at once, after a wait, and
/// refused makes up what was received; and the log has as many of each.
#[tokio::test]
async fn a_burst_is_counted_to_the_last_call() {
    const BURST: usize = 14;
    let Some(token) = dev().metrics_token.as_deref() else {
        return;
    };
    let tenant = Tenant::connected("free").await;
    let key = tenant.key("viewer").await;
    let echo = tool_call("crm_echo", serde_json::json!({ "text": "jambo" }));
    let calls = (0..BURST).map(|_| post(&key.token, &echo));
    let answers = futures_util::future::join_all(calls).await;
    let refused = answers.iter().filter(|it| it.status() == 429).count();
    assert!((1..BURST).contains(&refused), "{refused}");

    let is_ours = |entry: &serde_json::Value| entry["key_id"] == *key.key_id;
    let ours = |log: &[serde_json::Value]| log.iter().filter(|it| is_ours(it)).count();
    let log = tenant.log_until(|log| ours(log) >= BURST).await;
    let of_gate = |entry: &serde_json::Value| entry["outcome"]["denied"]["layer"] == "admission";
    let refused_in_log = log.iter().filter(|it| of_gate(it)).count();
    assert_eq!(refused_in_log, refused, "{log:?}");
    // The others are of the tenant's admin, whose gate has counted them too.
    let of_gates = log.len();

    let of_tenant = |sample: &Sample| sample.labels.get("tenant") == Some(&tenant.tenant_id);
    let count = |samples: &[Sample], name: &str, end: Option<&str>| {
        let is_it = |sample: &Sample| of_tenant(sample) && sample.labels.get("end") == end;
        sum(samples, name, is_it) as usize
    };
    let (received, ends) = (
        "lango_tenant_admission_received_total",
        "lango_tenant_admission_ends_total",
    );
    let mut samples = Vec::new();
    for _ in 0..60 {
        samples = scrape(token).await;
        if count(&samples, received, None) >= of_gates {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    assert_eq!(count(&samples, received, None), of_gates, "{log:?}");
    let [admitted, queued, turned_away] =
        ["admitted", "queued", "refused"].map(|end| count(&samples, ends, Some(end)));
    assert_eq!(admitted + queued + turned_away, of_gates);
    assert_eq!(turned_away, refused);
    assert!(queued >= 1, "one waits for its turn");
    let all = |name| sum(&samples, name, |_| true);
    let difference = all("lango_admission_received_total") - all("lango_admission_ends_total");
    assert!(difference.abs() < 0.1, "{difference}");
}
