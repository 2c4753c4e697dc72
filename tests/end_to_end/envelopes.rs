//! A connector serves its gateway alone: whoever else is bound to it gets nothing.

use serde_json::{Value, json};

use crate::support::{
    connector::{Connector, now},
    dev,
};

const SEAL: &str = "/v1/seal";

fn seal() -> Value {
    json!({
        "tenant": "t_envelopes", "connection": "c_1", "credentials": { "token": "hunter2-4711" },
        "erasure_key": "1.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
    })
}

async fn refused(connector: &Connector<'_>, path: &str, body: &Value, envelope: Option<&str>) {
    let response = connector.send(path, body, envelope).await;
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, 401, "{text}");
    assert!(text.contains("Not of this connector's gateway"), "{text}");
    assert!(!text.contains("4711"), "{text}");
}

#[tokio::test]
async fn what_the_gateway_encloses_is_served() {
    if !dev().is_plain_workerd() {
        return;
    }
    let response = Connector::of(dev(), "fixtures")
        .send_enclosed(SEAL, &seal())
        .await;
    assert_eq!(response.status(), 200);
    let sealed = response.text().await.unwrap();
    assert!(sealed.contains("ciphertext") && !sealed.contains("4711"));
}

#[tokio::test]
async fn a_request_without_the_gateways_envelope_is_refused() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connector = Connector::of(dev(), "fixtures");
    let body = seal();
    refused(&connector, SEAL, &body, None).await;
    refused(&connector, SEAL, &body, Some("")).await;
    refused(&connector, SEAL, &body, Some("a.b.c")).await;
    for path in ["/v1/call", "/v1/seal"] {
        refused(&connector, path, &json!({}), None).await;
    }
}

#[tokio::test]
async fn an_envelope_is_for_one_connector_path_body_and_moment() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connector = Connector::of(dev(), "fixtures");
    let body = seal();
    let others = [
        connector.enclose_as("postgres", SEAL, &body, now()),
        connector.enclose("/v1/call", &body),
        connector.enclose(
            SEAL,
            &json!({ "tenant": "t_envelopes", "connection": "c_1" }),
        ),
        connector.enclose_as("fixtures", SEAL, &body, now() - 31),
        connector.enclose_as("fixtures", SEAL, &body, now() + 60),
    ];
    for envelope in others {
        refused(&connector, SEAL, &body, Some(&envelope)).await;
    }
}

#[tokio::test]
async fn a_body_of_another_tenant_is_refused_in_an_envelope_of_this_one() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connector = Connector::of(dev(), "fixtures");
    // The digest is right, and still the envelope says something else than the body.
    let mut body = seal();
    body["tenant"] = json!("t_other");
    let claimed = json!({ "tenant": "t_envelopes", "connection": "c_1", "call_id": "" });
    let envelope = connector.enclose_claiming(SEAL, &claimed, &body);
    refused(&connector, SEAL, &body, Some(&envelope)).await;
}
