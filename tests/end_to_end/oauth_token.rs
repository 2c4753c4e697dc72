//! `/token` and `/revoke`: a code once, a refresh token once, each for whom it was
//! made.

use serde_json::{Value, json};

use crate::support::{Assistant, Choice, Person, Tenant, claims, dev, http, post, query_of, rpc};

fn text(body: &Value, name: &str) -> String {
    body[name]
        .as_str()
        .unwrap_or_else(|| panic!("{body}"))
        .to_owned()
}

async fn passes(token: &str) -> u16 {
    post(token, &rpc("tools/list", json!({})))
        .await
        .status()
        .as_u16()
}

async fn code(assistant: &Assistant) -> String {
    let person = Person::of_demo("viewer").await;
    person
        .allow(&assistant.request(&[]), Choice::default())
        .await
}

async fn connected() -> (Assistant, Value) {
    let assistant = Assistant::register().await;
    let (status, body) = assistant.redeem(&code(&assistant).await).await;
    assert_eq!(status, 200, "{body}");
    (assistant, body)
}

fn assert_refused(answer: &(u16, Value), error: &str) {
    assert_eq!(
        (answer.0, &answer.1["error"]),
        (400, &json!(error)),
        "{}",
        answer.1
    );
    assert!(answer.1.get("access_token").is_none());
}

#[tokio::test]
async fn an_access_token_is_short_and_for_one_resource() {
    let (assistant, body) = connected().await;
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    let claims = claims(&text(&body, "access_token"));
    assert_eq!(claims["iss"], dev().url);
    assert_eq!(claims["aud"], dev().mcp_url);
    assert_eq!(claims["client_id"], assistant.id);
    assert_eq!(claims["sub"], dev().users["viewer"]);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        900
    );
    assert_eq!(claims["scope"], body["scope"]);
    assert_eq!(passes(&text(&body, "access_token")).await, 200);
}

#[tokio::test]
async fn a_code_is_good_once_and_again_ends_everything() {
    let assistant = Assistant::register().await;
    let code = code(&assistant).await;
    let (_, body) = assistant.redeem(&code).await;
    assert_eq!(passes(&text(&body, "access_token")).await, 200);
    assert_refused(&assistant.redeem(&code).await, "invalid_grant");
    assert_eq!(
        passes(&text(&body, "access_token")).await,
        401,
        "what it gave has ended"
    );
    let refreshed = assistant.refresh(&text(&body, "refresh_token"), &[]).await;
    assert_refused(&refreshed, "invalid_grant");
}

