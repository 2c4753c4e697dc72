//! Scopes are permissions: narrowed by the user, bounded by their role, stepped up
//! when more is needed.

use serde_json::{Value, json};

use crate::support::{Assistant, Choice, Person, Tenant, call, post, rpc, tool_call};

fn token(body: &Value) -> &str {
    body["access_token"].as_str().unwrap()
}

async fn listed(token: &str) -> Vec<String> {
    let response = post(token, &rpc("tools/list", json!({}))).await;
    let body: Value = response.json().await.unwrap();
    let tools = body["result"]["tools"]
        .as_array()
        .unwrap_or_else(|| panic!("{body}"));
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn person(tenant: &Tenant, role: &str) -> (String, Person) {
    let user = tenant.user(role).await;
    let person = Person::sign_in(&tenant.tenant_id, &user).await;
    (user, person)
}

#[tokio::test]
async fn the_user_narrows_what_is_asked_for() {
    let tenant = Tenant::connected("business").await;
    let (_, person) = person(&tenant, "manager").await;
    let assistant = Assistant::register().await;
    let choice = Choice {
        untick: &["tool.write", "connector.database"],
        ..Choice::default()
    };
    let scope = "tool.read tool.write connector.database connector.crm";
    let body = assistant.connect(&person, scope, choice).await;
    assert_eq!(
        body["scope"], "tool.read connector.crm",
        "the answer says what was given"
    );
    let (status, _) = call(token(&body), "crm_find_contact", json!({ "name": "a" })).await;
    assert_eq!(status, 200);
    let (status, answer) = call(token(&body), "postgres_query", json!({ "sql": "select 1" })).await;
    assert_eq!(status, 403, "{answer}");
}

#[tokio::test]
async fn an_assistant_never_may_more_than_its_user() {
    let tenant = Tenant::connected("business").await;
    let (user, person) = person(&tenant, "viewer").await;
    let assistant = Assistant::register().await;
    let scope = "tool.read tool.write tool.money connector.database connector.crm";
    let page = person.open(&assistant.request(&[("scope", scope)])).await;
    assert!(
        !page.text.contains("permission.tool.write"),
        "a viewer cannot give it"
    );
    // Whoever adds the box by hand gets nothing for it.
    let mut fields = page.consent(Choice::default());
    fields.push(("permission.tool.write".into(), "on".into()));
    fields.push(("permission.key.manage_all".into(), "on".into()));
    let answer = person
        .send("/authorize", &fields, Some(&crate::support::dev().url))
        .await;
    let code = crate::support::query_of(answer.location())["code"].clone();
    let (_, body) = assistant.redeem(&code).await;
    assert_eq!(body["scope"], "tool.read connector.crm connector.database");

    // The role in force decides with the next call.
    let role = async |role: &str| {
        let request = tenant.admin(http::Method::PUT, &format!("users/{user}/role"));
        let request = request.header("If-Match", "*");
        let response = request.json(&json!({ "role": role })).send().await.unwrap();
        assert_eq!(response.status(), 200);
    };
    let query = json!({ "sql": "select 1" });
    assert_eq!(
        call(token(&body), "postgres_query", query.clone()).await.0,
        200
    );
    role("agent").await;
    let refused = post(token(&body), &tool_call("postgres_query", query.clone())).await;
    assert_eq!(refused.status(), 403);
    assert!(
        !refused.headers().contains_key("www-authenticate"),
        "asking the user again would be in vain"
    );
    role("admin").await;
    assert_eq!(
        call(token(&body), "postgres_query", query).await.0,
        200,
        "and no more than was given"
    );
    let (status, _) = call(
        token(&body),
        "crm_create_note",
        json!({ "contact_id": "c1", "text": "x" }),
    )
    .await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn what_is_missing_is_asked_for() {
    let tenant = Tenant::connected("business").await;
    let (_, person) = person(&tenant, "manager").await;
    let assistant = Assistant::register().await;
    let scope = "tool.read connector.crm";
    let body = assistant.connect(&person, scope, Choice::default()).await;
    assert!(
        listed(token(&body))
            .await
            .contains(&"crm_create_note".to_owned()),
        "it can be found"
    );

    let note = tool_call(
        "crm_create_note",
        json!({ "contact_id": "c1", "text": "x" }),
    );
    let refused = post(token(&body), &note).await;
    assert_eq!(refused.status(), 403);
    let field = refused.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(field.contains("error=\"insufficient_scope\""), "{field}");
    assert!(
        field.contains("scope=\"tool.read tool.write connector.crm\""),
        "every right needed: {field}"
    );
    assert!(
        field.contains("/.well-known/oauth-protected-resource/mcp\""),
        "{field}"
    );

    let scope = field
        .split("scope=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let body = assistant.connect(&person, scope, Choice::default()).await;
    let (status, answer) = call(
        token(&body),
        "crm_create_note",
        json!({ "contact_id": "c1", "text": "x" }),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn moving_money_is_never_given_by_default() {
    let tenant = Tenant::connected("business").await;
    let (_, person) = person(&tenant, "manager").await;
    let assistant = Assistant::register().await;
    let scope = "tool.read tool.money";
    let body = assistant.connect(&person, scope, Choice::default()).await;
    assert_eq!(body["scope"], "tool.read");
    let ticked = Choice {
        tick: &["tool.money"],
        ..Choice::default()
    };
    let body = assistant.connect(&person, scope, ticked).await;
    assert_eq!(body["scope"], "tool.read tool.money");
}

#[tokio::test]
async fn nothing_ticked_is_not_a_consent() {
    let assistant = Assistant::register().await;
    let person = Person::of_demo("viewer").await;
    let page = person
        .open(&assistant.request(&[("scope", "tool.read")]))
        .await;
    let none = Choice {
        untick: &["tool.read"],
        ..Choice::default()
    };
    let again = person
        .send(
            "/authorize",
            &page.consent(none),
            Some(&crate::support::dev().url),
        )
        .await;
    assert_eq!(again.status, 200);
    assert!(
        again.text.contains("Choose at least one right"),
        "{}",
        again.text
    );
    assert!(again.text.contains("role=\"alert\""));
}

#[tokio::test]
async fn the_user_narrows_the_connections() {
    let tenant = Tenant::create("business").await;
    let fixtures = tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let (_, person) = person(&tenant, "manager").await;
    let assistant = Assistant::register().await;
    let scope = "tool.read connector.crm connector.database";
    let none = Choice {
        untick: &[&fixtures],
        ..Choice::default()
    };
    let body = assistant.connect(&person, scope, none).await;
    assert!(
        listed(token(&body)).await.is_empty(),
        "no connection was given"
    );
    let (_, answer) = call(token(&body), "crm_find_contact", json!({ "name": "a" })).await;
    assert!(answer["error"].is_object(), "{answer}");

    let some = assistant.connect(&person, scope, Choice::default()).await;
    let all = Choice {
        all_connections: true,
        ..Choice::default()
    };
    let all = assistant.connect(&person, scope, all).await;
    let has = |names: &[String], tool: &str| names.iter().any(|name| name == tool);
    assert!(has(&listed(token(&some)).await, "crm_find_contact"));
    let database = crate::support::database(&crate::support::dev().database_url);
    tenant.connect("postgres", database).await;
    assert!(
        !has(&listed(token(&some)).await, "postgres_query"),
        "only those that were ticked"
    );
    assert!(
        has(&listed(token(&all)).await, "postgres_query"),
        "and those that came later"
    );
}
