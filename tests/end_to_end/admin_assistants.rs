//! `/admin/v1/assistants` and the page `/assistants`: seen and ended.

use serde_json::{Value, json};

use crate::support::{Assistant, Choice, Person, Tenant, assert_problem, dev, post, rpc};

async fn passes(body: &Value) -> u16 {
    let token = body["access_token"].as_str().unwrap();
    post(token, &rpc("tools/list", json!({})))
        .await
        .status()
        .as_u16()
}

async fn connected(tenant: &Tenant, role: &str) -> (Person, Assistant, Value) {
    let user = tenant.user(role).await;
    let person = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    let body = assistant
        .connect(&person, "tool.read connector.crm", Choice::default())
        .await;
    (person, assistant, body)
}

#[tokio::test]
async fn an_admin_lists_and_ends_them() {
    let tenant = Tenant::create("starter").await;
    let (_, assistant, body) = connected(&tenant, "viewer").await;
    let list = tenant.get("assistants").await;
    let listed = &list["items"][0];
    assert_eq!(listed["client_name"], "Test assistant");
    assert_eq!(listed["user"], "A viewer");
    assert_eq!(listed["permissions"], json!(["tool.read", "connector.crm"]));
    let path = format!("assistants/{}", listed["grant_id"].as_str().unwrap());
    assert_eq!(passes(&body).await, 200);
    for _ in 0..2 {
        let ended = tenant
            .admin(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(ended.status(), 204);
    }
    assert_eq!(passes(&body).await, 401, "with its next call");
    let refreshed = assistant
        .refresh(body["refresh_token"].as_str().unwrap(), &[])
        .await;
    assert_eq!(refreshed.0, 400);
    assert!(tenant.get("assistants").await["items"][0]["revoked_at"].is_string());
}

#[tokio::test]
async fn another_tenants_assistants_are_not_there() {
    let (ours, theirs) = (
        Tenant::create("starter").await,
        Tenant::create("starter").await,
    );
    let (_, _, body) = connected(&theirs, "viewer").await;
    let list = theirs.get("assistants").await;
    let path = format!(
        "assistants/{}",
        list["items"][0]["grant_id"].as_str().unwrap()
    );
    assert_eq!(ours.get("assistants").await["items"], json!([]));
    let refused = ours
        .admin(http::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_problem(refused, 404, "not_found").await;
    assert_eq!(passes(&body).await, 200);
}

#[tokio::test]
async fn users_end_their_own_on_a_page() {
    let tenant = Tenant::create("starter").await;
    let (person, _, body) = connected(&tenant, "viewer").await;
    let (other, _, others) = connected(&tenant, "agent").await;
    let page = person.open("/assistants").await;
    assert!(
        page.text.contains("Test assistant") && !page.text.contains("A agent"),
        "{}",
        page.text
    );
    let grant = |body: &Value| {
        let claims = crate::support::claims(body["access_token"].as_str().unwrap());
        claims["grant"].as_str().unwrap().to_owned()
    };
    let form = vec![("request".to_owned(), page.hidden("request"))];
    let own = format!("/assistants/{}/disconnect", grant(&body));
    let foreign = format!("/assistants/{}/disconnect", grant(&others));
    let here = Some(dev().url.as_str());
    assert_eq!(person.send(&foreign, &form, here).await.status, 404);
    assert_eq!(
        person
            .send(&own, &form, Some("https://attacker.example"))
            .await
            .status,
        403
    );
    assert_eq!(person.send(&own, &form, None).await.status, 403);
    assert_eq!(
        other.send(&own, &form, here).await.status,
        403,
        "another session's page"
    );
    assert_eq!(passes(&body).await, 200);
    assert_eq!(person.send(&own, &form, here).await.status, 303);
    assert_eq!((passes(&body).await, passes(&others).await), (401, 200));
    assert!(
        person
            .open("/assistants")
            .await
            .text
            .contains("No assistant acts for you.")
    );
}

#[tokio::test]
async fn an_admins_page_has_everybodys() {
    let tenant = Tenant::create("starter").await;
    let (_, _, body) = connected(&tenant, "viewer").await;
    let admin = tenant.user("admin").await;
    let admin = Person::sign_in(&tenant.tenant_id, &admin).await;
    let page = admin.open("/assistants").await;
    assert!(page.text.contains("acts for A viewer"), "{}", page.text);
    let path = tenant.get("assistants").await["items"][0]["grant_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let form = vec![("request".to_owned(), page.hidden("request"))];
    let ended = admin
        .send(
            &format!("/assistants/{path}/disconnect"),
            &form,
            Some(&dev().url),
        )
        .await;
    assert_eq!(ended.status, 303);
    assert_eq!(passes(&body).await, 401);
}

#[tokio::test]
async fn only_who_may_sees_them() {
    let tenant = Tenant::create("starter").await;
    for role in ["viewer", "agent", "cfo"] {
        let key = tenant.key(role).await;
        let url = format!("{}/admin/v1/assistants", dev().url);
        let response = crate::support::http()
            .get(url)
            .bearer_auth(&key.token)
            .send()
            .await
            .unwrap();
        assert_problem(response, 403, "not_permitted").await;
    }
}
