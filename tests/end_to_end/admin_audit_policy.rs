//! `/admin/v1/audit/policy` and `/admin/v1/audit/erasures`.

use lango_audit_log::{CheckpointVerifier, export::ExportVerifier};
use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call};

const PATH: &str = "audit/policy";

async fn set(tenant: &Tenant, policy: Value) -> reqwest::Response {
    tenant.change(http::Method::PUT, PATH, PATH, policy).await
}

fn echoes(log: &[Value]) -> Vec<&Value> {
    log.iter().filter(|it| it["tool"] == "crm_echo").collect()
}

#[tokio::test]
async fn the_policy_says_which_arguments_stand_in_the_log() {
    let tenant = Tenant::connected("business").await;
    let echo = async |text: &str| {
        call(&tenant.admin, "crm_echo", json!({ "text": text })).await;
    };
    echo("before").await;
    let policy = json!({ "arguments": { "crm_echo": ["absent", "text"] } });
    let after = set(&tenant, policy.clone()).await;
    assert_eq!(after.status(), 200);
    let after: Value = after.json().await.unwrap();
    assert_eq!(after["policy"]["arguments"], policy["arguments"]);
    assert_eq!(
        (&after["keep_days"], &after["personal_days"]),
        (&json!(365), &json!(365))
    );

    echo("habari yako").await;
    let secret = format!("the key is sk_live_{}", "4eC39HqLyjWDarjtT1zdp7dc");
    echo(&secret).await;
    echo(&"x".repeat(9_000)).await;
    call(
        &tenant.admin,
        "postgres_query",
        json!({ "sql": "select 1" }),
    )
    .await;
    let log = tenant
        .log_until(|log| echoes(log).len() == 4 && log[0]["tool"] == "postgres_query")
        .await;
    assert!(log[0]["outcome"]["arguments"].is_null());
    let of = |entry: &Value| {
        entry["outcome"]["arguments"]["text"]
            .as_str()
            .map(str::to_owned)
    };
    let shown: Vec<_> = echoes(&log).into_iter().map(of).collect();
    assert!(
        shown[0]
            .as_ref()
            .unwrap()
            .ends_with("[cut by Lango: 9002 bytes]")
    );
    assert!(!shown[1].as_ref().unwrap().contains("4eC39"), "{shown:?}");
    assert_eq!(shown[2].as_deref(), Some("habari yako"));
    assert_eq!(shown[3], None, "it was called before");
}

#[tokio::test]
async fn a_person_is_erased_and_the_tree_still_verifies() {
    let tenant = Tenant::connected("business").await;
    set(&tenant, json!({ "arguments": { "*": ["text"] } })).await;
    call(&tenant.admin, "crm_echo", json!({ "text": "siriyangu" })).await;
    let log = tenant.log_until(|log| !echoes(log).is_empty()).await;
    let person = echoes(&log)[0]["principal"].as_str().unwrap().to_owned();
    let erase = async |person: &str| {
        let request = tenant.admin(http::Method::POST, "audit/erasures");
        request
            .json(&json!({ "person": person }))
            .send()
            .await
            .unwrap()
    };

    set(
        &tenant,
        json!({ "arguments": { "*": ["text"] }, "legal_hold": true }),
    )
    .await;
    assert_problem(erase(&person).await, 409, "legal_hold").await;
    set(&tenant, json!({ "arguments": { "*": ["text"] } })).await;
    assert_problem(erase("").await, 422, "person").await;

    assert_eq!(
        tenant.get("audit?text=siriyangu").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let erased = erase(&person).await;
    assert_eq!(erased.status(), 200);
    let erased: Value = erased.json().await.unwrap();
    assert!(erased["values"].as_u64().unwrap() > 0, "{erased}");
    assert!(
        tenant.get("audit?text=siriyangu").await["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let export = tenant
        .admin(http::Method::GET, "audit/export")
        .send()
        .await
        .unwrap();
    let export = export.text().await.unwrap();
    assert!(!export.contains("siriyangu"));
    let known = tenant.get("audit/key").await;
    let keys = known["keys"].as_array().unwrap().iter();
    let keys = CheckpointVerifier::parse(keys.map(|key| key.as_str().unwrap())).unwrap();
    let mut verifier = ExportVerifier::new(keys, []).unwrap();
    export.lines().for_each(|line| verifier.line(line).unwrap());
    assert!(
        verifier.finish().unwrap().shut > 0,
        "what is left opens nothing"
    );
    let done = |log: &[Value]| {
        let of_erasures = log.iter().filter(|it| it["action"] == "audit.erase_person");
        of_erasures
            .map(|it| it["outcome"]["status"].clone())
            .collect::<Vec<_>>()
    };
    let log = tenant.log_until(|log| done(log).len() == 3).await;
    assert_eq!(
        done(&log),
        ["succeeded", "denied", "denied"],
        "each is in the log"
    );
}

#[tokio::test]
async fn a_policy_that_does_not_fit_is_named() {
    let tenant = Tenant::create("starter").await;
    for (policy, member) in [
        (json!({ "keep_days": 89 }), "keep_days"),
        (json!({ "personal_days": 91 }), "personal_days"),
        (json!({ "arguments": { "t": 1 } }), "arguments.t"),
        (json!({ "odd": 1 }), "each member"),
    ] {
        let problem = assert_problem(set(&tenant, policy).await, 422, "audit_policy").await;
        assert_eq!(problem["member"], member);
    }
    let kept = set(&tenant, json!({ "keep_days": 400, "personal_days": 7 })).await;
    let kept: Value = kept.json().await.unwrap();
    assert_eq!(
        (&kept["keep_days"], &kept["personal_days"]),
        (&json!(400), &json!(7))
    );
    let stale = tenant
        .admin(http::Method::PUT, PATH)
        .header("If-Match", "\"0\"")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_problem(stale, 412, "stale").await;
}
