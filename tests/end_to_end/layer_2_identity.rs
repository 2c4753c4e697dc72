//! Layer 2: only a right signature, for this deployment, in its time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lango_identity::{
    Audience, Claims, KeyId, PrincipalId, RANDOM_LENGTH, Role, SigningKeys, TenantId,
};
use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, dev, http, post, rpc};

/// The deployment's own signing keys, which a test on the same machine can read.
fn signing_keys() -> SigningKeys {
    let path = dev().folder.join("secrets/signing-keys.json");
    SigningKeys::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn part(token: &str, index: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(index).unwrap())
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn with_part(token: &str, index: usize, json: &Value) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[index] = URL_SAFE_NO_PAD.encode(json.to_string());
    parts.join(".")
}

fn own_audience() -> Audience {
    let claims = part(dev().key("viewer"), 1);
    let text = |name: &str| claims[name].as_str().unwrap().to_owned();
    Audience {
        issuer: text("iss"),
        audience: text("aud"),
    }
}

fn own_claims() -> Claims {
    let claims = part(dev().key("viewer"), 1);
    let text = |name: &str| claims[name].as_str().unwrap();
    Claims {
        tenant: TenantId::parse(text("tenant")).unwrap(),
        principal: PrincipalId::parse(text("sub")).unwrap(),
        role: Some(Role::Viewer.into()),
        key: KeyId::parse(text("jti")).unwrap(),
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn signed(audience: &Audience, claims: &Claims, issued: i64, expires: i64) -> String {
    signing_keys()
        .issue_key(audience, claims, issued, expires)
        .unwrap()
        .expose()
        .to_owned()
}

/// Every refusal looks like every other.
async fn assert_unauthorized(token: &str, what: &str) {
    let response = post(token, &rpc("tools/list", json!({}))).await;
    assert_eq!(response.status(), 401, "{what}");
    let field = response.headers()["www-authenticate"].to_str().unwrap();
    let expected = r#"Bearer realm="lango", error="invalid_token", resource_metadata=""#;
    assert!(field.starts_with(expected), "{what}: {field}");
    let document = assert_problem(response, 401, "invalid_token").await;
    assert_eq!(
        document["detail"],
        "The bearer token is not valid here. Use an API key of this deployment that is in force, \
         or sign in again.",
        "{what}"
    );
}

#[tokio::test]
async fn without_a_token_nothing_is_said_to_be_wrong_with_it() {
    let response = http()
        .post(&dev().mcp_url)
        .json(&rpc("tools/list", json!({})))
        .send()
        .await
        .unwrap();
    let field = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(!field.contains("error="), "{field}");
    assert_problem(response, 401, "token_missing").await;
}

#[tokio::test]
async fn a_token_in_the_url_is_refused() {
    let url = format!("{}?access_token={}", dev().mcp_url, dev().key("viewer"));
    let response = http()
        .post(url)
        .json(&rpc("ping", json!({})))
        .send()
        .await
        .unwrap();
    assert_problem(response, 400, "token_in_query").await;
}

#[tokio::test]
async fn forged_and_damaged_tokens_are_refused() {
    let good = dev().key("viewer");
    let (header, claims) = (part(good, 0), part(good, 1));
    let changed = |part: &Value, member: &str, value: Value| {
        let mut part = part.clone();
        part[member] = value;
        part
    };
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    let (head, signature) = good.rsplit_once('.').unwrap();
    for (what, token) in [
        (
            "alg none",
            with_part(&unsigned, 0, &changed(&header, "alg", "none".into())),
        ),
        (
            "alg HS256",
            with_part(good, 0, &changed(&header, "alg", "HS256".into())),
        ),
        (
            "unknown kid",
            with_part(good, 0, &changed(&header, "kid", "other".into())),
        ),
        (
            "more rights",
            with_part(good, 1, &changed(&claims, "role", "admin".into())),
        ),
        (
            "another tenant",
            with_part(
                good,
                1,
                &changed(
                    &claims,
                    "tenant",
                    dev().second_tenant.tenant_id.clone().into(),
                ),
            ),
        ),
        (
            "longer life",
            with_part(
                good,
                1,
                &changed(&claims, "exp", (now() + 1_000_000_000).into()),
            ),
        ),
        ("truncated", good[..good.len() - 10].to_owned()),
        ("no signature", unsigned.clone()),
        (
            "signature of another",
            format!("{head}.{}", dev().key("admin").rsplit_once('.').unwrap().1),
        ),
        (
            "reversed signature",
            format!("{head}.{}", signature.chars().rev().collect::<String>()),
        ),
        ("no token", "nonsense".to_owned()),
        ("too long", "x".repeat(5_000)),
    ] {
        assert_unauthorized(&token, what).await;
    }
}

#[tokio::test]
async fn rightly_signed_tokens_for_elsewhere_or_another_time_are_refused() {
    let (audience, claims) = (own_audience(), own_claims());
    let elsewhere = Audience {
        audience: "https://other.example".into(),
        ..audience.clone()
    };
    let stranger = Audience {
        issuer: "https://other.example".into(),
        ..audience.clone()
    };
    assert_unauthorized(&signed(&elsewhere, &claims, now(), now() + 60), "audience").await;
    assert_unauthorized(&signed(&stranger, &claims, now(), now() + 60), "issuer").await;
    assert_unauthorized(
        &signed(&audience, &claims, now() - 120, now() - 60),
        "expired",
    )
    .await;
    assert_unauthorized(
        &signed(&audience, &claims, now() + 600, now() + 900),
        "future",
    )
    .await;
}

/// The registry knows the one token that was issued: whoever has the signing
/// key, but not the registry, makes no key that passes.
#[tokio::test]
async fn a_rightly_signed_token_that_was_never_issued_is_refused() {
    let (audience, mut claims) = (own_audience(), own_claims());
    assert_unauthorized(
        &signed(&audience, &claims, now(), now() + 60),
        "second token",
    )
    .await;
    claims.role = Some(Role::Admin.into());
    assert_unauthorized(&signed(&audience, &claims, now(), now() + 60), "role").await;
    claims.tenant = TenantId::parse(&dev().second_tenant.tenant_id).unwrap();
    assert_unauthorized(
        &signed(&audience, &claims, now(), now() + 60),
        "wrong tenant",
    )
    .await;
    claims.tenant = TenantId::from_random([9; RANDOM_LENGTH]);
    assert_unauthorized(&signed(&audience, &claims, now(), now() + 60), "no tenant").await;
}

#[tokio::test]
async fn a_platform_token_is_no_tenants_key_and_the_other_way_round() {
    assert_unauthorized(&dev().platform_admin, "platform token").await;
    let response = http()
        .get(format!("{}/platform/v1/tenants", dev().url))
        .bearer_auth(dev().key("admin"))
        .send()
        .await
        .unwrap();
    assert_problem(response, 401, "invalid_token").await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_with_its_next_call() {
    let tenant = Tenant::create("starter").await;
    let key = tenant.key("viewer").await;
    let list = rpc("tools/list", json!({}));
    assert_eq!(post(&key.token, &list).await.status(), 200);
    let revoked = tenant
        .admin(http::Method::DELETE, &format!("keys/{}", key.key_id))
        .send()
        .await
        .unwrap();
    assert_eq!(revoked.status(), 204);
    assert_unauthorized(&key.token, "revoked").await;
}
