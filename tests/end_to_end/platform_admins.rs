//! `/platform/v1`: whoever runs the platform, their sign-ins and their keys.

use serde_json::{Value, json};

use crate::support::{Platform, Tenant, assert_problem, dev, http, until};

async fn status(platform: &Platform) -> u16 {
    let request = platform.ask(http::Method::GET, "admins");
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn an_admin_signs_in_goes_on_and_out() {
    let admin = Platform::own().admin().await;
    let first = admin.sign_in().await;
    assert_eq!(first["token_type"], "Bearer");
    let session = Platform::with(first["access_token"].as_str().unwrap());
    assert_eq!(status(&session).await, 200);

    let anybody = Platform::with("");
    let refresh = json!({ "refresh_token": first["refresh_token"] });
    let second = anybody.posted("refresh", refresh, 200).await;
    assert_eq!(second["session_id"], first["session_id"]);
    let session = Platform::with(second["access_token"].as_str().unwrap());
    let out = session.post("sign-out", json!({})).await;
    assert_eq!(out.status(), 204);
    assert_eq!(status(&session).await, 401, "the next request already");
    let refresh = json!({ "refresh_token": second["refresh_token"] });
    assert_problem(anybody.post("refresh", refresh).await, 401, "signed_out").await;
}

#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_the_sign_in() {
    let admin = Platform::own().admin().await;
    let (first, anybody) = (admin.sign_in().await, Platform::with(""));
    let refresh = json!({ "refresh_token": first["refresh_token"] });
    let second = anybody.posted("refresh", refresh.clone(), 200).await;
    assert_problem(anybody.post("refresh", refresh).await, 401, "signed_out").await;
    let session = Platform::with(second["access_token"].as_str().unwrap());
    assert_eq!(status(&session).await, 401, "whoever has the newer one too");
    let log = Platform::own().log_of(&admin.admin_id).await;
    assert_eq!(log[0]["outcome"]["denied"]["code"], "refresh_reused");
}

