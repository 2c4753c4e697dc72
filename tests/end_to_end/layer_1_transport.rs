//! Layer 1: only what arrived the right way is looked at.

use serde_json::{Value, json};

use crate::support::{assert_problem, dev, http, post, rpc};

/// The socket that lets a test say what the platform says of a client. Only
/// plain workerd has it.
fn edge() -> Option<&'static str> {
    let edge = dev().edge_url.as_deref();
    assert_eq!(
        edge.is_some(),
        dev().is_plain_workerd(),
        "scripts/dev --fixtures opens it"
    );
    edge
}

async fn from_edge(method: http::Method, path: &str, cf: Value) -> Option<reqwest::Response> {
    let request = http()
        .request(method, format!("{}{path}", edge()?))
        .header("cf-blob", cf.to_string())
        .header("Content-Type", "application/json")
        .bearer_auth(dev().key("viewer"))
        .body(rpc("ping", json!({})).to_string());
    Some(request.send().await.unwrap())
}

#[tokio::test]
async fn without_a_session_only_post_is_taken_at_the_mcp_route() {
    for (method, allowed) in [
        (http::Method::GET, "POST"),
        (http::Method::DELETE, "POST"),
        (http::Method::PUT, "POST, GET, DELETE"),
    ] {
        let response = http()
            .request(method.clone(), &dev().mcp_url)
            .bearer_auth(dev().key("viewer"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.headers()["allow"], allowed, "{method}");
        assert_problem(response, 405, "method").await;
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ] {
        let response = http()
            .post(&dev().mcp_url)
            .bearer_auth(dev().key("viewer"))
            .header("Content-Type", media_type)
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_problem(response, 415, "media_type").await;
    }
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused() {
    let long = "x".repeat(1 << 20);
    let declared = post(dev().key("viewer"), &rpc("ping", json!({ "long": long }))).await;
    assert_problem(declared, 413, "body_size").await;

    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(1 << 16)));
    let undeclared = http()
        .post(&dev().mcp_url)
        .bearer_auth(dev().key("viewer"))
        .header("Content-Type", "application/json")
        .body(reqwest::Body::wrap_stream(futures_util::stream::iter(
            chunks,
        )))
        .send()
        .await
        .unwrap();
    assert_problem(undeclared, 413, "body_size").await;
}

#[tokio::test]
async fn a_strange_origin_is_refused_and_a_local_one_is_not() {
    let from = async |origin: &str| {
        http()
            .post(&dev().mcp_url)
            .bearer_auth(dev().key("viewer"))
            .header("Origin", origin)
            .json(&rpc("ping", json!({})))
            .send()
            .await
            .unwrap()
    };
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
    ] {
        assert_problem(from(origin).await, 403, "origin").await;
    }
    assert_eq!(from("http://localhost:6274").await.status(), 200);
}

#[tokio::test]
async fn a_rebound_name_is_refused() {
    if !dev().is_plain_workerd() {
        return; // wrangler's proxy rewrites Host.
    }
    let response = http()
        .post(&dev().mcp_url)
        .bearer_auth(dev().key("viewer"))
        .header("Host", "evil.example:8787")
        .json(&rpc("ping", json!({})))
        .send()
        .await
        .unwrap();
    assert_problem(response, 421, "host").await;
}

#[tokio::test]
async fn where_the_client_came_by_plaintext_https_is_demanded() {
    if edge().is_none() {
        return;
    }
    let plaintext = json!({ "tlsVersion": "" });
    let get = from_edge(http::Method::GET, "/healthz?a=1", plaintext.clone())
        .await
        .unwrap();
    assert_eq!(get.status(), 308);
    let location = get.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with("https://") && location.ends_with("/healthz?a=1"),
        "{location}"
    );
    let post = from_edge(http::Method::POST, "/mcp", plaintext)
        .await
        .unwrap();
    assert_problem(post, 403, "https_required").await;
}

#[tokio::test]
async fn tls_below_1_2_is_refused() {
    if edge().is_none() {
        return;
    }
    for version in ["TLSv1", "TLSv1.1"] {
        let cf = json!({ "tlsVersion": version });
        let response = from_edge(http::Method::POST, "/mcp", cf).await.unwrap();
        assert_problem(response, 403, "tls_version").await;
    }
    let cf = json!({ "tlsVersion": "TLSv1.3" });
    assert_eq!(
        from_edge(http::Method::POST, "/mcp", cf)
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn every_answer_has_the_security_header_fields() {
    let answers = [
        http()
            .get(format!("{}/healthz", dev().url))
            .send()
            .await
            .unwrap(),
        http()
            .get(format!("{}/nowhere", dev().url))
            .send()
            .await
            .unwrap(),
        http().get(&dev().mcp_url).send().await.unwrap(),
        post("nonsense", &rpc("ping", json!({}))).await,
        post(dev().key("viewer"), &rpc("ping", json!({}))).await,
    ];
    for answer in answers {
        let url = answer.url().clone();
        let field = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap());
        assert!(
            field("strict-transport-security")
                .unwrap()
                .starts_with("max-age="),
            "{url}"
        );
        assert_eq!(field("x-content-type-options"), Some("nosniff"), "{url}");
        assert_eq!(field("x-frame-options"), Some("DENY"), "{url}");
        assert_eq!(field("referrer-policy"), Some("no-referrer"), "{url}");
        assert_eq!(field("cache-control"), Some("no-store"), "{url}");
        assert!(
            field("content-security-policy")
                .unwrap()
                .contains("default-src 'none'"),
            "{url}"
        );
    }
}
