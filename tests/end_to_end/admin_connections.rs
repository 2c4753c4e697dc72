//! `/admin/v1/connections`: credentials go in and never come out.

use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::support::{Tenant, assert_problem, call, database, dev, http, post, rpc};

const CANARY: &str = "canary-4f9c2a7e-credential";

#[tokio::test]
async fn a_connection_opens_its_tools_to_every_key_at_once() {
    let tenant = Tenant::create("business").await;
    let viewer = tenant.key("viewer").await.token;
    let tools = async || {
        let list = post(&viewer, &rpc("tools/list", json!({}))).await;
        let body: Value = list.json().await.unwrap();
        body["result"]["tools"].as_array().unwrap().len()
    };
    assert_eq!(tools().await, 0);
    let id = tenant
        .connect("postgres", database(&dev().database_url))
        .await;
    assert_eq!(tools().await, 5);
    let deleted = tenant
        .admin(http::Method::DELETE, &format!("connections/{id}"))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(tools().await, 0);
    let (_, body) = call(&viewer, "postgres_query", json!({ "sql": "select 1" })).await;
    assert_eq!(body["error"]["data"]["code"], "tool_unknown");
}

#[tokio::test]
async fn a_credential_is_in_no_answer_and_on_no_disk() {
    let tenant = Tenant::create("business").await;
    tenant.connect("fixtures", json!({ "token": CANARY })).await;
    let list = tenant
        .admin(http::Method::GET, "connections")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        list.contains("\"fixtures\"") && !list.contains(CANARY),
        "{list}"
    );
    assert!(
        !list.contains("sealed"),
        "not even the ciphertext is shown: {list}"
    );
    call(&tenant.admin, "crm_echo", json!({ "text": "jambo" })).await;
    for entry in WalkDir::new(&dev().folder)
        .into_iter()
        .filter_map(Result::ok)
    {
        if entry.file_type().is_file() {
            let content = std::fs::read(entry.path()).unwrap_or_default();
            let found = content
                .windows(CANARY.len())
                .any(|window| window == CANARY.as_bytes());
            assert!(!found, "a credential is in {}", entry.path().display());
        }
    }
}

#[tokio::test]
async fn credentials_must_fit_and_are_not_repeated() {
    let tenant = Tenant::create("business").await;
    let create = async |body: Value| {
        tenant
            .admin(http::Method::POST, "connections")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let with = |connector: &str, credentials: Value| json!({ "connector": connector, "name": "main", "credentials": credentials });
    let missing = create(with("postgres", json!({ "host": CANARY }))).await;
    let document = assert_problem(missing, 422, "credentials").await;
    assert!(!document.to_string().contains(CANARY), "{document}");
    let unknown = create(with(
        "fixtures",
        json!({ "token": CANARY, "extra": CANARY }),
    ))
    .await;
    let document = assert_problem(unknown, 422, "credentials").await;
    assert!(!document.to_string().contains(CANARY), "{document}");
    assert_problem(create(with("oracle", json!({}))).await, 422, "connector").await;
    assert_problem(
        create(json!({ "connector": "fixtures" })).await,
        400,
        "body",
    )
    .await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let with_slug = |slug: &str| {
        let mut body = with("fixtures", json!({ "token": "b" }));
        body["slug"] = slug.into();
        body
    };
    assert_problem(create(with_slug("a__b")).await, 422, "slug").await;
    assert_problem(create(with_slug("main")).await, 409, "conflict").await;
}

#[tokio::test]
async fn only_an_admin_connects() {
    for role in ["manager", "cfo", "agent", "viewer"] {
        let response = http()
            .post(format!("{}/admin/v1/connections", dev().url))
            .bearer_auth(dev().key(role))
            .json(&json!({ "connector": "fixtures", "name": "x", "credentials": { "token": "x" } }))
            .send()
            .await
            .unwrap();
        assert_problem(response, 403, "not_permitted").await;
    }
}

fn path(id: &str) -> String {
    format!("connections/{id}")
}

async fn test(tenant: &Tenant, id: &str) -> Value {
    let request = tenant.admin(http::Method::POST, &format!("connections/{id}/test"));
    let response = request.json(&json!({})).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

fn outcome<'a>(report: &'a Value, step: &str) -> &'a str {
    let steps = report["steps"].as_array().unwrap();
    let found = steps.iter().find(|found| found["step"] == step).unwrap();
    found["outcome"].as_str().unwrap()
}