#[tokio::test]
async fn whoever_is_wrong_learns_nothing_and_is_locked_out() {
    let (admin, anybody) = (Platform::own().admin().await, Platform::with(""));
    let nobody =
        json!({ "email": "nobody-at-all@example.com", "password": "kilimo bora shambani" });
    let wrong = json!({ "email": admin.email, "password": "kilimo bovu shambani" });
    let of_nobody = assert_problem(
        anybody.post("sign-in", nobody).await,
        401,
        "wrong_credentials",
    )
    .await;
    let response = anybody.post("sign-in", wrong.clone()).await;
    let of_wrong = assert_problem(response, 401, "wrong_credentials").await;
    assert_eq!(of_nobody, of_wrong);
    let mut last = of_wrong;
    for _ in 0..8 {
        last = anybody
            .post("sign-in", wrong.clone())
            .await
            .json()
            .await
            .unwrap();
    }
    assert_eq!(
        (last["status"].as_u64(), &last["code"]),
        (Some(429), &json!("locked"))
    );
    let right = json!({ "email": admin.email, "password": admin.password });
    assert_problem(anybody.post("sign-in", right).await, 429, "locked").await;
    // It is logged behind the answer.
    let is_wrong = |entry: &Value| entry["outcome"]["denied"]["code"] == "wrong_password";
    until("the failed sign-in is logged", async || {
        let log = Platform::own().log_of(&admin.admin_id).await;
        log.iter().any(is_wrong).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_suspended_admins_sign_ins_and_keys_end_with_the_next_request() {
    let platform = Platform::own();
    let admin = platform.admin().await;
    let session = admin.signed_in().await;
    let key = session
        .posted("keys", json!({ "name": "deploys" }), 201)
        .await;
    let key = Platform::with(key["token"].as_str().unwrap());
    assert_eq!((status(&session).await, status(&key).await), (200, 200));

    let path = format!("admins/{}", admin.admin_id);
    let suspended = platform.change(&path, json!({ "suspended": true })).await;
    assert_eq!(suspended.status(), 200);
    assert_eq!((status(&session).await, status(&key).await), (401, 401));
    let right = json!({ "email": admin.email, "password": admin.password });
    let refused = Platform::with("").post("sign-in", right).await;
    assert_problem(refused, 401, "wrong_credentials").await;

    let restored = platform.change(&path, json!({ "suspended": false })).await;
    assert_eq!(restored.status(), 200);
    assert_eq!(status(&session).await, 401, "a sign-in does not come back");
    assert_eq!(status(&key).await, 200);
}

#[tokio::test]
async fn a_key_is_registered_shown_once_and_revoked() {
    let session = Platform::own().admin().await.signed_in().await;
    let body = json!({ "name": "deploys", "expires_in_days": 7 });
    let create = || {
        session
            .ask(http::Method::POST, "keys")
            .header("Idempotency-Key", "one")
    };
    let issued: Value = create()
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let again = create().json(&body).send().await.unwrap();
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["platform_key_id"], issued["platform_key_id"]);
    assert_eq!(again["token"], Value::Null, "it was shown once");
    let other = create()
        .json(&json!({ "name": "other" }))
        .send()
        .await
        .unwrap();
    assert_problem(other, 422, "idempotency_key_reused").await;

    let key = Platform::with(issued["token"].as_str().unwrap());
    let id = issued["platform_key_id"].as_str().unwrap();
    assert_eq!(status(&key).await, 200);
    let listed = session.get("keys?limit=200").await;
    let listed = listed["items"].as_array().unwrap();
    assert!(
        listed
            .iter()
            .any(|one| one["platform_key_id"] == id && one.get("token").is_none())
    );
    let path = format!("keys/{id}");
    let revoke = || session.ask(http::Method::DELETE, &path).send();
    assert_eq!(revoke().await.unwrap().status(), 204);
    assert_eq!(status(&key).await, 401, "the next request already");
    assert_eq!(
        revoke().await.unwrap().status(),
        204,
        "revoked twice is revoked"
    );
    let unknown = session.ask(http::Method::DELETE, "keys/k_nothing").send();
    assert_problem(unknown.await.unwrap(), 404, "not_found").await;
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let admin = Platform::own().admin().await;
    let (one, other) = (admin.signed_in().await, admin.signed_in().await);
    let wrong = json!({ "current": "kilimo bovu shambani", "new": "mahindi na maharagwe" });
    assert_problem(one.post("password", wrong).await, 401, "wrong_credentials").await;
    let common = json!({ "current": admin.password, "new": "password1234" });
    assert_problem(one.post("password", common).await, 422, "password").await;
    let right = json!({ "current": admin.password, "new": "mahindi na maharagwe" });
    assert_eq!(one.post("password", right).await.status(), 204);
    assert_eq!((status(&one).await, status(&other).await), (401, 401));
    let old = json!({ "email": admin.email, "password": admin.password });
    assert_eq!(Platform::with("").post("sign-in", old).await.status(), 401);
    let new = json!({ "email": admin.email, "password": "mahindi na maharagwe" });
    Platform::with("").posted("sign-in", new, 200).await;
}

#[tokio::test]
async fn nobody_becomes_the_first_admin_twice() {
    let body = json!({
        "name": "Second", "email": "second@example.com", "password": "kilimo bora shambani",
    });
    for token in [dev().platform_admin.as_str(), dev().key("admin"), ""] {
        let response = Platform::with(token).post("bootstrap", body.clone()).await;
        assert_eq!(response.status(), 401);
    }
    let output =
        std::process::Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target/debug/lango"))
            .args(["bootstrap", "--url", &dev().url])
            .args([
                "--issuer",
                "urn:lango:dev",
                "--audience",
                "urn:lango:dev:gateway",
            ])
            .args([
                "--name",
                "Second",
                "--email",
                "second@example.com",
                "--signing-keys",
            ])
            .arg(dev().folder.join("secrets/signing-keys.json"))
            .env("LANGO_PASSWORD", "kilimo bora shambani")
            .output()
            .unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        words.contains("There is a platform admin already"),
        "{words}"
    );
}

#[tokio::test]
async fn the_two_worlds_do_not_open_each_other() {
    let tenant = Tenant::create("free").await;
    let session = Platform::own().admin().await.sign_in().await;
    let session = session["access_token"].as_str().unwrap();
    for path in ["keys", "users", "audit", "settings", "export"] {
        let request = http().get(format!("{}/admin/v1/{path}", dev().url));
        let refused = request.bearer_auth(session).send().await.unwrap();
        assert_eq!(refused.status(), 401, "{path}");
    }
    for path in ["tenants", "admins", "keys", "audit", "signing-keys"] {
        let request = Platform::with(&tenant.admin).ask(http::Method::GET, path);
        assert_eq!(request.send().await.unwrap().status(), 401, "{path}");
    }
}

#[tokio::test]
async fn what_is_done_is_in_the_platforms_log_with_before_and_after() {
    let platform = Platform::own();
    let admin = platform.admin().await;
    let path = format!("admins/{}", admin.admin_id);
    platform.change(&path, json!({ "name": "Chebet R." })).await;
    let log = platform.log_of(&admin.admin_id).await;
    let of = |action: &str| log.iter().find(|entry| entry["action"] == action).unwrap();
    let created = of("admin.create");
    assert_eq!(created["actor"], "platform_admin");
    assert_eq!(created["outcome"]["change"]["after"]["email"], admin.email);
    let changed = &of("admin.change")["outcome"]["change"];
    assert_eq!(changed["before"]["name"], "Chebet Rono");
    assert_eq!(changed["after"]["name"], "Chebet R.");
    let text = serde_json::to_string(&log).unwrap();
    assert!(
        !text.contains(&admin.password) && !text.contains("$2b$"),
        "no secret"
    );
}

#[tokio::test]
async fn changes_need_the_version_that_was_read_and_emails_are_ones_own() {
    let platform = Platform::own();
    let (one, other) = (platform.admin().await, platform.admin().await);
    let path = format!("admins/{}", one.admin_id);
    let change = |version: Option<&'static str>| {
        let request = platform.ask(http::Method::PATCH, &path);
        let request = request.json(&json!({ "name": "Chebet" }));
        version.map_or(request.try_clone().unwrap(), |it| {
            request.header("If-Match", it)
        })
    };
    let sent = change(None).send().await.unwrap();
    assert_problem(sent, 428, "if_match_missing").await;
    let sent = change(Some("\"9\"")).send().await.unwrap();
    assert_problem(sent, 412, "stale").await;
    let taken = platform
        .change(&path, json!({ "email": other.email }))
        .await;
    assert_problem(taken, 409, "email_taken").await;
    let unknown = platform
        .ask(http::Method::GET, "admins/a_nobody")
        .send()
        .await;
    assert_problem(unknown.unwrap(), 404, "not_found").await;
}
