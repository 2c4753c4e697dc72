//! Staying signed in, and ending it.

use serde_json::json;

use crate::support::{
    Assistant, Choice, Person, Session, Tenant, assert_problem, auth, auth_as, claims, post, rpc,
};

#[tokio::test]
async fn a_refresh_token_is_used_once_and_twice_ends_the_session() {
    let tenant = Tenant::create("starter").await;
    let first = tenant.account("viewer").await.sign_in().await;
    let second = Session::of(first.refresh().await).await;
    assert_eq!(second.id, first.id, "one sign-in");
    assert_ne!(second.refresh, first.refresh);
    assert!(first.is_in_force().await && second.is_in_force().await);
    let third = Session::of(second.refresh().await).await;
    assert_problem(first.refresh().await, 401, "signed_out").await;
    assert!(
        !third.is_in_force().await,
        "for whoever has the newer one too"
    );
    assert_problem(third.refresh().await, 401, "signed_out").await;
    let is_refresh = |entry: &&serde_json::Value| entry["action"] == "sign_in.refresh";
    let log = tenant
        .log_until(|log| log.iter().any(|it| is_refresh(&it)))
        .await;
    let reused = log.iter().find(is_refresh).unwrap();
    assert_eq!(reused["outcome"]["denied"]["code"], "refresh_token_reused");
    assert_eq!(reused["target"], first.id.as_str());
}

#[tokio::test]
async fn signing_out_holds_for_the_next_call() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let (session, other) = (account.sign_in().await, account.sign_in().await);
    assert_eq!(
        auth_as(&session.access, "sign-out", &json!({}))
            .await
            .status(),
        204
    );
    assert!(!session.is_in_force().await);
    assert_problem(session.refresh().await, 401, "signed_out").await;
    assert!(other.is_in_force().await, "one at a time");
}

#[tokio::test]
async fn signing_out_everywhere_ends_sign_ins_and_assistants_when_asked() {
    let tenant = Tenant::connected("starter").await;
    let account = tenant.account("viewer").await;
    let assistant = Assistant::register().await;
    let person = Person::with_password(&account).await;
    let granted = assistant
        .connect(&person, "tool.read", Choice::default())
        .await;
    let granted = granted["access_token"].as_str().unwrap();
    let list = rpc("tools/list", json!({}));
    let (one, two) = (account.sign_in().await, account.sign_in().await);
    let body = json!({});
    assert_eq!(
        auth_as(&one.access, "sign-out-everywhere", &body)
            .await
            .status(),
        204
    );
    assert!(!one.is_in_force().await && !two.is_in_force().await);
    let page = person.open("/assistants").await;
    assert!(page.text.contains("action=\"/sign-in\""), "the browser too");
    assert_eq!(post(granted, &list).await.status(), 200, "assistants stay");
    let again = account.sign_in().await;
    let body = json!({ "assistants": true });
    assert_eq!(
        auth_as(&again.access, "sign-out-everywhere", &body)
            .await
            .status(),
        204
    );
    assert_eq!(
        post(granted, &list).await.status(),
        401,
        "unless they are meant too"
    );
}

#[tokio::test]
async fn a_text_of_one_kind_passes_for_no_other() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let session = account.sign_in().await;
    let invitation = tenant.invite(&account).await;
    let invitation = invitation["invitation"].as_str().unwrap();
    let key = &tenant.admin;
    for text in [&session.refresh, invitation] {
        assert_eq!(crate::support::me(text).await.status(), 401);
        assert_eq!(
            post(text, &rpc("tools/list", json!({}))).await.status(),
            401
        );
    }
    assert_eq!(
        crate::support::me(key).await.status(),
        401,
        "a key has not signed in"
    );
    for text in [&session.access, invitation, key] {
        let answer = auth("refresh", &json!({ "refresh_token": text })).await;
        assert_problem(answer, 401, "signed_out").await;
    }
    for text in [&session.access, &session.refresh, key] {
        let body = json!({ "invitation": text, "new": "a wholly new and long password" });
        assert_problem(auth("password", &body).await, 401, "invitation").await;
    }
    let url = format!("{}/platform/v1/tenants", crate::support::dev().url);
    let platform = crate::support::http().get(url).bearer_auth(&session.access);
    assert_eq!(platform.send().await.unwrap().status(), 401);
    assert_eq!(claims(&session.access)["sid"], session.id.as_str());
}