#[tokio::test]
async fn a_connection_can_be_renamed_and_switched_off_and_on() {
    let tenant = Tenant::create("business").await;
    let id = tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let echo = async |tool: &str| {
        let (_, body) = call(&tenant.admin, tool, json!({ "text": "jambo" })).await;
        body["error"]["data"]["code"].as_str().map(str::to_owned)
    };
    assert_eq!(echo("crm_echo").await, None);

    let off = tenant.patch(&path(&id), json!({ "enabled": false })).await;
    assert_eq!(off.status(), 200);
    let off: Value = off.json().await.unwrap();
    assert_eq!(off["enabled"], false);
    assert_eq!(echo("crm_echo").await.as_deref(), Some("tool_unknown"));

    let change = json!({ "enabled": true, "name": "Soko", "slug": "soko" });
    assert_eq!(tenant.patch(&path(&id), change).await.status(), 200);
    assert_eq!(echo("soko__crm_echo").await, None);

    // Of what it was, and of whoever was quicker, the log and the tag tell.
    let stale = tenant
        .admin(http::Method::PATCH, &path(&id))
        .header("If-Match", "\"1\"")
        .json(&json!({ "enabled": false }))
        .send()
        .await
        .unwrap();
    assert_problem(stale, 412, "stale").await;
    let log = tenant.log(7).await;
    let mut changes = log.iter().filter(|entry| {
        entry["action"] == "connection.change" && entry["outcome"]["status"] == "succeeded"
    });
    let renamed = &changes.next().unwrap()["outcome"]["change"];
    assert_eq!(renamed["before"]["slug"], "main", "{log:?}");
    assert_eq!(renamed["after"]["slug"], "soko");
}

#[tokio::test]
async fn new_credentials_are_used_by_the_next_call_and_lead_nowhere_else() {
    let tenant = Tenant::create("business").await;
    let right = database(&dev().database_url);
    let mut wrong = right.clone();
    wrong["password"] = "not-the-password".into();
    let id = tenant.connect("postgres", wrong).await;
    let select = json!({ "sql": "select 1" });
    let (_, refused) = call(&tenant.admin, "postgres_query", select.clone()).await;
    assert_eq!(refused["result"]["isError"], true, "{refused}");

    let set = async |credentials: Value| {
        let at = format!("connections/{id}/credentials");
        let body = json!({ "credentials": credentials });
        tenant
            .change(http::Method::PUT, &at, &path(&id), body)
            .await
    };
    let mut elsewhere = right.clone();
    elsewhere["host"] = "db.example.com".into();
    elsewhere["tls"] = "require".into();
    let document = assert_problem(set(elsewhere.clone()).await, 422, "credentials").await;
    assert!(
        document["detail"]
            .as_str()
            .unwrap()
            .contains("allowed_hosts"),
        "{document}"
    );

    assert_eq!(set(right).await.status(), 200);
    let (_, answered) = call(&tenant.admin, "postgres_query", select).await;
    assert_eq!(answered["result"]["isError"], false, "{answered}");

    // Whoever may change the connection may also say where it leads.
    let widened = json!({ "allowed_hosts": ["DB.example.com:5432", "127.1:1"] });
    let mut port = elsewhere;
    port["port"] = "5432".into();
    let changed = tenant.patch(&path(&id), widened).await;
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(
        changed["allowed_hosts"],
        json!(["127.0.0.1:1", "db.example.com:5432"])
    );
    assert_eq!(set(port).await.status(), 200);
    let refused = tenant
        .patch(&path(&id), json!({ "allowed_hosts": ["db"] }))
        .await;
    assert_problem(refused, 422, "allowed_hosts").await;
}

