//! People connect their account in a system that acts as them: who is taken for whom.

use serde_json::{Value, json};

use crate::support::{
    Browser, Delegated, Individual, Tenant, assert_problem, delegated_credentials, dev, http, text,
};

/// The state of an authorization request.
fn state_of(url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(name, _)| name == "state");
    found.unwrap().1.into_owned()
}

fn callback(query: &str) -> String {
    format!("{}/connect/callback?{query}", dev().url)
}

#[tokio::test]
async fn each_person_is_themselves_there_and_no_answer_shows_a_token() {
    let system = Delegated::new("standard").await;
    let other = system.person("manager").await;
    let path = "/auth/v1/connections";
    let before = other.browser.get(path).await;
    assert_eq!(before["items"][0]["standing"], "not_connected", "{before}");
    system.connect(&other).await;
    let (first, second) = (
        system.whoami(&system.first).await,
        system.whoami(&other).await,
    );
    assert!(first.starts_with("person-") && second.starts_with("person-"));
    assert_ne!(first, second);
    // Again, from what the isolate has kept.
    assert_eq!(system.whoami(&system.first).await, first);
    assert_eq!(system.whoami(&other).await, second);
    assert_eq!(system.seen().await["codes"], 2);

    let (own, all) = (other.browser.get(path).await, system.accounts().await);
    assert_eq!(own["items"][0]["standing"], "connected", "{own}");
    assert_eq!(all["acts_as_user"], true);
    let known: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["principal_id"].as_str().unwrap())
        .collect();
    assert_eq!(known.len(), 2);
    for person in [&system.first, &other] {
        assert!(known.contains(&person.account.user_id.as_str()), "{all}");
    }
    for issued in system.world.seen().await["authorization"]["issued"]
        .as_array()
        .unwrap()
    {
        let issued = issued.as_str().unwrap();
        assert!(!own.to_string().contains(issued) && !all.to_string().contains(issued));
    }
}

#[tokio::test]
async fn whoever_has_not_connected_is_told_how() {
    let system = Delegated::new("standard").await;
    let other = system.person("manager").await;
    let body = system.call(&other.key.token, "whoami").await;
    assert_eq!(body["result"]["isError"], true);
    let words = text(&body);
    let path = system.connect_path();
    assert!(
        words.contains("not connected") && words.contains(&path),
        "{words}"
    );
}

#[tokio::test]
async fn an_answer_is_taken_from_the_browser_that_was_sent_away_and_once() {
    let system = Delegated::new("standard").await;
    let person = system.person("manager").await;
    let back = system.allow(&system.begin(&person.browser).await).await;

    // Another sign-in of the same person, somebody else, another tenant, nobody.
    let again = Browser::of(&dev().url, &person.account).await;
    let stranger = Individual::new(&Tenant::create("starter").await, "admin").await;
    for browser in [&again, &system.first.browser, &stranger.browser] {
        let (status, page) = browser.arrive(&back).await;
        assert_eq!(status, 403, "{page}");
        assert!(page.contains("another browser"), "{page}");
    }
    let nobody = http().get(&back).send().await.unwrap();
    assert_eq!(nobody.status(), 403);
    let led = http()
        .get(&back)
        .header("Sec-Fetch-Site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(
        led.status(),
        200,
        "a strict cookie comes with the next request"
    );
    assert!(led.headers().contains_key("refresh"));

    // None of them has spoilt it; and it is good once.
    assert_eq!(person.browser.arrive(&back).await.0, 200);
    let (status, page) = person.browser.arrive(&back).await;
    assert_eq!(status, 409);
    assert!(page.contains("used before"), "{page}");
    assert_eq!(system.seen().await["codes"], 2, "the code was sent once");
    assert!(system.whoami(&person).await.starts_with("person-"));
}

#[tokio::test]
async fn a_state_that_was_not_given_out_leads_nowhere() {
    let system = Delegated::new("standard").await;
    let person = system.person("manager").await;
    let state = state_of(&system.begin(&person.browser).await);
    let (head, _) = state.rsplit_once('.').unwrap();
    let forged = [
        String::new(),
        "x".to_owned(),
        format!("{head}.AAAA"),
        // The session's own cookie is signed by the same key, for something else.
        person.browser.cookie.split_once('=').unwrap().1.to_owned(),
    ];
    for state in forged {
        let (status, page) = person
            .browser
            .arrive(&callback(&format!("code=c&state={state}")))
            .await;
        assert!(status == 400 || status == 403, "{status} {page}");
    }
    for query in ["", "code=c", "error=access_denied", "code=c&code=d&state=s"] {
        assert_eq!(
            person.browser.arrive(&callback(query)).await.0,
            400,
            "{query}"
        );
    }
    // A newer attempt takes the place of an older one.
    let older = system.allow(&system.begin(&person.browser).await).await;
    let newer = system.allow(&system.begin(&person.browser).await).await;
    assert_eq!(person.browser.arrive(&older).await.0, 409);
    assert_eq!(person.browser.arrive(&newer).await.0, 200);
}

