//! `/admin/v1/alerts`: what is out of the ordinary in the log is told by a signed webhook
//! and by WhatsApp.

use lango_webhooks::HEADER_ID;
use serde_json::{Value, json};

use crate::support::{
    Tenant, assert_problem, call_tool, dev, hooks_until, http, message_to,
    telephones_are_listened_to, until, webhooks_origin,
};

/// A tenant whose alerts come to a path of its own.
async fn watched(path: &str, policy: Value) -> Option<(Tenant, String)> {
    let origin = webhooks_origin()?;
    let tenant = Tenant::connected("business").await;
    let path = format!("/{path}/{}", tenant.tenant_id);
    let mut policy = policy;
    policy["webhook"] = json!(format!("{origin}{path}"));
    let set = tenant.patch("alerts/policy", policy).await;
    assert_eq!(set.status(), 200, "{:?}", set.text().await);
    Some((tenant, path))
}

async fn post(tenant: &Tenant, path: &str) -> Value {
    let request = tenant.admin(http::Method::POST, path).json(&json!({}));
    let response = request.send().await.unwrap();
    let status = response.status();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn a_test_alert_arrives_signed_and_once() {
    let telephone = "+254712000456";
    let Some((tenant, path)) = watched("flaky", json!({ "whatsapp": [telephone] })).await else {
        return;
    };
    assert!(telephones_are_listened_to());
    let old = post(&tenant, "alerts/webhook-secret").await["secret"].clone();
    let new = post(&tenant, "alerts/webhook-secret").await["secret"].clone();
    assert_ne!(old, new);
    let raised = post(&tenant, "alerts/test").await;
    assert_eq!(raised["rule"], "test");

    // Refused the first time, it comes again under the same identifier; while the secret
    // is rotated both secrets fit.
    let hooks = hooks_until(&path, |hooks| hooks.len() >= 2).await;
    assert_eq!(hooks[0].field(HEADER_ID), hooks[1].field(HEADER_ID));
    for hook in &hooks {
        for secret in [&old, &new] {
            assert!(hook.is_signed_with(secret.as_str().unwrap()));
        }
        assert!(!hook.is_signed_with("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
    }
    let said = hooks[1].json();
    assert_eq!(said["type"], "alert.test");
    assert_eq!(said["data"]["tenant"], tenant.tenant_id.as_str());
    assert_eq!(said["data"]["runbook"], "docs/runbooks/test.md");

    let message = message_to(telephone, 1).await.body;
    assert_eq!(message["template"]["name"], "lango_alert");
    let parameters = &message["template"]["components"][0]["parameters"];
    assert_eq!(parameters[0]["text"], "A test of alerts");
    assert_eq!(parameters[2]["text"], tenant.tenant_id.as_str());

    let listed = until("both were delivered", async || {
        let listed = tenant.get("alerts").await["items"][0].clone();
        let mut deliveries = listed["deliveries"].as_array().unwrap().iter();
        let are_delivered = deliveries.all(|one| one["state"] == "delivered");
        are_delivered.then_some(listed)
    })
    .await;
    assert_eq!(listed["deliveries"][0]["attempts"], 2, "{listed}");
    assert_eq!(listed["deliveries"][1]["state"], "delivered", "{listed}");
    let changes = tenant
        .log_until(|log| log.iter().any(|entry| entry["action"] == "alert.test"))
        .await;
    let text = serde_json::to_string(&changes).unwrap();
    assert!(!text.contains("whsec_") && !text.contains(telephone));
}

#[tokio::test]
async fn a_canary_and_a_burst_of_refusals_are_told() {
    let policy = json!({ "refusal_burst": { "count": 4, "minutes": 10 } });
    let Some((tenant, path)) = watched("canary", policy).await else {
        return;
    };
    let canary = tenant.key("viewer").await;
    let keys = json!({ "canary": { "keys": [canary.key_id] } });
    assert_eq!(tenant.patch("alerts/policy", keys).await.status(), 200);
    let query = json!({ "sql": "SELECT 1" });
    let _ = call_tool(&canary.token, "postgres_query", &query).await;
    let viewer = tenant.key("viewer").await;
    for _ in 0..5 {
        let refused = call_tool(&viewer.token, "crm_create_note", &json!({})).await;
        assert!(refused.status().is_client_error());
    }
    let of = |rule: &'static str| move |hook: &Value| hook["data"]["rule"] == rule;
    let hooks = hooks_until(&path, |hooks| {
        let said: Vec<_> = hooks.iter().map(|hook| hook.json()).collect();
        said.iter().any(of("canary")) && said.iter().any(of("refusal_burst"))
    })
    .await;
    let said: Vec<_> = hooks.iter().map(|hook| hook.json()).collect();
    let touched = said.iter().find(|hook| of("canary")(hook)).unwrap();
    assert_eq!(touched["data"]["seen"]["canary"], canary.key_id.as_str());
    assert_eq!(touched["data"]["severity"], "critical");
    // The index leads to the entry of the log.
    let log = tenant.log(1).await;
    let entry = log
        .iter()
        .find(|entry| entry["index"] == touched["data"]["index"]);
    assert_eq!(entry.unwrap()["key_id"], canary.key_id.as_str());
    let burst = said.iter().find(|hook| of("refusal_burst")(hook)).unwrap();
    assert_eq!(burst["data"]["key_id"], viewer.key_id.as_str());
    assert_eq!(burst["data"]["seen"]["refusals"], 4);
    let alerts = tenant.get("alerts?limit=1").await;
    assert_eq!(alerts["items"].as_array().unwrap().len(), 1);
    let next = alerts["next"].as_str().unwrap();
    let rest = tenant.get(&format!("alerts?limit=1&cursor={next}")).await;
    assert_ne!(rest["items"][0]["alert_id"], alerts["items"][0]["alert_id"]);
}

#[tokio::test]
async fn what_watches_the_log_finds_that_it_verifies() {
    let tenant = Tenant::create("business").await;
    tenant.key("viewer").await;
    tenant.log(1).await;
    let checked = post(&tenant, "alerts/check").await;
    assert_eq!(checked["verifies"], true, "{checked}");
    assert!(checked["size"].as_u64().unwrap() >= 1, "{checked}");
    let request = tenant.admin(http::Method::POST, "alerts/check");
    let anew = request.json(&json!({ "begin_anew": true }));
    let anew: Value = anew.send().await.unwrap().json().await.unwrap();
    assert_eq!(anew["verifies"], true, "{anew}");
    assert_eq!(tenant.get("alerts").await["items"], json!([]));
}

#[tokio::test]
async fn a_policy_leads_nowhere_inside() {
    let tenant = Tenant::create("business").await;
    for policy in [
        json!({ "webhook": "http://alerts.example.com/" }),
        json!({ "webhook": "https://127.0.0.1/" }),
        json!({ "webhook": "https://169.254.169.254/latest/" }),
        json!({ "webhook": "https://receiver.test.internal/" }),
        json!({ "whatsapp": ["0712"] }),
        json!({ "colour": 1 }),
    ] {
        let refused = tenant.patch("alerts/policy", policy).await;
        assert_problem(refused, 422, "alert_policy").await;
    }
    let schema = tenant.get("alerts/policy/schema").await;
    assert!(schema["properties"]["refusal_burst"].is_object());
    let viewer = tenant.key("viewer").await;
    let url = format!("{}/admin/v1/alerts", dev().url);
    let refused = http()
        .get(url)
        .bearer_auth(&viewer.token)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    let odd = tenant
        .admin(http::Method::GET, "alerts?cursor=7")
        .send()
        .await
        .unwrap();
    assert_problem(odd, 400, "query").await;
}