#[tokio::test]
async fn a_call_goes_to_the_connections_hosts_alone() {
    let tenant = Tenant::create("business").await;
    let id = tenant
        .connect("postgres", database(&dev().database_url))
        .await;
    let hosts = json!({ "allowed_hosts": ["db.example.com:5432"] });
    assert_eq!(tenant.patch(&path(&id), hosts).await.status(), 200);
    let (_, body) = call(
        &tenant.admin,
        "postgres_query",
        json!({ "sql": "select 1" }),
    )
    .await;
    assert_eq!(body["result"]["isError"], true, "{body}");
    assert!(body.to_string().contains("allowed_hosts"), "{body}");
    let report = test(&tenant, &id).await;
    assert_eq!(outcome(&report, "host"), "failed", "{report}");
}

#[tokio::test]
async fn a_test_says_which_step_fails() {
    let tenant = Tenant::create("business").await;
    let right = database(&dev().database_url);
    let with = |field: &str, value: &str| {
        let mut credentials = right.clone();
        credentials[field] = value.into();
        credentials
    };
    let id = tenant.connect_as("postgres", "right", right.clone()).await;
    let report = test(&tenant, &id).await;
    assert_eq!(report["works"], true, "{report}");
    // It is the owner's login, and TLS is left to the server.
    assert_eq!(outcome(&report, "rights"), "warning", "{report}");
    assert_eq!(outcome(&report, "tls"), "warning", "{report}");
    for (slug, credentials, step) in [
        ("port", with("port", "1"), "port"),
        ("password", with("password", "no"), "authentication"),
        ("database", with("database", "nowhere"), "rights"),
    ] {
        let id = tenant.connect_as("postgres", slug, credentials).await;
        let report = test(&tenant, &id).await;
        assert_eq!(report["works"], false, "{report}");
        assert_eq!(outcome(&report, step), "failed", "{slug}: {report}");
    }
    // It is tested before it is switched on again.
    let off = tenant.patch(&path(&id), json!({ "enabled": false })).await;
    assert_eq!(off.status(), 200);
    assert_eq!(test(&tenant, &id).await["works"], true);
}

#[tokio::test]
async fn nothing_inside_is_connected_to_that_the_operator_has_not_named() {
    let tenant = Tenant::create("business").await;
    for (host, tls) in [
        ("169.254.169.254", "require"),
        ("10.0.0.1", "require"),
        ("db.internal", "require"),
        ("192.168.1.1", "disable"),
        ("db.example.com", "prefer"),
        ("db.example.com", "disable"),
    ] {
        let mut credentials = database(&dev().database_url);
        credentials["host"] = host.into();
        credentials["tls"] = tls.into();
        let body = json!({ "connector": "postgres", "name": "x", "credentials": credentials });
        let request = tenant.admin(http::Method::POST, "connections").json(&body);
        let document = assert_problem(request.send().await.unwrap(), 422, "credentials").await;
        assert!(
            !document["detail"].as_str().unwrap().contains(host),
            "{document}"
        );
    }
}

#[tokio::test]
async fn a_form_can_be_drawn_of_what_a_connector_needs() {
    let tenant = Tenant::create("business").await;
    let connectors = tenant.get("connectors").await;
    let of = |kind: &str| {
        let items = connectors["items"].as_array().unwrap();
        items.iter().find(|item| item["connector"] == kind).unwrap()
    };
    let postgres = of("postgres");
    assert_eq!(postgres["title"], "PostgreSQL");
    let fields = &postgres["credential_schema"]["properties"];
    assert_eq!(fields["password"]["format"], "password");
    assert_eq!(fields["tls"]["default"], "require");
    assert!(of("mcp")["tools"].as_array().unwrap().is_empty());
}
