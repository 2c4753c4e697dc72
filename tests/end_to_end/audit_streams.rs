//! A tenant's audit log reaches its SIEM: each receiver keeps to its vendor's rules.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::support::{
    Tenant, dev, post, rpc,
    siem::{Answered, Asked, Receiver, Streamed, Taken, fit_the_schema, index_of},
};

const ROLES: usize = 8;
const TOKEN: &str = "b29ca0f6-b4a8-4e1c-8a0e-5d5a6ff7d1a1";

fn keep(taken: &mut Taken, event: &Value) {
    taken.indexes.extend(index_of(event));
    taken.events.push(event.clone());
}

/// Splunk's HTTP Event Collector, with or without acknowledgements. The first `busy`
/// requests find it busy; an acknowledgement takes a second question.
fn splunk(acks: bool, busy: usize) -> impl Fn(&Asked, &mut Taken) -> Answered + Send + Sync {
    let asked_for: Arc<Mutex<BTreeMap<u64, u32>>> = Arc::default();
    let says = |status, code: u32| Answered::json(status, &json!({"text": "words", "code": code}));
    move |asked, taken| {
        match asked.field("authorization").strip_prefix("Splunk ") {
            None => return says(401, 2),
            Some(token) if token != TOKEN => return says(403, 4),
            Some(_) => {}
        }
        let channel = asked.field("x-splunk-request-channel");
        if acks && channel.len() != 36 {
            return says(400, 10);
        }
        if asked.path == "/services/collector/ack" {
            let wanted = asked.json()["acks"][0].as_u64().unwrap();
            let mut asked_for = asked_for.lock().unwrap();
            let times = asked_for.entry(wanted).or_default();
            *times += 1;
            return Answered::json(200, &json!({"acks": {wanted.to_string(): *times > 1}}));
        }
        if asked.path != "/services/collector/event" {
            return Answered::of(404, "");
        }
        if asked.body.is_empty() {
            return says(400, 5);
        }
        if taken.asked <= busy {
            return says(503, 9);
        }
        let Some(events) = asked.lines() else {
            return says(400, 6);
        };
        for one in &events {
            if one.get("event").is_none() {
                return says(400, 12);
            }
            let is_flat = one["fields"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_string);
            if one["time"].as_f64().is_none() || !is_flat {
                taken.broken.push(one.to_string());
            }
            keep(taken, &one["event"]);
        }
        let id = u64::try_from(taken.asked).unwrap();
        match acks {
            true => Answered::json(200, &json!({"text": "Success", "code": 0, "ackId": id})),
            false => says(200, 0),
        }
    }
}

fn splunk_at(receiver: &Receiver, acks: &str) -> Value {
    json!({"receiver": "splunk", "url": receiver.url, "token": TOKEN, "acknowledgements": acks})
}

#[tokio::test(flavor = "multi_thread")]
async fn splunk_has_every_entry_once_it_has_acknowledged_it() {
    let receiver = Receiver::start(splunk(true, 2)).await;
    let stream = Streamed::to(splunk_at(&receiver, "yes"), "ocsf").await;
    stream.make_roles(0..ROLES).await;
    receiver.has_roles(ROLES).await;
    let last = receiver.taken(|taken| *taken.indexes.last().unwrap());
    let standing = stream
        .until(|it| it["position"].as_u64() > Some(last))
        .await;
    assert_eq!(standing["dead_letters"], 0);
    receiver.taken(fit_the_schema);
    // The receiver says who did what, and nothing that nobody could take out again.
    let text = receiver.taken(|taken| json!(taken.events).to_string());
    assert!(text.contains(&stream.tenant.tenant_id));
    assert!(!text.contains(TOKEN) && !text.contains(&stream.tenant.admin));
}

