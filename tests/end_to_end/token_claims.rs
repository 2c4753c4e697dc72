//! Tokens with a claim changed. Which claims there are is read from each token, so a
//! new one is covered without being named.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};

use crate::support::{
    Assistant, Choice, Person, Platform, Tenant, claims, dev, http, me, post, rpc,
};

/// A kind of token, and where it is taken.
struct Kind {
    name: &'static str,
    token: String,
    route: String,
}

async fn kinds() -> Vec<Kind> {
    let assistant = Assistant::register().await;
    let person = Person::of_demo("viewer").await;
    let code = person
        .allow(&assistant.request(&[]), Choice::default())
        .await;
    let (_, tokens) = assistant.redeem(&code).await;
    let kind = |name, token: &str, route: String| Kind {
        name,
        token: token.to_owned(),
        route,
    };
    let dev = dev();
    let employee = Tenant::create("starter").await.account("manager").await;
    let employee = employee.sign_in().await.access;
    let admin = Platform::own().admin().await.sign_in().await;
    vec![
        kind(
            "an employee's access token",
            &employee,
            format!("{}/admin/v1/users", dev.url),
        ),
        kind(
            "a platform admin's access token",
            admin["access_token"].as_str().unwrap(),
            format!("{}/platform/v1/tenants", dev.url),
        ),
        kind("an API key", dev.key("viewer"), dev.mcp_url.clone()),
        kind(
            "an assistant's access token",
            tokens["access_token"].as_str().unwrap(),
            dev.mcp_url.clone(),
        ),
        kind(
            "a platform key",
            &dev.platform_admin,
            format!("{}/platform/v1/tenants", dev.url),
        ),
    ]
}

impl Kind {
    async fn status(&self, token: &str) -> u16 {
        let request = if self.route == dev().mcp_url {
            return post(token, &rpc("tools/list", json!({})))
                .await
                .status()
                .as_u16();
        } else {
            http().get(&self.route).bearer_auth(token)
        };
        request.send().await.unwrap().status().as_u16()
    }
}

/// Other values that a claim could have: more than it had, less, and none.
fn others(value: &Value) -> Vec<Option<Value>> {
    let more = match value {
        Value::String(text) => vec![
            json!(format!("{text}x")),
            json!(text[..text.len() - 1]),
            json!(""),
            json!([text]),
        ],
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            vec![
                json!(number + 1),
                json!(number - 1),
                json!(number * 2),
                json!("1"),
            ]
        }
        Value::Array(_) => vec![json!([]), json!("all"), json!(["*"])],
        other => vec![json!(!other.as_bool().unwrap_or_default())],
    };
    let more = more.into_iter().chain([Value::Null]).map(Some);
    more.chain([None]).collect()
}

/// The claims of a token with one of them changed, for each and each way.
fn changed(token: &str) -> Vec<(String, Map<String, Value>)> {
    let Value::Object(claims) = claims(token) else {
        panic!("claims are an object")
    };
    assert!(claims.len() >= 7, "{claims:?}");
    let mut changed = Vec::new();
    for (name, value) in &claims {
        for other in others(value) {
            let mut claims = claims.clone();
            let what = format!("{name}: {other:?}");
            match other {
                Some(other) => claims.insert(name.clone(), other),
                None => claims.remove(name),
            };
            changed.push((what, claims));
        }
    }
    let mut twice = claims.clone();
    twice.insert("scp".to_owned(), json!("admin"));
    changed.push(("one more claim".to_owned(), twice));
    changed
}

fn encoded(claims: &Map<String, Value>) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_string(claims).unwrap())
}

#[tokio::test]
async fn a_token_with_any_one_claim_changed_is_refused() {
    for kind in kinds().await {
        let parts: Vec<_> = kind.token.split('.').collect();
        assert_eq!(kind.status(&kind.token).await, 200, "{}", kind.name);
        for (what, claims) in changed(&kind.token) {
            let token = format!("{}.{}.{}", parts[0], encoded(&claims), parts[2]);
            assert_eq!(kind.status(&token).await, 401, "{}, {what}", kind.name);
        }
    }
}

/// The key of the deployment's secret: whoever has it signs what they like.
struct Thief {
    kid: Value,
    key: SigningKey,
}

impl Thief {
    fn new() -> Self {
        let path = dev().folder.join("secrets/signing-keys.json");
        let secret: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let key = &secret["keys"][0];
        let seed = URL_SAFE_NO_PAD.decode(key["d"].as_str().unwrap()).unwrap();
        Self {
            kid: key["kid"].clone(),
            key: SigningKey::try_from(seed.as_slice()).unwrap(),
        }
    }

    /// A token of the same type with these claims, rightly signed.
    fn sign(&self, like: &str, claims: &Map<String, Value>) -> String {
        let header = URL_SAFE_NO_PAD.decode(like.split('.').next().unwrap());
        let mut header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
        header["kid"] = self.kid.clone();
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let message = format!("{header}.{}", encoded(claims));
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Even whoever has the signing key makes no other token of a key: the registry knows
/// the one that was issued.
#[tokio::test]
async fn a_key_with_any_one_claim_changed_is_refused_though_rightly_signed() {
    let thief = Thief::new();
    let registered = ["an API key", "a platform key"];
    for kind in kinds().await {
        if !registered.contains(&kind.name) {
            continue;
        }
        for (what, claims) in changed(&kind.token) {
            let token = thief.sign(&kind.token, &claims);
            assert_eq!(kind.status(&token).await, 401, "{}, {what}", kind.name);
        }
    }
}

/// A sign-in's token is good for its session, its person and this deployment alone,
/// and gives what the store says, whatever it says of itself.
#[tokio::test]
async fn a_rightly_signed_access_token_gives_no_more_than_its_session() {
    let thief = Thief::new();
    let tenant = Tenant::create("starter").await;
    let employee = tenant.account("viewer").await.sign_in().await.access;
    let Value::Object(claims) = claims(&employee) else {
        panic!("claims are an object")
    };
    // It is how the deployment signs.
    assert_eq!(me(&thief.sign(&employee, &claims)).await.status(), 200);
    for name in ["iss", "aud", "sub", "kind", "tenant", "sid"] {
        for other in others(&claims[name]) {
            let mut claims = claims.clone();
            let what = format!("{name}: {other:?}");
            match other {
                Some(other) => claims.insert(name.to_owned(), other),
                None => claims.remove(name),
            };
            let token = thief.sign(&employee, &claims);
            assert_eq!(me(&token).await.status(), 401, "{what}");
        }
    }
    let mut claims = claims;
    claims.insert("role".to_owned(), json!("admin"));
    let promoted = thief.sign(&employee, &claims);
    let shown: Value = me(&promoted).await.json().await.unwrap();
    assert_eq!(shown["role"], "viewer");
    let users = http()
        .get(format!("{}/admin/v1/users", dev().url))
        .bearer_auth(&promoted);
    assert_eq!(users.send().await.unwrap().status(), 403);
}
