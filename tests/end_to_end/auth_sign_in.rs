//! `/auth/v1/sign-in`: who is let in, and what everybody else learns.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Session, Tenant, assert_problem, auth, claims, me, post, rpc};

#[tokio::test]
async fn a_password_signs_in_and_the_token_says_who() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("manager").await;
    let response = auth("sign-in", &account.login(PASSWORD)).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(
        body["expires_in"], 900,
        "15 minutes where nothing else is set"
    );
    let claims = claims(body["access_token"].as_str().unwrap());
    assert_eq!(claims["kind"], "employee");
    assert_eq!(claims["tenant"], tenant.tenant_id.as_str());
    assert_eq!(claims["sub"], account.user_id.as_str());
    assert_eq!(claims["role"], "manager");
    assert_eq!(claims["sid"], body["session_id"]);
    let own: Value = me(body["access_token"].as_str().unwrap())
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(own["principal_id"], account.user_id.as_str());
    assert_eq!(own["name"], "A person");
    assert!(own["csrf_token"].is_null(), "that is for browsers");
}

#[tokio::test]
async fn a_sign_in_may_what_its_role_may_and_no_more() {
    let tenant = Tenant::connected("starter").await;
    let (admin, viewer) = (
        tenant.account("admin").await.sign_in().await,
        tenant.account("viewer").await.sign_in().await,
    );
    let users = async |token: &str| {
        let url = format!("{}/admin/v1/users", crate::support::dev().url);
        let request = crate::support::http().get(url).bearer_auth(token);
        request.send().await.unwrap()
    };
    assert_eq!(users(&admin.access).await.status(), 200);
    assert_problem(users(&viewer.access).await, 403, "not_permitted").await;
    let listed = post(&viewer.access, &rpc("tools/list", json!({}))).await;
    assert_eq!(listed.status(), 200, "tools take sign-ins too");
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let tenant = Tenant::create("starter").await;
    let (account, invited) = (
        tenant.account("viewer").await,
        tenant.register("viewer").await,
    );
    let long = "x".repeat(500);
    let ways = [
        account.login("another password than theirs"),
        account.login(""),
        account.login(&long),
        invited.login(PASSWORD),
        json!({ "tenant": tenant.tenant_id, "email": "nobody@duka.test", "password": PASSWORD }),
        json!({ "tenant": "no-such-tenant", "email": account.email, "password": PASSWORD }),
        json!({ "tenant": "t_0000000000", "email": account.email, "password": PASSWORD }),
        json!({ "tenant": tenant.tenant_id, "email": account.email, "password": PASSWORD, "kind": "customer" }),
    ];
    let mut answers = Vec::new();
    for way in &ways {
        answers.push(assert_problem(auth("sign-in", way).await, 401, "wrong_credentials").await);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn an_address_is_found_however_it_is_typed() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let typed = json!({
        "tenant": tenant.tenant_id.to_uppercase(),
        "email": format!(" {}", account.email.to_uppercase()),
        "password": PASSWORD,
    });
    Session::of(auth("sign-in", &typed).await).await;
}

#[tokio::test]
async fn five_failures_lock_even_the_right_password_out_for_a_while() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let nobody = json!({ "tenant": tenant.tenant_id, "email": "ghost@duka.test", "password": "x" });
    for body in [account.login("wrong"), nobody.clone()] {
        for _ in 0..5 {
            assert_problem(auth("sign-in", &body).await, 401, "wrong_credentials").await;
        }
    }
    for body in [account.login(PASSWORD), nobody] {
        let response = auth("sign-in", &body).await;
        let wait: u32 = response.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        assert_problem(response, 429, "locked").await;
    }
}

/// Asking all at once buys no more tries than asking one after the other.
#[tokio::test]
async fn a_crowd_of_guesses_is_five_guesses() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let wrong = account.login("wrong");
    let answers = join_all((0..25).map(|_| auth("sign-in", &wrong))).await;
    let looked_at = answers.iter().filter(|it| it.status() == 401).count();
    assert_eq!(looked_at, 5);
    assert!(
        answers
            .iter()
            .all(|it| matches!(it.status().as_u16(), 401 | 429))
    );
}

