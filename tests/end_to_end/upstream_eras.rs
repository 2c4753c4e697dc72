//! Other MCP servers behind the gate: both eras of the protocol, JSON and SSE,
//! sessions that are kept and made again, three ways of signing in.

use serde_json::json;

use crate::support::{KINDS, PythonServer, Servers, Upstream, World};

#[tokio::test]
async fn a_tool_is_listed_and_called_in_every_era_and_form() {
    for kind in KINDS {
        let world = World::new();
        let upstream = Upstream::approved(json!({ "url": world.url(kind) })).await;
        let tools = upstream.listed(&upstream.tenant.admin).await;
        let echo = tools
            .iter()
            .find(|tool| tool["name"] == "up__echo")
            .unwrap_or_else(|| panic!("{kind}: {tools:?}"));
        assert_eq!(echo["description"], "Says a text again.", "{kind}");
        assert_eq!(echo["inputSchema"]["properties"]["text"]["type"], "string");
        assert_eq!(echo["outputSchema"]["required"], json!(["text"]));
        assert_eq!(echo["annotations"]["readOnlyHint"], true);
        upstream.echo("habari").await;
        assert_eq!(world.seen().await["calls"], json!(["echo"]), "{kind}");
    }
}

#[tokio::test]
async fn what_lango_does_not_know_passes_through() {
    for kind in KINDS {
        let world = World::new();
        let upstream = Upstream::approved(json!({ "url": world.url(kind) })).await;
        let definition = upstream.tool("echo").await["definition"].clone();
        assert_eq!(definition["x-vendor"], json!({ "kept": true }), "{kind}");
        let tools = upstream.listed(&upstream.tenant.admin).await;
        let echo = tools
            .iter()
            .find(|tool| tool["name"] == "up__echo")
            .unwrap();
        assert_eq!(echo["x-vendor"], json!({ "kept": true }), "{kind}");
        let body = upstream.call("echo", json!({ "text": "a" })).await;
        let result = &body["result"];
        assert_eq!(
            result["x-result"],
            json!({ "kept": [1, 2.5, "three"] }),
            "{kind}"
        );
        assert_eq!(result["_meta"]["example.com/trace"], "t-1", "{kind}");
        assert_eq!(
            result["content"][0]["annotations"]["audience"],
            json!(["user"])
        );
        // What the protocol says between the two of them stays there.
        let meta = result["_meta"].as_object().unwrap();
        assert!(
            meta.keys()
                .all(|name| !name.starts_with("io.modelcontextprotocol/")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_session_is_made_once_and_again_when_the_server_forgets_it() {
    for kind in ["old-sse", "old-json"] {
        let world = World::new();
        let upstream = Upstream::approved(json!({ "url": world.url(kind) })).await;
        for text in ["one", "two", "three"] {
            upstream.echo(text).await;
        }
        assert_eq!(world.seen().await["handshakes"], 1, "{kind}");
        world.change(json!({ "forget_sessions": true })).await;
        upstream.echo("four").await;
        let seen = world.seen().await;
        assert_eq!(seen["handshakes"], 2, "{kind}");
        assert_eq!(
            seen["calls"],
            json!(["echo", "echo", "echo", "echo"]),
            "none was repeated"
        );
    }
    let world = World::new();
    let upstream = Upstream::approved(json!({ "url": world.url("new-json") })).await;
    upstream.echo("one").await;
    upstream.echo("two").await;
    let seen = world.seen().await;
    assert_eq!(
        (&seen["discoveries"], &seen["handshakes"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn connections_are_kept_between_calls() {
    for kind in KINDS {
        // Its own, because connections are counted for all of them.
        let servers = Servers::start();
        let world = servers.world();
        let upstream = Upstream::approved(json!({ "url": world.url(kind) })).await;
        upstream.echo("first").await;
        let before = world.seen().await["connections"].as_u64().unwrap();
        for number in 0..10 {
            upstream.echo(&number.to_string()).await;
        }
        let after = world.seen().await["connections"].as_u64().unwrap();
        // This test's own question is a connection, and one more may be new.
        assert!(after - before <= 2, "{kind}: {before} {after}");
        servers.stop();
    }
}

#[tokio::test]
async fn a_server_that_asks_back_is_answered_and_not_obeyed() {
    let world = World::new();
    let upstream = Upstream::approved(json!({ "url": world.url("old-sse") })).await;
    let body = upstream.call("ask", json!({})).await;
    let text = &body["result"]["content"][0]["text"];
    assert_eq!(text, "the client said -32601", "{body}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_taken_up_again() {
    let world = World::new();
    let upstream = Upstream::approved(json!({ "url": world.url("old-poll") })).await;
    let body = upstream.call("break", json!({})).await;
    assert_eq!(
        body["result"]["content"][0]["text"], "taken up again",
        "{body}"
    );
    let seen = world.seen().await;
    assert!(seen["resumed"].as_u64().unwrap() >= 1, "{seen}");
    assert_eq!(seen["calls"], json!(["break"]), "it was called once");
}

#[tokio::test]
async fn mirrored_parameters_are_in_their_header_fields() {
    let world = World::new();
    let upstream = Upstream::approved(json!({ "url": world.url("new-sse") })).await;
    let body = upstream.call("regional", json!({ "region": "ke" })).await;
    assert_eq!(body["result"]["content"][0]["text"], "ke", "{body}");
}

#[tokio::test]
async fn a_header_signs_in() {
    let world = World::new();
    let credentials = |value: &str| {
        json!({
            "url": world.url("header/new-json"), "authentication": "header",
            "header_name": "X-Api-Key", "header_value": value,
        })
    };
    let upstream = Upstream::approved(credentials("k3y")).await;
    upstream.echo("inside").await;
    let stranger = Upstream::connect(credentials("guessed")).await;
    let answer = stranger.tools("refresh", &json!({})).await;
    assert_eq!(answer.status(), 502);
    let problem = answer.text().await.unwrap();
    assert!(
        problem.contains("did not accept the credentials"),
        "{problem}"
    );
    assert!(!problem.contains("guessed"), "{problem}");
}

#[tokio::test]
async fn oauth_client_credentials_sign_in_and_the_token_is_kept() {
    for (kind, how) in [("old-json", "basic"), ("new-sse", "post")] {
        let world = World::new();
        let url = world.url(&format!("oauth/{kind}"));
        let upstream = Upstream::approved(json!({
            "url": url, "authentication": "client_credentials",
            "token_url": world.url("token"), "client_id": "lango", "client_secret": "s3cret",
            "client_authentication": how, "scope": "tools",
        }))
        .await;
        upstream.echo("one").await;
        upstream.echo("two").await;
        let seen = world.seen().await;
        assert_eq!(seen["tokens"], 1, "{kind}");
        assert_eq!(seen["resource"], url, "the token is for this server alone");
        world.change(json!({ "forget_tokens": true })).await;
        upstream.echo("three").await;
        assert_eq!(world.seen().await["tokens"], 2, "{kind}");
        let both = json!({ "forget_tokens": true, "forget_sessions": true });
        world.change(both).await;
        upstream.echo("four").await;
        assert_eq!(
            world.seen().await["calls"].as_array().unwrap().len(),
            4,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_server_that_shows_its_callers_fields_does_not_show_the_credential() {
    let world = World::new();
    let by_header = |kind: &str| {
        json!({
            "url": world.url(kind), "authentication": "header",
            "header_name": "X-Shown", "header_value": "Bearer k3y-of-the-shop",
        })
    };
    let by_token = json!({
        "url": world.url("oauth/new-json"), "authentication": "client_credentials",
        "token_url": world.url("token"), "client_id": "lango", "client_secret": "s3cret",
    });
    for credentials in [by_header("old-sse"), by_header("new-json"), by_token] {
        let upstream = Upstream::approved(credentials).await;
        let body = upstream.call("headers", json!({})).await;
        let text = body["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("\":\"[removed]\""), "{text}");
        assert!(!body.to_string().contains("k3y-of-the-shop"), "{body}");
    }
}

#[tokio::test]
async fn a_client_that_the_authorization_server_refuses_is_told_so() {
    let world = World::new();
    let upstream = Upstream::connect(json!({
        "url": world.url("oauth/new-json"), "authentication": "client_credentials",
        "token_url": world.url("token"), "client_id": "lango", "client_secret": "wr0ng-secret",
    }))
    .await;
    let answer = upstream.tools("refresh", &json!({})).await;
    let problem = answer.text().await.unwrap();
    assert!(problem.contains("invalid_client"), "{problem}");
    assert!(!problem.contains("wr0ng"), "{problem}");
}

#[tokio::test]
async fn two_servers_have_two_prefixes() {
    let (one, other) = (World::new(), World::new());
    other
        .change(json!({ "description": "Says it in the other shop." }))
        .await;
    let upstream = Upstream::approved(json!({ "url": one.url("new-json") })).await;
    let second = Upstream {
        connection: upstream
            .tenant
            .connect_as("mcp", "other", json!({ "url": other.url("old-json") }))
            .await,
        tenant: upstream.tenant,
    };
    second.refresh().await;
    assert_eq!(second.approve("echo", "read").await.status(), 200);
    let tools = second.listed(&second.tenant.admin).await;
    let names: Vec<_> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"up__echo") && names.contains(&"other__echo"),
        "{names:?}"
    );
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.split("__").next().unwrap().to_owned());
    assert_eq!(names, sorted, "by connection, in the order of the slugs");
    second.echo("first").await;
    assert_eq!(other.seen().await["calls"], json!([]));
}

/// PyPI's server beside npm's: another implementation, both eras in one.
#[tokio::test]
async fn a_server_of_another_sdk_works_as_well() {
    let server = PythonServer::start();
    let upstream = Upstream::approved(json!({ "url": server.url() })).await;
    let body = upstream.call("add", json!({ "one": 40, "other": 2 })).await;
    assert_eq!(body["result"]["structuredContent"]["result"], 42, "{body}");
}
