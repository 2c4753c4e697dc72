//! One owner of each credential: what it asks for, and how often.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Delegated, Upstream, World, dev, http, text, tool_call};

/// So many call at once.
const CALLERS: usize = 100;

async fn at_once(system: &Delegated, key: &str) -> Vec<Value> {
    join_all((0..CALLERS).map(|_| system.call(key, "whoami"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_at_once_spend_one_refresh_token() {
    let system = Delegated::new("standard").await;
    let person = system.whoami(&system.first).await;
    for round in 1..=3 {
        system.rules(json!({ "pause_ms": 200 })).await;
        system.end_access().await;
        let answers = at_once(&system, &system.first.key.token).await;
        for answer in &answers {
            assert_eq!(text(answer), person, "{answer}");
        }
        let seen = system.seen().await;
        assert_eq!(seen["refreshes"], round, "{seen}");
        assert_eq!(seen["reused"], 0, "{seen}");
        assert_eq!(seen["most_at_once"], 1, "{seen}");
    }
}

#[tokio::test]
async fn no_more_tokens_are_asked_for_than_the_server_gives() {
    let system = Delegated::new("zoho").await;
    let mut refused = 0;
    for _ in 0..14 {
        system.end_access().await;
        let body = system.call(&system.first.key.token, "whoami").await;
        if body["result"]["isError"] == true {
            let words = text(&body);
            assert!(words.contains("gives no more tokens for now"), "{words}");
            refused += 1;
        }
    }
    let seen = system.seen().await;
    assert_eq!(seen["too_many"], 0, "{seen}");
    assert_eq!(
        (seen["refreshes"].clone(), refused),
        (json!(8), 6),
        "{seen}"
    );
    assert_eq!(system.accounts().await["items"][0]["standing"], "connected");
}

#[tokio::test]
async fn tokens_that_end_soon_are_renewed_one_after_the_other() {
    let system = Delegated::new("standard").await;
    system.rules(json!({ "lifetime_s": 2 })).await;
    system.end_access().await;
    let person = system.whoami(&system.first).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        assert_eq!(system.whoami(&system.first).await, person);
    }
    let seen = system.seen().await;
    assert_eq!(
        (&seen["refreshes"], &seen["reused"]),
        (&json!(4), &json!(0))
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_where_the_server_gives_it_twice() {
    for rotation in ["grace", "until_used", "kept"] {
        let system = Delegated::new("standard").await;
        let person = system.whoami(&system.first).await;
        system
            .rules(json!({ "rotation": rotation, "hold": "once_after" }))
            .await;
        system.end_access().await;
        assert_eq!(system.whoami(&system.first).await, person, "{rotation}");
        assert_eq!(system.seen().await["held"], 1, "{rotation}");
    }
}

#[tokio::test]
async fn where_it_does_not_one_person_connects_again_and_nobody_else_notices() {
    let system = Delegated::new("standard").await;
    let other = system.person("manager").await;
    system.connect(&other).await;
    let person = system.whoami(&other).await;
    system
        .rules(json!({ "rotation": "strict", "hold": "once_after" }))
        .await;
    system.end_access().await;
    let words = text(&system.call(&system.first.key.token, "whoami").await);
    assert!(words.contains("last answer was lost"), "{words}");
    assert!(words.contains(&system.connect_path()), "{words}");
    let own = system.first.browser.get("/auth/v1/connections").await;
    assert_eq!(own["items"][0]["standing"], "answer_lost", "{own}");
    assert_eq!(system.whoami(&other).await, person);
    // Nobody asks a server again that has said no.
    let refused = system.seen().await["refused"].clone();
    system.call(&system.first.key.token, "whoami").await;
    assert_eq!(system.seen().await["refused"], refused);
    system.connect(&system.first).await;
    assert!(system.whoami(&system.first).await.starts_with("person-"));
}

#[tokio::test]
async fn a_server_that_is_down_or_misconfigured_loses_nobody() {
    let system = Delegated::new("standard").await;
    let person = system.whoami(&system.first).await;
    for answer in [
        json!([503, {}]),
        json!([401, { "error": "invalid_client" }]),
    ] {
        system.rules(json!({ "answer": answer })).await;
        system.end_access().await;
        let body = system.call(&system.first.key.token, "whoami").await;
        assert_eq!(body["result"]["isError"], true, "{body}");
        assert_eq!(system.accounts().await["items"][0]["standing"], "connected");
        if answer[0] == 503 {
            system.rules(json!({ "answer": null })).await;
            tokio::time::sleep(Duration::from_millis(2_100)).await;
            assert_eq!(system.whoami(&system.first).await, person);
        }
    }
}

#[tokio::test]
async fn a_client_of_its_own_has_one_token_however_many_call() {
    let world = World::new();
    let upstream = Upstream::approved(json!({
        "url": world.url("oauth/new-json"), "authentication": "client_credentials",
        "token_url": world.url("token"), "client_id": "lango", "client_secret": "s3cret",
    }))
    .await;
    assert_eq!(world.seen().await["tokens"], 1);
    for round in 2..=3 {
        // A new token ends the one before it: whoever asked twice would end its own.
        world.change(json!({ "forget_tokens": true })).await;
        let call = |number: usize| {
            let body = tool_call("up__echo", json!({ "text": number.to_string() }));
            let request = http()
                .post(&dev().mcp_url)
                .bearer_auth(&upstream.tenant.admin)
                .json(&body);
            async move {
                let answer = request.send().await.unwrap();
                answer.json::<Value>().await.unwrap()
            }
        };
        for (number, answer) in join_all((0..40).map(call)).await.into_iter().enumerate() {
            let said = &answer["result"]["structuredContent"]["text"];
            assert_eq!(*said, number.to_string(), "{answer}");
        }
        assert_eq!(world.seen().await["tokens"], round);
    }
}