#[tokio::test]
async fn success_forgives_failures() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(auth("sign-in", &account.login("wrong")).await.status(), 401);
        }
        account.sign_in().await;
    }
}

#[tokio::test]
async fn the_log_has_every_sign_in_and_nothing_that_was_typed() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    // Registered, invited, and the password is set.
    let before = tenant.log(3).await.len();
    for _ in 0..5 {
        auth("sign-in", &account.login("my neighbour's password")).await;
    }
    tenant.log(before + 5).await;
    let other = tenant.account("viewer").await;
    let session = other.sign_in().await;
    let log = tenant.log(before + 9).await;
    let of = |account: &crate::support::Account| {
        let entries = log.iter().filter(|entry| {
            entry["principal"] == account.user_id.as_str() && entry["action"] == "sign_in.password"
        });
        entries.cloned().collect::<Vec<_>>()
    };
    let failures = of(&account);
    assert_eq!(failures.len(), 5);
    assert_eq!(failures[0]["outcome"]["denied"]["code"], "locked");
    assert_eq!(failures[4]["outcome"]["denied"]["code"], "wrong_password");
    let success = of(&other);
    assert_eq!(success[0]["outcome"]["status"], "succeeded");
    assert_eq!(success[0]["actor"], "employee");
    assert_eq!(success[0]["target"], session.id.as_str());
    // Its own entries: what an administrator registers is in theirs.
    let own = log
        .iter()
        .filter(|entry| entry["action"] == "sign_in.password");
    let text = serde_json::to_string(&own.collect::<Vec<_>>()).unwrap();
    for secret in [
        PASSWORD,
        "neighbour",
        &account.email,
        &account.phone,
        &session.refresh,
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn suspension_and_another_role_hold_for_the_next_call() {
    let tenant = Tenant::create("starter").await;
    // The last administrator could not be suspended.
    tenant.register("admin").await;
    let account = tenant.account("admin").await;
    let session = account.sign_in().await;
    assert!(session.is_in_force().await);
    let change = json!({ "suspended": true });
    tenant.change_user(&account, &change).await;
    assert!(!session.is_in_force().await);
    assert_problem(
        auth("sign-in", &account.login(PASSWORD)).await,
        403,
        "suspended",
    )
    .await;
    assert_eq!(session.refresh().await.status(), 401);
    tenant
        .change_user(&account, &json!({ "suspended": false }))
        .await;
    assert!(session.is_in_force().await, "and back");
    let path = format!("users/{}/role", account.user_id);
    let request = tenant.admin(http::Method::PUT, &path);
    let response = request
        .header("If-Match", "*")
        .json(&json!({ "role": "viewer" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let own: Value = me(&session.access).await.json().await.unwrap();
    assert_eq!(own["role"], "viewer", "though the token says admin");
    let refreshed = Session::of(session.refresh().await).await;
    assert_eq!(claims(&refreshed.access)["role"], "viewer");
}

#[tokio::test]
async fn bad_wishes_are_named() {
    let wish = |change: Value| {
        let mut body = json!({ "tenant": "a", "email": "a@b.cd", "password": "x" });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        body
    };
    let refused = async |body: Value, status, code| {
        assert_problem(auth("sign-in", &body).await, status, code).await
    };
    refused(wish(json!({ "email": "nobody" })), 422, "email").await;
    refused(wish(json!({ "kind": "platform_admin" })), 400, "body").await;
    refused(wish(json!({ "more": 1 })), 400, "body").await;
    let said = refused(wish(json!({ "password": 471_147 })), 400, "body").await;
    assert!(!said.to_string().contains("471147"), "{said}");
}

/// Another address is another matter; the account's own guard holds everywhere.
#[tokio::test]
async fn an_address_that_guesses_is_locked_whatever_it_guesses() {
    if !crate::support::dev().is_plain_workerd() {
        return;
    }
    let folder = std::env::temp_dir().join(format!("lango-addresses-{}", std::process::id()));
    let variables = ["--var", "LANGO_CLIENT_ADDRESS=header:X-Test-Address"];
    let port = crate::support::free_port();
    let stack = crate::support::start_own_stack_with(&folder, port, &variables, &[]);
    let from = async |address: &str, email: &str| {
        let body = json!({ "tenant": "nowhere", "email": email, "password": "x" });
        let request = crate::support::http().post(format!("{}/auth/v1/sign-in", stack.dev.url));
        let request = request.header("X-Test-Address", address).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    for guess in 0..30 {
        let email = format!("person-{guess}@duka.test");
        // One IPv6 network is one guesser.
        let address = format!("2001:db8::{:x}", guess + 1);
        assert_eq!(from(&address, &email).await, 401, "{guess}");
    }
    assert_eq!(from("2001:db8::ffff", "somebody@duka.test").await, 429);
    assert_eq!(from("203.0.113.9", "somebody@duka.test").await, 401);
    assert_eq!(
        from("127.0.0.1", "other@duka.test").await,
        401,
        "nobody in particular"
    );
    drop(stack);
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn customers_sign_in_where_the_tenant_lets_them_and_administer_nothing() {
    let tenant = Tenant::connected("starter").await;
    let body = json!({
        "name": "Mama Njeri", "customer_number": "C-17", "email": "njeri@home.test",
    });
    let request = tenant.admin(http::Method::POST, "customers").json(&body);
    let created: Value = request.send().await.unwrap().json().await.unwrap();
    let path = format!(
        "customers/{}/invitation",
        created["customer_id"].as_str().unwrap()
    );
    let request = tenant.admin(http::Method::POST, &path).json(&json!({}));
    let invitation: Value = request.send().await.unwrap().json().await.unwrap();
    let set = json!({ "invitation": invitation["invitation"], "new": PASSWORD });
    assert_eq!(auth("password", &set).await.status(), 204);
    let login = |kind: &str| {
        json!({
            "tenant": tenant.tenant_id, "kind": kind,
            "email": "njeri@home.test", "password": PASSWORD,
        })
    };
    assert_problem(
        auth("sign-in", &login("customer")).await,
        401,
        "wrong_credentials",
    )
    .await;
    let request = tenant
        .admin(http::Method::PATCH, "settings")
        .header("If-Match", "*")
        .json(&json!({ "customer_sign_in": true, "access_token_minutes": 60 }));
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_problem(
        auth("sign-in", &login("employee")).await,
        401,
        "wrong_credentials",
    )
    .await;
    let response = auth("sign-in", &login("customer")).await;
    let tokens: Value = response.json().await.unwrap();
    assert_eq!(tokens["expires_in"], 3_600, "as long as the tenant says");
    let token = tokens["access_token"].as_str().unwrap();
    let said = claims(token);
    assert_eq!(said["kind"], "customer");
    assert_eq!(said["customer_number"], "C-17");
    assert!(said["role"].is_null());
    let own: Value = me(token).await.json().await.unwrap();
    assert_eq!(own["customer_number"], "C-17");
    let url = format!("{}/admin/v1/users", crate::support::dev().url);
    let admin = crate::support::http().get(url).bearer_auth(token);
    assert_eq!(
        admin.send().await.unwrap().status(),
        401,
        "another kind of principal"
    );
    assert_eq!(
        post(token, &rpc("tools/list", json!({}))).await.status(),
        200
    );
}

#[tokio::test]
async fn a_tenant_may_do_without_passwords() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let request = tenant
        .admin(http::Method::PATCH, "settings")
        .header("If-Match", "*")
        .json(&json!({ "password_sign_in": false }));
    assert_eq!(request.send().await.unwrap().status(), 200);
    let refused = auth("sign-in", &account.login(PASSWORD)).await;
    assert_problem(refused, 401, "wrong_credentials").await;
}