#[tokio::test]
async fn an_answer_of_another_server_and_a_refusal_connect_nobody() {
    let system = Delegated::new("standard").await;
    let person = system.person("manager").await;
    system.rules(json!({ "iss": "https://evil.example" })).await;
    let back = system.allow(&system.begin(&person.browser).await).await;
    let (status, page) = person.browser.arrive(&back).await;
    assert_eq!(status, 409);
    assert!(page.contains("another authorization server"), "{page}");
    assert_eq!(system.seen().await["codes"], 1, "its code went nowhere");

    system.rules(json!({ "iss": null, "deny": true })).await;
    let back = system.allow(&system.begin(&person.browser).await).await;
    let (status, page) = person.browser.arrive(&back).await;
    assert_eq!(status, 409);
    assert!(page.contains("said no"), "{page}");

    system
        .rules(json!({ "deny": false, "answer": [400, { "error": "invalid_grant" }] }))
        .await;
    let back = system.allow(&system.begin(&person.browser).await).await;
    assert_eq!(person.browser.arrive(&back).await.0, 409);
    system.rules(json!({ "answer": null, "iss": "none" })).await;
    system.connect(&person).await;
}

#[tokio::test]
async fn only_a_browser_connects_and_only_what_acts_as_people() {
    let system = Delegated::new("standard").await;
    let person = system.person("manager").await;
    let program = person.account.sign_in().await;
    let path = system.connect_path();
    let by_program = http()
        .post(format!("{}{path}", dev().url))
        .bearer_auth(&program.access)
        .json(&json!({}));
    assert_problem(by_program.send().await.unwrap(), 403, "browser_needed").await;

    let plain = json!({ "url": system.world.url("new-json") });
    let plain = system.tenant.connect_as("mcp", "plain", plain).await;
    let other_path = format!("/auth/v1/connections/{plain}/connect");
    let answer = person.browser.post(&other_path, &json!({})).await;
    assert_problem(answer, 409, "not_delegated").await;

    // Another tenant's connection is one that is not there.
    let stranger = Individual::new(&Tenant::create("starter").await, "admin").await;
    for path in [&path, "/auth/v1/connections/c_00000000000000000000/connect"] {
        let answer = stranger.browser.post(path, &json!({})).await;
        assert_problem(answer, 404, "not_found").await;
    }
    assert_eq!(
        stranger.browser.get("/auth/v1/connections").await["items"],
        json!([])
    );
}

#[tokio::test]
async fn disconnecting_forgets_and_every_step_is_in_the_log() {
    let system = Delegated::new("standard").await;
    let person = system.person("manager").await;
    system.connect(&person).await;
    let path = system.connect_path();
    let disconnect = || person.browser.request(::http::Method::DELETE, &path);
    assert_eq!(disconnect().send().await.unwrap().status(), 204);
    let again = disconnect().send().await.unwrap();
    assert_problem(again, 404, "not_connected").await;
    // A moment later at the latest: what an isolate has kept goes with its token.
    system.end_access().await;
    let words = text(&system.call(&person.key.token, "whoami").await);
    assert!(words.contains("not connected"), "{words}");
    assert!(
        system.whoami(&system.first).await.starts_with("person-"),
        "nobody else is touched"
    );

    let of_person = |log: &[Value]| -> Vec<String> {
        log.iter()
            .rev()
            .filter(|entry| entry["principal"] == person.account.user_id.as_str())
            .filter_map(|entry| entry["action"].as_str())
            .filter(|action| action.starts_with("account."))
            .map(str::to_owned)
            .collect()
    };
    let log = system
        .tenant
        .log_until(|log| of_person(log).len() >= 3)
        .await;
    let steps = of_person(&log);
    assert_eq!(
        steps,
        [
            "account.connect_begin",
            "account.connect",
            "account.disconnect"
        ],
        "{log:?}"
    );
}

#[tokio::test]
async fn a_connection_that_is_deleted_or_leads_elsewhere_keeps_nobodys_tokens() {
    let system = Delegated::new("standard").await;
    let elsewhere: Value = {
        let mut credentials = delegated_credentials(&system.world, "standard");
        credentials["client_id"] = json!("lango-2");
        credentials
    };
    let path = format!("connections/{}/credentials", system.connection);
    let set = system
        .tenant
        .admin(::http::Method::PUT, &path)
        .header("If-Match", "*")
        .json(&json!({ "credentials": elsewhere }))
        .send()
        .await
        .unwrap();
    assert!(set.status().is_success(), "{}", set.text().await.unwrap());
    let words = text(&system.call(&system.first.key.token, "whoami").await);
    assert!(words.contains("changed since"), "{words}");
    assert_eq!(system.accounts().await["items"][0]["standing"], "changed");

    let path = format!("connections/{}", system.connection);
    let deleted = system.tenant.admin(::http::Method::DELETE, &path);
    assert_eq!(deleted.send().await.unwrap().status(), 204);
}
