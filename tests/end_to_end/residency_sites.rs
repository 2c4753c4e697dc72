//! Stacks that say, signed, where they stand: and that only who may sign is believed.

use lango_residency::{Country, DeploymentSigner, Site, SiteName, SiteStatement};
use serde_json::{Value, json};

use crate::support::{
    OwnStack, Tenant, assert_problem, connector::now, dev, free_port, http, start_own_stack_with,
};

fn stack(name: &str, options: &[&str]) -> (OwnStack, std::path::PathBuf) {
    let name = format!("lango-site-{name}-{}", std::process::id());
    let data = std::env::temp_dir().join(name);
    (start_own_stack_with(&data, free_port(), options, &[]), data)
}

/// A tenant that is promised something there.
async fn promised(stack: &OwnStack, residency: &str) -> Tenant {
    let dev = &stack.dev;
    let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "business").await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    require(&tenant, residency).await;
    tenant
}

async fn require(tenant: &Tenant, residency: &str) {
    let body = json!({ "residency": residency, "enforcement": "require" });
    let changed = tenant.patch("residency/promise", body).await;
    assert_eq!(changed.status(), 200);
}

async fn echo(stack: &OwnStack, tenant: &Tenant) -> reqwest::Response {
    http()
        .post(format!("{}/v1/tools/crm_echo", stack.dev.url))
        .bearer_auth(&tenant.admin)
        .json(&json!({ "text": "habari" }))
        .send()
        .await
        .unwrap()
}

fn statement(signer: &DeploymentSigner, from: i64, until: i64) -> String {
    let site = Site {
        name: SiteName::parse("nairobi-1").unwrap(),
        country: Country::parse("KE").unwrap(),
    };
    let statement = SiteStatement::new(site, from, until).unwrap();
    signer.sign(&statement).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_states_its_site_keeps_the_promise_of_its_country() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (stack, data) = stack("ke", &["--site", "nairobi-1", "--country", "KE"]);
    let tenant = promised(&stack, "country:KE").await;
    assert_eq!(echo(&stack, &tenant).await.status(), 200);
    require(&tenant, "africa").await;
    assert_eq!(echo(&stack, &tenant).await.status(), 200);
    require(&tenant, "country:TZ").await;
    let refused = assert_problem(echo(&stack, &tenant).await, 403, "residency").await;
    assert_eq!(refused["expected"], "country:TZ");
    assert_eq!(refused["seen"], json!({ "site": "nairobi-1 (KE)" }));

    let log = tenant.log(7).await;
    let calls: Vec<_> = log.iter().filter(|entry| entry["kind"] == "call").collect();
    let verdicts: Vec<_> = calls
        .iter()
        .map(|entry| entry["outcome"]["residency"]["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["outside", "inside", "inside"]);
    for call in &calls {
        let evidence = json!({ "site": { "name": "nairobi-1", "country": "KE" } });
        assert_eq!(call["outcome"]["residency"]["evidence"], evidence);
    }
    let report: Value = tenant.get("residency?days=1").await;
    let counts = json!({ "total": 3, "inside": 2, "unknown": 0, "outside": 1, "refused": 1 });
    assert_eq!(report["calls"], counts);
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
}

/// None of these is a statement of the deployment's.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_forged_or_over_shows_nothing() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (own, other) = (
        DeploymentSigner::from_seed(&[1; 32]),
        DeploymentSigner::from_seed(&[2; 32]),
    );
    let now = now();
    for (name, statement) in [
        ("forged", statement(&other, now - 60, now + 9_999)),
        ("over", statement(&own, now - 60, now - 1)),
    ] {
        let key = own.public().to_string();
        let options = ["--site-statement", &statement, "--deployment-key", &key];
        let (stack, data) = stack(name, &options);
        let tenant = promised(&stack, "country:KE").await;
        let refused = assert_problem(echo(&stack, &tenant).await, 403, "residency").await;
        assert_eq!(refused["seen"], json!({}), "{name}");
        drop(stack);
        std::fs::remove_dir_all(&data).unwrap();
    }
}
