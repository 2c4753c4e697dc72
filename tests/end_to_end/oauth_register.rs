//! Dynamic client registration (RFC 7591).

use serde_json::{Value, json};

use crate::support::{Assistant, Choice, Person, dev, http, tokens};

async fn register(metadata: Value) -> (u16, Value) {
    let response = http()
        .post(format!("{}/register", dev().url))
        .json(&metadata)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_answer_is_the_registration() {
    let (status, body) = register(json!({
        "client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }))
    .await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["client_name"], "Claude");
    assert!(
        body["client_id"].as_str().unwrap().len() < 2_000,
        "it travels in URLs"
    );
    assert!(
        body.get("client_secret").is_none(),
        "a public client has no secret"
    );
}

#[tokio::test]
async fn what_may_not_be_registered_is_named() {
    let good = "https://claude.ai/cb";
    for (metadata, error) in [
        (json!({}), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["http://attacker.example/"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": ["javascript:alert(1)"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": ["https://claude.ai/#x"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": [good], "grant_types": ["password"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": [good], "token_endpoint_auth_method": "tls_client_auth" }),
            "invalid_client_metadata",
        ),
        (json!([good]), "invalid_client_metadata"),
    ] {
        let (status, body) = register(metadata.clone()).await;
        assert_eq!((status, &body["error"]), (400, &json!(error)), "{metadata}");
    }
}

#[tokio::test]
async fn a_confidential_client_proves_itself() {
    let assistant = Assistant::register_with(json!({})).await;
    let secret = assistant.secret.clone().unwrap();
    let person = Person::of_demo("viewer").await;
    let code = person
        .allow(&assistant.request(&[]), Choice::default())
        .await;
    for wrong in ["", "wrong", &assistant.id, &secret[1..]] {
        let (status, body) = assistant
            .redeem_with(&code, &[("client_secret", wrong)])
            .await;
        assert_eq!(
            (status, &body["error"]),
            (401, &json!("invalid_client")),
            "{wrong}"
        );
    }
    // A client that did not prove itself has not used the code up.
    let (status, body) = assistant.redeem(&code).await;
    assert_eq!(status, 200, "{body}");

    let by_header = http()
        .post(format!("{}/token", dev().url))
        .basic_auth(&assistant.id, Some(&secret))
        .form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", body["refresh_token"].as_str().unwrap()),
        ])
        .send()
        .await
        .unwrap();
    assert_eq!(by_header.status(), 200);
    let wrong = http()
        .post(format!("{}/token", dev().url))
        .basic_auth(&assistant.id, Some("wrong"))
        .form(&[("grant_type", "refresh_token"), ("refresh_token", "x")])
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 401);
    assert!(
        wrong.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
}

#[tokio::test]
async fn an_identifier_that_was_not_registered_here_is_no_client() {
    let assistant = Assistant::register().await;
    let mut forged = assistant.id.clone();
    forged.replace_range(forged.len() - 6..forged.len() - 3, "AAA");
    for id in [&forged, "nobody", dev().key("viewer")] {
        let (status, body) = tokens(&[
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("code_verifier", &assistant.verifier),
            ("client_id", id),
        ])
        .await;
        // RFC 6749 §5.2; clients register again then.
        assert_eq!(
            (status, &body["error"]),
            (401, &json!("invalid_client")),
            "{id}"
        );
    }
}

/// Nothing is stored, so two registrations could be one text.
#[tokio::test]
async fn two_clients_that_say_the_same_are_two() {
    let (one, other) = (
        Assistant::register_with(json!({})).await,
        Assistant::register_with(json!({})).await,
    );
    assert_ne!(one.id, other.id);
    assert_ne!(one.secret, other.secret);
}