#[tokio::test]
async fn a_code_needs_the_verifier_of_its_own_request() {
    for (wrong, error) in [
        (vec![("code_verifier", "")], "invalid_request"),
        (vec![("code_verifier", "short")], "invalid_request"),
        (
            vec![(
                "code_verifier",
                "w_______________________________________________________________",
            )],
            "invalid_grant",
        ),
        (
            vec![("redirect_uri", "http://127.0.0.1:50124/callback")],
            "invalid_grant",
        ),
        (
            vec![("resource", "https://other.example/mcp")],
            "invalid_target",
        ),
    ] {
        let assistant = Assistant::register().await;
        let code = code(&assistant).await;
        assert_refused(&assistant.redeem_with(&code, &wrong).await, error);
    }
    // The challenge itself is no verifier: `plain` does not come back.
    let assistant = Assistant::register().await;
    let code = code(&assistant).await;
    let challenge = crate::support::challenge(&assistant.verifier);
    let plain = assistant
        .redeem_with(&code, &[("code_verifier", &challenge)])
        .await;
    assert_refused(&plain, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_its_clients_own() {
    let (assistant, thief) = (Assistant::register().await, Assistant::register().await);
    let code = code(&assistant).await;
    let stolen = thief
        .redeem_with(&code, &[("code_verifier", &assistant.verifier)])
        .await;
    assert_refused(&stolen, "invalid_grant");
    assert_refused(&assistant.redeem(&code).await, "invalid_grant");
}

#[tokio::test]
async fn what_nobody_signed_is_no_code() {
    let assistant = Assistant::register().await;
    let code = code(&assistant).await;
    let (_, tokens) = assistant.redeem(&code).await;
    let refresh = text(&tokens, "refresh_token");
    for wrong in [
        "x",
        dev().key("viewer"),
        &assistant.id,
        &refresh,
        &text(&tokens, "access_token"),
    ] {
        assert_refused(&assistant.redeem(wrong).await, "invalid_grant");
        if wrong != refresh {
            assert_refused(&assistant.refresh(wrong, &[]).await, "invalid_grant");
        }
    }
    // None of that touched the grant.
    assert_eq!(assistant.refresh(&refresh, &[]).await.0, 200);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_ends_the_family() {
    let (assistant, first) = connected().await;
    let (status, second) = assistant.refresh(&text(&first, "refresh_token"), &[]).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(passes(&text(&second, "access_token")).await, 200);
    let reused = assistant.refresh(&text(&first, "refresh_token"), &[]).await;
    assert_refused(&reused, "invalid_grant");
    let newest = assistant
        .refresh(&text(&second, "refresh_token"), &[])
        .await;
    assert_refused(&newest, "invalid_grant");
    for body in [&first, &second] {
        assert_eq!(passes(&text(body, "access_token")).await, 401);
    }
}

#[tokio::test]
async fn two_at_once_do_not_both_get_tokens() {
    let assistant = Assistant::register().await;
    let code = code(&assistant).await;
    let (one, other) = tokio::join!(assistant.redeem(&code), assistant.redeem(&code));
    assert_eq!(
        usize::from(one.0 == 200) + usize::from(other.0 == 200),
        1,
        "{one:?} {other:?}"
    );
    let tokens = if one.0 == 200 { one.1 } else { other.1 };
    assert_eq!(
        passes(&text(&tokens, "access_token")).await,
        401,
        "the second one ended it"
    );
}

#[tokio::test]
async fn a_refresh_token_is_its_clients_own() {
    let (assistant, body) = connected().await;
    let thief = Assistant::register().await;
    let token = text(&body, "refresh_token");
    assert_refused(&thief.refresh(&token, &[]).await, "invalid_grant");
    assert_eq!(assistant.refresh(&token, &[]).await.0, 200);
}

#[tokio::test]
async fn refreshing_may_narrow_and_never_widen() {
    let (assistant, body) = connected().await;
    let token = text(&body, "refresh_token");
    assert_refused(
        &assistant.refresh(&token, &[("scope", "audit.view")]).await,
        "invalid_scope",
    );
    let other = assistant.refresh(&token, &[("resource", &dev().url)]).await;
    assert_refused(&other, "invalid_target");
    let (status, narrow) = assistant.refresh(&token, &[("scope", "tool.read")]).await;
    assert_eq!((status, &narrow["scope"]), (200, &json!("tool.read")));
    let (_, whole) = assistant
        .refresh(&text(&narrow, "refresh_token"), &[])
        .await;
    assert_eq!(whole["scope"], body["scope"]);
}

#[tokio::test]
async fn a_token_for_one_resource_is_none_for_another() {
    let (_, body) = connected().await;
    let elsewhere = http()
        .get(format!("{}/admin/v1/audit", dev().url))
        .bearer_auth(text(&body, "access_token"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        elsewhere.status(),
        401,
        "a token for /mcp is none for /admin"
    );

    let assistant = Assistant::register().await;
    let person = Person::of_demo("manager").await;
    let request = assistant.request(&[("resource", &dev().url), ("scope", "audit.view tool.read")]);
    let code = person.allow(&request, Choice::default()).await;
    let (_, body) = assistant.redeem(&code).await;
    let token = text(&body, "access_token");
    assert_eq!(claims(&token)["aud"], dev().url);
    let audit = http()
        .get(format!("{}/admin/v1/audit", dev().url))
        .bearer_auth(&token);
    assert_eq!(audit.send().await.unwrap().status(), 200);
    assert_eq!(passes(&token).await, 200, "the whole includes its part");
    let keys = http()
        .get(format!("{}/admin/v1/keys", dev().url))
        .bearer_auth(&token);
    assert_eq!(keys.send().await.unwrap().status(), 403);
}

/// On loopback the same machine has two names, and so two issuers: what one has
/// signed is nothing to the other (mix-up).
#[tokio::test]
async fn another_issuers_tokens_are_refused() {
    let (_, body) = connected().await;
    let other = dev().mcp_url.replace("127.0.0.1", "localhost");
    let refused = http()
        .post(&other)
        .bearer_auth(text(&body, "access_token"))
        .json(&rpc("tools/list", json!({})))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);

    let assistant = Assistant::register().await;
    let code = code(&assistant).await;
    let there = http()
        .post(format!(
            "{}/token",
            dev().url.replace("127.0.0.1", "localhost")
        ))
        .form(&[
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("code_verifier", &assistant.verifier),
            ("client_id", &assistant.id),
        ])
        .send()
        .await
        .unwrap();
    assert_eq!(there.status(), 401, "the client is not registered there");
    assert_eq!(assistant.redeem(&code).await.0, 200);
}

#[tokio::test]
async fn an_assistant_can_give_back_what_it_has() {
    let revoke = async |token: &str, client: &str| {
        let form = [("token", token), ("client_id", client)];
        let response = http()
            .post(format!("{}/revoke", dev().url))
            .form(&form)
            .send()
            .await
            .unwrap();
        response.status().as_u16()
    };
    for kind in ["refresh_token", "access_token"] {
        let (assistant, body) = connected().await;
        let stranger = Assistant::register().await;
        assert_eq!(
            revoke(&text(&body, kind), &stranger.id).await,
            200,
            "nothing is told"
        );
        assert_eq!(passes(&text(&body, "access_token")).await, 200, "nor ended");
        assert_eq!(revoke(&text(&body, kind), &assistant.id).await, 200);
        assert_eq!(passes(&text(&body, "access_token")).await, 401, "{kind}");
        let refreshed = assistant.refresh(&text(&body, "refresh_token"), &[]).await;
        assert_refused(&refreshed, "invalid_grant");
        assert_eq!(
            revoke(&text(&body, kind), &assistant.id).await,
            200,
            "again"
        );
    }
    let assistant = Assistant::register().await;
    assert_eq!(revoke("nonsense", &assistant.id).await, 200);
    assert_eq!(revoke("nonsense", "nobody").await, 401);
}

#[tokio::test]
async fn other_grants_are_not_served() {
    let assistant = Assistant::register().await;
    for grant in [
        "password",
        "client_credentials",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] {
        let answer =
            crate::support::tokens(&[("grant_type", grant), ("client_id", &assistant.id)]).await;
        assert_refused(&answer, "unsupported_grant_type");
    }
    let twice = http()
        .post(format!("{}/token", dev().url))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!(
            "grant_type=refresh_token&grant_type=refresh_token&client_id={}",
            assistant.id
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(twice.status(), 400);
    let json = http()
        .post(format!("{}/token", dev().url))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(json.status(), 415);
}

#[tokio::test]
async fn everything_that_becomes_of_a_grant_is_in_the_tenants_log() {
    let tenant = Tenant::create("starter").await;
    let user = tenant.user("viewer").await;
    let person = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    let answer = person.open(&assistant.request(&[])).await;
    let answer = person
        .send(
            "/authorize",
            &answer.consent(Choice::default()),
            Some(&dev().url),
        )
        .await;
    let code = query_of(answer.location())["code"].clone();
    assistant.redeem(&code).await;
    assistant.redeem(&code).await;
    // The user's registration and sign-in are in it too.
    let log = tenant.log(5).await;
    let actions: Vec<_> = log
        .iter()
        .filter(|entry| entry["principal"] == user.as_str())
        .map(|entry| entry["action"].as_str().unwrap())
        .filter(|action| action.starts_with("assistant."))
        .collect();
    assert_eq!(
        actions,
        [
            "assistant.token_reused",
            "assistant.connect",
            "assistant.consent"
        ]
    );
}

/// Where a grant was asked from is in its entries, for whoever watches the log.
#[tokio::test]
async fn entries_of_a_grant_say_the_country() {
    let Some(edge) = &dev().edge_url else {
        return println!("only plain workerd has a port on which a test says where it comes from");
    };
    let tenant = Tenant::create("starter").await;
    let user = tenant.user("viewer").await;
    let person = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    let code = person
        .allow(&assistant.request(&[]), Choice::default())
        .await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &assistant.redirect),
        ("code_verifier", &assistant.verifier),
        ("client_id", &assistant.id),
    ];
    let host = dev().url.trim_start_matches("http://");
    let redeemed = http()
        .post(format!("{edge}/token"))
        .header("Host", host)
        .header("CF-Blob", r#"{"country":"TZ"}"#)
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(redeemed.status(), 200, "{:?}", redeemed.text().await);
    let of = |action: &'static str| move |entry: &&Value| entry["action"] == action;
    let log = tenant
        .log_until(|log| log.iter().any(|entry| of("assistant.connect")(&entry)))
        .await;
    let connected = log.iter().find(of("assistant.connect")).unwrap();
    assert_eq!(connected["country"], "TZ", "{connected}");
    let consented = log.iter().find(of("assistant.consent")).unwrap();
    assert_eq!(consented.get("country"), None, "{consented}");
}
