//! Where calls may run: what is promised, what is seen, and that nothing is opened where
//! it may not be. This machine states no site, so nothing shows that it is in Africa.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, connector::Connector, dev, http};

const CALL: &str = "/v1/call";

/// A tenant of the demo tools, and its connection.
async fn tenant() -> (Tenant, String) {
    let tenant = Tenant::create("business").await;
    let connection = tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    (tenant, connection)
}

async fn promise(tenant: &Tenant, residency: &str, enforcement: &str) {
    let body = json!({ "residency": residency, "enforcement": enforcement });
    let changed = tenant.patch("residency/promise", body).await;
    assert_eq!(changed.status(), 200);
}

/// A call with fields that a client may send.
async fn echo_with(tenant: &Tenant, url: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    let mut request = http()
        .post(format!("{url}/v1/tools/crm_echo"))
        .bearer_auth(&tenant.admin)
        .json(&json!({ "text": "habari" }));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn echo(tenant: &Tenant) -> reqwest::Response {
    echo_with(tenant, &dev().url, &[]).await
}

/// What the platform says of a request from here: plain workerd nothing, the stand-in of
/// `wrangler dev` that it hit Dallas.
fn seen_from_here() -> (Value, &'static str) {
    if dev().is_plain_workerd() {
        (json!({}), "unknown")
    } else {
        (json!({ "colo": "DFW (country not known)" }), "outside")
    }
}

/// The newest call of a tenant's log.
async fn last_call(tenant: &Tenant, at_least: usize) -> Value {
    let log = tenant.log(at_least).await;
    let call = log.into_iter().find(|entry| entry["kind"] == "call");
    call.unwrap()
}

/// A call whose credential opens under no key.
fn garbage(promise: Value) -> Value {
    let sealed = json!({ "nonce": "AAECAwQFBgcICQoL", "ciphertext": "AAECAwQFBgcICQoLDA0ODxAR" });
    json!({
        "call_id": "call_r", "tenant": "t_r", "connection": "c_r", "tool": "crm_echo",
        "arguments": { "text": "habari" }, "residency": promise,
        "data_key": {
            "version": 1, "key_encryption_key_version": 1,
            "nonce": "AAECAwQFBgcICQoL", "ciphertext": "AAECAwQFBgcICQoLDA0ODxAR",
        },
        "sealed": { "data_key_version": 1, "fields": { "token": sealed } },
        "limits": { "timeout_ms": 1000, "max_rows": 1, "max_bytes": 1000 },
    })
}

fn required(residency: &str, colo: Option<&str>) -> Value {
    let mut terms = json!({ "promise": { "residency": residency, "enforcement": "require" } });
    if let Some(colo) = colo {
        terms["colo"] = json!(colo);
    }
    terms
}

/// What a connector answers to that, with what its platform says.
async fn ask(terms: Value, platform: &[(&'static str, &str)]) -> (u16, Value) {
    let connector = Connector::of(dev(), "fixtures");
    let body = garbage(terms);
    let envelope = connector.enclose(CALL, &body);
    let mut fields = HeaderMap::new();
    for (name, value) in platform {
        fields.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let response = connector
        .send_with(CALL, &body, Some(&envelope), fields)
        .await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_promise_that_nothing_shows_to_be_kept_refuses_the_call() {
    let (tenant, connection) = tenant().await;
    assert_eq!(echo(&tenant).await.status(), 200);
    promise(&tenant, "country:KE", "require").await;
    let refused = assert_problem(echo(&tenant).await, 403, "residency").await;
    assert_eq!(refused["layer"], "connection");
    assert_eq!(refused["expected"], "country:KE");
    let (seen, verdict) = seen_from_here();
    assert_eq!(refused["seen"], seen);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("country:KE") && detail.contains("not opened"),
        "{detail}"
    );

    let logged = last_call(&tenant, 4).await;
    let denied = json!({ "layer": "connection", "code": "residency" });
    assert_eq!(logged["outcome"]["denied"], denied);
    let finding = &logged["outcome"]["residency"];
    assert_eq!(finding["residency"], "country:KE");
    assert_eq!(
        (&finding["enforcement"], &finding["verdict"]),
        (&json!("require"), &json!(verdict))
    );
    assert_eq!(
        finding["evidence"].as_object().unwrap().len(),
        seen.as_object().unwrap().len()
    );
    assert_eq!(logged["connection"], connection.as_str());

    // Taken back, it holds for the next call.
    promise(&tenant, "any", "prefer").await;
    assert_eq!(echo(&tenant).await.status(), 200);
}

#[tokio::test]
async fn nothing_is_opened_where_it_may_not_be() {
    if !dev().is_plain_workerd() {
        return;
    }
    // Nothing promised: the credential is opened, and does not open.
    let (status, answer) = ask(json!({}), &[]).await;
    assert_eq!((status, &answer["error"]["code"]), (200, &json!("sealed")));
    // Promised and not shown: nobody has tried to open it.
    let (status, answer) = ask(required("africa", None), &[]).await;
    assert_eq!((status, &answer["evidence"]), (403, &json!({})), "{answer}");
    let johannesburg = ("cf-placement", "remote-JNB");
    let (status, answer) = ask(required("africa", None), &[johannesburg]).await;
    assert_eq!((status, &answer["error"]["code"]), (200, &json!("sealed")));
    for (terms, platform, seen) in [
        (
            required("country:KE", None),
            &[johannesburg][..],
            json!({ "placement": "remote-JNB" }),
        ),
        (
            required("africa", None),
            &[("cf-placement", "local-LHR")],
            json!({ "placement": "local-LHR" }),
        ),
        // The gateway ran in London, with everything in the clear.
        (
            required("africa", Some("LHR")),
            &[johannesburg],
            json!({ "placement": "remote-JNB", "colo": "LHR" }),
        ),
        // What the connector's own request hit is no place where it runs.
        (
            required("africa", None),
            &[("CF-Blob", r#"{"colo":"NBO"}"#)],
            json!({ "colo": "NBO" }),
        ),
        (
            required("africa", None),
            &[("cf-placement", "remote-jnb")],
            json!({}),
        ),
    ] {
        let (status, answer) = ask(terms, platform).await;
        assert_eq!((status, &answer["evidence"]), (403, &seen), "{answer}");
    }
}

/// A port that counts who connects, and says nothing.
async fn counting_port() -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    (port, count)
}

#[tokio::test]
async fn the_system_of_a_refused_call_hears_nothing() {
    let (port, heard) = counting_port().await;
    let tenant = Tenant::create("business").await;
    let credentials = json!({
        "host": "127.0.0.1", "port": port.to_string(), "database": "d", "user": "u",
        "password": "hunter2-4711", "tls": "prefer",
    });
    tenant.connect("postgres", credentials).await;
    let query = async || {
        let request = http()
            .post(format!("{}/v1/tools/postgres_query", dev().url))
            .bearer_auth(&tenant.admin)
            .json(&json!({ "sql": "select 1" }));
        request.send().await.unwrap()
    };
    assert_eq!(query().await.status(), 424);
    let before = heard.load(Ordering::SeqCst);
    assert!(before > 0, "the port counts");
    promise(&tenant, "country:KE", "require").await;
    assert_problem(query().await, 403, "residency").await;
    assert_eq!(heard.load(Ordering::SeqCst), before);
}

/// Tokens are opened and asked for by a Durable Object, of which a placement says nothing.
#[tokio::test]
async fn a_placement_covers_no_object() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (port, heard) = counting_port().await;
    let connector = Connector::of(dev(), "mcp");
    let url = format!("http://127.0.0.1:{port}");
    // A made-up key of a made-up tenant.
    let erasure_key = "1.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let seal = json!({
        "tenant": "t_r", "connection": "c_r", "erasure_key": erasure_key,
        "credentials": {
            "url": format!("{url}/mcp"), "authentication": "client_credentials",
            "token_url": format!("{url}/token"), "client_id": "lango", "client_secret": "hunter2",
        },
    });
    let sealed: Value = connector
        .send_enclosed("/v1/seal", &seal)
        .await
        .json()
        .await
        .unwrap();
    let ask = async |terms: Value| -> Value {
        let mut body = garbage(terms);
        for (name, value) in [
            ("operation", json!("list_tools")),
            ("data_key", sealed["data_key"].clone()),
            ("sealed", sealed["sealed"].clone()),
            ("allowed_hosts", sealed["allowed_hosts"].clone()),
            ("erasure_key", json!(erasure_key)),
        ] {
            body[name] = value;
        }
        let envelope = connector.enclose(CALL, &body);
        let mut placed = HeaderMap::new();
        placed.insert("cf-placement", HeaderValue::from_static("remote-JNB"));
        let answer = connector.send_with(CALL, &body, Some(&envelope), placed);
        answer.await.json().await.unwrap()
    };
    let refused = ask(required("africa", None)).await;
    assert_eq!(refused["error"]["code"], "not_resident", "{refused}");
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    // Nothing promised: the owner asks for a token, and the port says nothing.
    let unanswered = ask(json!({})).await;
    assert_ne!(unanswered["error"]["code"], "not_resident", "{unanswered}");
    assert!(heard.load(Ordering::SeqCst) > 0, "{unanswered}");
}

#[tokio::test]
async fn credentials_are_not_sealed_where_they_may_not_be() {
    let (tenant, _) = tenant().await;
    promise(&tenant, "country:KE", "require").await;
    let body = json!({
        "connector": "fixtures", "name": "second", "credentials": { "token": "hunter2-4711" },
    });
    let request = tenant.admin(http::Method::POST, "connections").json(&body);
    let refused = assert_problem(request.send().await.unwrap(), 403, "residency").await;
    assert!(!refused.to_string().contains("4711"));
    assert_eq!(
        tenant.get("connections").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn no_client_brings_evidence() {
    let (tenant, _) = tenant().await;
    promise(&tenant, "africa", "require").await;
    let fields = [
        ("cf-placement", "remote-JNB"),
        ("CF-Blob", r#"{"colo":"JNB"}"#),
        ("Lango-Residency", r#"{"placement":"remote-JNB"}"#),
        ("LANGO-SITE", "x"),
    ];
    let refused = assert_problem(
        echo_with(&tenant, &dev().url, &fields).await,
        403,
        "residency",
    );
    assert_eq!(refused.await["seen"], seen_from_here().0);
    // What the platform says of the client's request is seen, and does not suffice.
    if let Some(edge) = &dev().edge_url {
        let seen = assert_problem(echo_with(&tenant, edge, &fields).await, 403, "residency").await;
        assert_eq!(seen["seen"], json!({ "colo": "JNB (ZA)" }));
    }
}

#[tokio::test]
async fn a_preference_is_shown_and_refuses_nothing() {
    let (tenant, connection) = tenant().await;
    promise(&tenant, "africa", "prefer").await;
    assert_eq!(echo(&tenant).await.status(), 200);
    if let Some(edge) = &dev().edge_url {
        let from_london = [("CF-Blob", r#"{"colo":"LHR"}"#)];
        assert_eq!(echo_with(&tenant, edge, &from_london).await.status(), 200);
    }
    let calls = 1 + u64::from(dev().edge_url.is_some());
    let logged = last_call(&tenant, 2 + usize::from(dev().edge_url.is_some())).await;
    assert_eq!(logged["outcome"]["status"], "succeeded");
    let verdict = &logged["outcome"]["residency"]["verdict"];
    assert!(*verdict == "unknown" || *verdict == "outside", "{logged}");

    let transfer = json!({
        "system": "CRM", "connection_id": connection, "vendor": "Demo", "vendor_region": "Ireland",
        "vendor_country": "IE", "data_classes": ["personal"], "legal_grounds": ["adequacy"],
    });
    let transfer = tenant.create_at("transfers", transfer).await;
    let report = tenant.get("residency").await;
    assert_eq!(
        report["promise"],
        json!({ "residency": "africa", "enforcement": "prefer" })
    );
    assert_eq!(
        (&report["days"], &report["calls"]["total"]),
        (&json!(30), &json!(calls))
    );
    assert_eq!(report["calls"]["refused"], 0);
    assert_eq!(report["calls"]["inside"], 0);
    let shown = &report["connections"][0];
    assert_eq!(shown["connection_id"], connection.as_str());
    assert_eq!(shown["connector"], "fixtures");
    assert_eq!(shown["transfers"][0], transfer);
    let lines = shown["evidence"].as_array().unwrap();
    assert_eq!(lines.len() as u64, calls);
    let of_london = lines.iter().find(|line| line["seen"]["colo"] == "LHR");
    assert_eq!(of_london.is_some(), dev().edge_url.is_some());
    for line in lines {
        assert_eq!(line["promised"]["residency"], "africa");
        assert_eq!(
            (&line["refused"], &line["calls"]),
            (&json!(false), &json!(1))
        );
    }
    assert_eq!(report["by_day"][0]["calls"], report["calls"]);
}
