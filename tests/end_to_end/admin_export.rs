//! `GET /admin/v1/export`: what a tenant takes with it, whole and without secrets.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call, dev, http};

async fn export(tenant: &Tenant) -> (String, Vec<Value>) {
    let response = tenant
        .admin(http::Method::GET, "export")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (text, lines)
}

#[tokio::test]
async fn an_export_has_the_configuration_and_the_log_and_says_that_it_is_whole() {
    let tenant = Tenant::connected("business").await;
    let viewer = tenant.key("viewer").await;
    tenant.user("cfo").await;
    call(&viewer.token, "crm_echo", json!({ "text": "a" })).await;
    let telephone = json!({ "whatsapp": ["+254712000789"], "refusal_burst": { "count": 7 } });
    assert_eq!(tenant.patch("alerts/policy", telephone).await.status(), 200);
    let receiver =
        json!({ "receiver": "https", "url": "https://siem.example.com/", "token": "whispered" });
    let receiver = tenant.connect("siem", receiver).await;
    let stream = json!({ "name": "To it", "connection_id": receiver, "format": "cef" });
    let stream = tenant.create_at("audit/streams", stream).await;
    let logged = tenant.log(5).await.len();
    let (text, lines) = export(&tenant).await;
    let of = |kind: &str| {
        lines
            .iter()
            .filter(|line| line["kind"] == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines[0]["kind"], "tenant");
    assert_eq!(lines[0]["value"]["tenant_id"], tenant.tenant_id);
    assert_eq!(
        (of("connection").len(), of("key").len(), of("user").len()),
        (3, 2, 1)
    );
    let alerts = &of("alert_policy")[0]["value"];
    assert_eq!(alerts["alert_policy"]["refusal_burst"]["count"], 7);
    assert_eq!(alerts["alert_policy"]["whatsapp"][0], "+254712000789");
    assert_eq!(alerts["version"], 1);
    let streams = of("audit_stream");
    assert_eq!(streams[0]["value"]["stream_id"], stream["stream_id"]);
    assert_eq!(streams[0]["value"]["connection_id"], receiver.as_str());
    assert!(of("audit_entry").len() >= logged);
    let indexes: Vec<_> = of("audit_entry")
        .iter()
        .map(|line| line["value"]["index"].as_u64())
        .collect();
    assert!(indexes.is_sorted(), "oldest first");
    let end = lines.last().unwrap();
    assert_eq!(end["kind"], "end");
    assert_eq!(end["value"]["lines"], lines.len() - 1);

    let database = url::Url::parse(&dev().database_url).unwrap();
    for secret in [
        &*viewer.token,
        &*tenant.admin,
        database.password().unwrap(),
        "sha256\":\"$2b",
        "sealed",
        "whispered",
        "whsec_",
        "wrapped",
    ] {
        assert!(!text.contains(secret), "an export has no secret");
    }
}

#[tokio::test]
async fn an_export_is_the_tenants_own_recorded_and_for_those_who_may() {
    let (ours, theirs) = (
        Tenant::create("business").await,
        Tenant::create("business").await,
    );
    theirs.user("viewer").await;
    let (text, _) = export(&ours).await;
    assert!(!text.contains(&theirs.tenant_id) && !text.contains("A viewer"));
    assert_eq!(ours.log(1).await[0]["action"], "tenant.export");
    let manager = ours.key("manager").await;
    let request = http()
        .get(format!("{}/admin/v1/export", dev().url))
        .bearer_auth(&manager.token);
    assert_problem(request.send().await.unwrap(), 403, "not_permitted").await;
}
