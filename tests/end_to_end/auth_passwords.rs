//! Invitations, and passwords that are set.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Session, Tenant, assert_problem, auth, auth_as, dev, http};

const OTHER: &str = "a second sentence about the gate";

#[tokio::test]
async fn an_invitation_sets_one_password_once() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    let older = tenant.invite(&account).await;
    let invitation = tenant.invite(&account).await;
    let url = invitation["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/password?invitation=", dev().url)));
    let set = async |invitation: &Value, new: &str| {
        let body = json!({ "invitation": invitation["invitation"], "new": new });
        auth("password", &body).await
    };
    assert_problem(set(&older, PASSWORD).await, 401, "invitation").await;
    assert_eq!(set(&invitation, PASSWORD).await.status(), 204);
    assert_problem(set(&invitation, OTHER).await, 401, "invitation").await;
    account.sign_in().await;
    let user = tenant.get(&format!("users/{}", account.user_id)).await;
    assert_eq!(user["has_password"], true);
    assert!(!user.to_string().contains("$2"), "no hash is shown");
}

#[tokio::test]
async fn a_weak_password_is_refused_in_words_and_the_invitation_stays() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    let invitation = tenant.invite(&account).await;
    let long = "ab 7-".repeat(15);
    for (weak, said) in [
        ("short", "at least 12 characters"),
        ("Password2026!", "too common"),
        ("aaaaaaaaaaaaaaaa", "too common"),
        (long.as_str(), "72 bytes"),
    ] {
        let body = json!({ "invitation": invitation["invitation"], "new": weak });
        let problem = assert_problem(auth("password", &body).await, 422, "password").await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(said) && !detail.contains(weak), "{detail}");
    }
    let body = json!({ "invitation": invitation["invitation"], "new": PASSWORD });
    assert_eq!(auth("password", &body).await.status(), 204);
}

#[tokio::test]
async fn a_change_needs_the_password_until_now_and_ends_other_sign_ins() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let (own, other) = (account.sign_in().await, account.sign_in().await);
    let change = async |current: &str| {
        let body = json!({ "current": current, "new": OTHER });
        auth_as(&own.access, "password", &body).await
    };
    assert_problem(change("not it").await, 401, "wrong_credentials").await;
    assert!(other.is_in_force().await);
    assert_eq!(change(PASSWORD).await.status(), 204);
    assert!(own.is_in_force().await && !other.is_in_force().await);
    let old = auth("sign-in", &account.login(PASSWORD)).await;
    assert_problem(old, 401, "wrong_credentials").await;
    Session::of(auth("sign-in", &account.login(OTHER)).await).await;
}

/// Whoever has found an open session does not find the password in it.
#[tokio::test]
async fn the_password_until_now_is_not_guessed_in_an_open_session() {
    let tenant = Tenant::create("starter").await;
    let own = tenant.account("viewer").await.sign_in().await;
    let body = json!({ "current": "a guess", "new": OTHER });
    for _ in 0..5 {
        assert_eq!(auth_as(&own.access, "password", &body).await.status(), 401);
    }
    let right = json!({ "current": PASSWORD, "new": OTHER });
    assert_problem(
        auth_as(&own.access, "password", &right).await,
        429,
        "locked",
    )
    .await;
}

#[tokio::test]
async fn an_invitation_needs_the_right_and_all_that_the_invited_may() {
    let tenant = Tenant::create("starter").await;
    let boss = tenant.register("admin").await;
    let role = json!({
        "role": "people-office", "description": "Keeps the list of people",
        "permissions": ["user.view", "user.manage", "tool.read", "analytics.view"],
    });
    let request = tenant.admin(http::Method::POST, "roles").json(&role);
    assert_eq!(request.send().await.unwrap().status(), 201);
    let clerk = tenant.register("people-office").await;
    let keeper = tenant.account("people-office").await.sign_in().await;
    let invite = async |token: &str, user: &str| {
        http()
            .post(format!("{}/admin/v1/users/{user}/invitation", dev().url))
            .bearer_auth(token)
            .json(&json!({}))
            .send()
            .await
            .unwrap()
    };
    assert_eq!(invite(&keeper.access, &clerk.user_id).await.status(), 201);
    assert_eq!(
        invite(&keeper.access, &boss.user_id).await.status(),
        403,
        "nobody becomes their administrator"
    );
    let manager = tenant.account("manager").await.sign_in().await;
    assert_problem(
        invite(&manager.access, &clerk.user_id).await,
        403,
        "not_permitted",
    )
    .await;
    let other = Tenant::create("starter").await;
    for nobody in [clerk.user_id.as_str(), "p_0000000000", "nonsense"] {
        assert_problem(invite(&other.admin, nobody).await, 404, "not_found").await;
    }
}
