//! How a client finds everything: from a 401 to the authorization server.

use serde_json::{Value, json};

use crate::support::{dev, http, post, rpc};

async fn document(path: &str) -> Value {
    let response = http()
        .get(format!("{}{path}", dev().url))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(response.headers()["content-type"], "application/json");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_401_leads_to_the_authorization_server() {
    let refused = http()
        .post(&dev().mcp_url)
        .json(&rpc("ping", json!({})))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let field = refused.headers()["www-authenticate"].to_str().unwrap();
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", dev().url);
    assert!(
        field.contains(&format!("resource_metadata=\"{metadata}\"")),
        "{field}"
    );
    assert!(field.contains("scope=\"tool.read "), "{field}");
    assert!(
        !field.contains("error="),
        "nothing is wrong with no token: {field}"
    );

    let resource = document("/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(resource["resource"], dev().mcp_url);
    assert_eq!(resource["authorization_servers"], json!([dev().url]));
    let server = document("/.well-known/oauth-authorization-server").await;
    assert_eq!(server["issuer"], dev().url);
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(
        server["authorization_response_iss_parameter_supported"],
        true
    );
    assert_eq!(server["client_id_metadata_document_supported"], true);
    assert_eq!(document("/.well-known/openid-configuration").await, server);
}

#[tokio::test]
async fn a_wrong_token_is_told_the_same_way_in() {
    let refused = post("nonsense", &rpc("ping", json!({}))).await;
    assert_eq!(refused.status(), 401);
    let field = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(field.contains("error=\"invalid_token\""), "{field}");
    assert!(field.contains("resource_metadata="), "{field}");
}

#[tokio::test]
async fn other_interfaces_are_a_resource_of_their_own() {
    let resource = document("/.well-known/oauth-protected-resource").await;
    assert_eq!(resource["resource"], dev().url);
    let refused = http()
        .get(format!("{}/admin/v1/keys", dev().url))
        .send()
        .await
        .unwrap();
    let field = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        field.contains("/.well-known/oauth-protected-resource\""),
        "{field}"
    );
}
