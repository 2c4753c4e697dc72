//! What needs no key.

use serde_json::Value;

use crate::support::{assert_problem, dev, http};

#[tokio::test]
async fn the_public_keys_are_published_and_nothing_private() {
    let response = http()
        .get(format!("{}/.well-known/jwks.json", dev().url))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let set: Value = response.json().await.unwrap();
    let key = &set["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"]),
        (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into())
    );
    assert!(key["kid"].is_string() && key["x"].is_string());
    assert!(key.get("d").is_none(), "a private half was published");
}

#[tokio::test]
async fn the_gateway_says_that_it_runs() {
    let response = http()
        .get(format!("{}/healthz", dev().url))
        .send()
        .await
        .unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "ok");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_document() {
    for path in ["/", "/admin/v1/nothing", "/mcp/", "/.well-known/nothing"] {
        let response = http()
            .get(format!("{}{path}", dev().url))
            .send()
            .await
            .unwrap();
        assert_problem(response, 404, "not_found").await;
    }
}