#[tokio::test(flavor = "multi_thread")]
async fn elastic_tells_repeats_and_what_to_send_again() {
    let busy_with: Arc<Mutex<Option<u64>>> = Arc::new(Mutex::new(Some(3)));
    let receiver = Receiver::start(move |asked, taken| {
        if asked.field("authorization") != "ApiKey right" {
            return Answered::of(401, "");
        }
        if asked.path != "/logs-lango-audit/_bulk" {
            return Answered::of(404, "");
        }
        if asked.field("content-type") != "application/x-ndjson" {
            return Answered::of(406, "");
        }
        let Some(lines) = asked.lines().filter(|lines| !lines.is_empty()) else {
            return Answered::of(400, "The bulk request must be terminated by a newline");
        };
        let mut items = Vec::new();
        for pair in lines.chunks(2) {
            let id = pair[0]["create"]["_id"].as_str().unwrap_or_default();
            if id.is_empty() || pair[1]["@timestamp"].is_null() || pair[1]["ecs"].is_null() {
                return taken.breaks("a data stream takes create, with a timestamp");
            }
            let index = index_of(&pair[1]["ocsf"]).unwrap();
            let mut busy_with = busy_with.lock().unwrap();
            let status = if *busy_with == Some(index) {
                *busy_with = None;
                429
            } else if taken.indexes.contains(&index) {
                409
            } else {
                keep(taken, &pair[1]["ocsf"]);
                201
            };
            items.push(json!({"create": {"_id": id, "status": status}}));
        }
        let errors = items.iter().any(|item| item["create"]["status"] != 201);
        Answered::json(200, &json!({"took": 1, "errors": errors, "items": items}))
    })
    .await;
    let credentials = json!({"receiver": "elastic", "url": receiver.url, "token": "right",
        "index": "logs-lango-audit"});
    let tenant = Tenant::create("business").await;
    for number in 0..ROLES {
        let role = json!({ "role": format!("role-{number}"), "permissions": ["tool.read"] });
        tenant.create_at("roles", role).await;
    }
    tenant.log(ROLES).await;
    let stream = Streamed::of(tenant, credentials, "ocsf").await;
    receiver
        .until(|taken| taken.targets("role.create").len() >= ROLES && taken.indexes.contains(&3))
        .await;
    receiver.taken(|taken| {
        let mut indexes = taken.indexes.clone();
        indexes.sort_unstable();
        let once = indexes
            .clone()
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!(indexes.len(), once.len(), "each document once");
        assert_eq!(taken.broken, Vec::<String>::new());
        fit_the_schema(taken);
    });
    stream
        .until(|it| it["state"] == "streaming" && it["position"].as_u64() > Some(3))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn datadog_takes_arrays_within_its_limits() {
    let receiver = Receiver::start(|asked, taken| {
        if asked.path != "/api/v2/logs" {
            return Answered::of(404, "");
        }
        if asked.field("dd-api-key") != "right" {
            return Answered::of(403, "");
        }
        if taken.asked == 1 {
            return Answered::later(429);
        }
        let body = asked.json();
        let Some(items) = body.as_array() else {
            return taken.breaks("no array");
        };
        if items.len() > 1_000 || asked.body.len() > 5_000_000 {
            return Answered::of(413, "");
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis();
        for item in items {
            let age = now.saturating_sub(u128::from(item["timestamp"].as_u64().unwrap_or(0)));
            if item.to_string().len() > 1_000_000 || age > 18 * 3_600_000 {
                return taken.breaks("too large or too old");
            }
            for name in ["ddsource", "ddtags", "hostname", "service", "message"] {
                if !item[name].is_string() {
                    return taken.breaks(name);
                }
            }
            let event = serde_json::from_str(item["message"].as_str().unwrap()).unwrap();
            keep(taken, &event);
        }
        Answered::of(202, "{}")
    })
    .await;
    let credentials = json!({"receiver": "datadog", "url": receiver.url, "token": "right"});
    let stream = Streamed::to(credentials, "ocsf").await;
    stream.make_roles(0..ROLES).await;
    receiver.has_roles(ROLES).await;
    receiver.taken(fit_the_schema);
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinel_takes_rows_with_a_token_of_entra() {
    let receiver = Receiver::start(|asked, taken| {
        if asked.path == "/directory/oauth2/v2.0/token" {
            let form: BTreeMap<String, String> = url::form_urlencoded::parse(&asked.body)
                .into_owned()
                .collect();
            let is_right = form["grant_type"] == "client_credentials"
                && form["client_id"] == "app"
                && form["client_secret"] == "p&ss=word"
                && form["scope"] == "https://monitor.azure.com/.default";
            return match is_right {
                true => Answered::json(
                    200,
                    &json!({"access_token": "entra", "token_type": "Bearer", "expires_in": 3599}),
                ),
                false => Answered::of(401, ""),
            };
        }
        let place = "/dataCollectionRules/dcr-1/streams/Custom-Lango_CL?api-version=2023-01-01";
        if asked.path != place {
            return Answered::of(404, "");
        }
        if asked.field("authorization") != "Bearer entra" {
            return Answered::of(401, "");
        }
        if asked.body.len() > 1_048_576 {
            return Answered::of(413, "");
        }
        let body = asked.json();
        let Some(rows) = body.as_array() else {
            return taken.breaks("no array");
        };
        for row in rows {
            let columns = row.as_object().unwrap();
            if columns
                .values()
                .any(|value| value.to_string().len() > 65_536)
                || row["TimeGenerated"].as_str().is_none()
            {
                return taken.breaks("a column");
            }
            keep(taken, &row["Event"]);
        }
        Answered::of(204, "")
    })
    .await;
    let credentials = json!({"receiver": "sentinel", "url": receiver.url, "rule": "dcr-1",
        "stream": "Custom-Lango_CL", "client_id": "app", "client_secret": "p&ss=word",
        "token_url": format!("{}/directory/oauth2/v2.0/token", receiver.url)});
    let stream = Streamed::to(credentials, "ocsf").await;
    stream.make_roles(0..ROLES).await;
    receiver.has_roles(ROLES).await;
    receiver.taken(fit_the_schema);
}

/// Without a plan for it there is no stream; and no assistant sees a receiver.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_takes_the_business_plan_and_a_receiver() {
    let receiver = Receiver::start(splunk(false, 0)).await;
    let tenant = Tenant::create("starter").await;
    let connection = tenant.connect("siem", splunk_at(&receiver, "no")).await;
    let create = async |tenant: &Tenant, connection: &str| {
        let body = json!({"name": "x", "connection_id": connection});
        let request = tenant
            .admin(http::Method::POST, "audit/streams")
            .json(&body);
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    let (status, problem) = create(&tenant, &connection).await;
    assert_eq!(
        (status, &problem["code"]),
        (403, &json!("plan_required")),
        "{problem}"
    );

    let tools = post(&tenant.admin, &rpc("tools/list", json!({}))).await;
    let tools: Value = tools.json().await.unwrap();
    assert_eq!(tools["result"]["tools"], json!([]), "{tools}");

    let other = Tenant::connected("business").await;
    let database = other.connection_of("postgres").await;
    assert_eq!(create(&other, &database).await.0, 422);
    assert_eq!(create(&other, &connection).await.0, 422, "another tenant's");
    assert!(!dev().url.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_tested_without_sending_anything() {
    let receiver = Receiver::start(splunk(false, 0)).await;
    let right = Streamed::to(splunk_at(&receiver, "no"), "ocsf").await;
    let wrong = json!({"receiver": "splunk", "url": receiver.url, "token": "wrong"});
    let wrong = Streamed::to(wrong, "ocsf").await;
    for (stream, works) in [(&right, true), (&wrong, false)] {
        let path = format!("{}/test", stream.path);
        let request = stream
            .tenant
            .admin(http::Method::POST, &path)
            .json(&json!({}));
        let report: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(report["works"], works, "{report}");
    }
}
