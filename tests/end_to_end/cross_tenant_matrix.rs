//! Every route × every kind of identifier, called by one tenant with another's: each
//! answer is the one for an identifier that does not exist, and nothing of the other
//! tenant is in it or in anybody's log.
//!
//! Made of the route table, so a route that is added is covered without being named.

use std::time::Duration;

use lango_api::{Identifier, Kind, ROUTES, Route, Who};
use serde_json::{Value, json};

use crate::support::{Assistant, Choice, Person, Tenant, dev, held, http as client, sample};

/// Stands in every name of the tenant whose identifiers are tried.
const MARK: &str = "zawadi-of-the-other-tenant";

/// An identifier of a kind that no tenant has.
pub(crate) fn nothing(identifier: Identifier) -> &'static str {
    match identifier {
        Identifier::Tenant => "t_00000000000000000000",
        Identifier::Key | Identifier::Assistant | Identifier::Session => "k_00000000000000000000",
        Identifier::SupportGrant | Identifier::PlatformKey => "k_00000000000000000000",
        Identifier::User | Identifier::Customer => "p_00000000000000000000",
        Identifier::Connection => "c_00000000000000000000",
        Identifier::Issuer => "i_00000000000000000000",
        Identifier::Admin => "a_00000000000000000000",
        Identifier::Role => "no-such-role",
        Identifier::Flag => "no_such_flag",
        Identifier::SigningKey => "no-such-key",
        Identifier::Transfer => "x_00000000000000000000",
        Identifier::TrustedValue => "v_00000000000000000000",
        Identifier::Approval => "h_00000000000000000000",
        Identifier::Stream => "e_00000000000000000000",
    }
}

/// One of each kind in a tenant.
async fn theirs(tenant: &Tenant) -> Vec<(Identifier, String)> {
    let id = |view: &Value, member: &str| view[member].as_str().unwrap().to_owned();
    let key = tenant
        .key_with(json!({ "name": MARK, "role": "viewer" }))
        .await
        .key_id;
    let person = json!({ "name": MARK, "role": "manager", "email": format!("{MARK}@duka.test") });
    let user = id(&tenant.create_at("users", person).await, "user_id");
    let customer = json!({ "customer_number": MARK, "name": MARK });
    let customer = id(
        &tenant.create_at("customers", customer).await,
        "customer_id",
    );
    let role = json!({ "role": "zawadi-role", "description": MARK, "permissions": ["tool.read"] });
    tenant.create_at("roles", role).await;
    let connection = json!({
        "connector": "fixtures", "name": MARK, "credentials": { "token": "right" },
    });
    let connection = id(
        &tenant.create_at("connections", connection).await,
        "connection_id",
    );
    let receiver = json!({
        "connector": "siem", "name": MARK, "slug": "zawadi_siem",
        "credentials": { "receiver": "https", "url": "https://siem.duka.test/in" },
    });
    let receiver = id(
        &tenant.create_at("connections", receiver).await,
        "connection_id",
    );
    let stream = json!({ "name": MARK, "connection_id": receiver });
    let stream = id(
        &tenant.create_at("audit/streams", stream).await,
        "stream_id",
    );
    let support = json!({ "permissions": ["audit.view"], "reason": MARK, "minutes": 60 });
    let support = id(
        &tenant.create_at("support-grants", support).await,
        "support_grant_id",
    );
    let transfer = json!({
        "system": MARK, "vendor": MARK, "vendor_region": MARK, "vendor_country": "KE",
        "data_classes": ["business"],
    });
    let transfer = id(
        &tenant.create_at("transfers", transfer).await,
        "transfer_id",
    );
    let trusted = json!({ "value": format!("{MARK}@duka.test"), "label": MARK });
    let trusted = id(
        &tenant.create_at("trusted-values", trusted).await,
        "value_id",
    );
    tenant.hold_money().await;
    let refund = json!({ "order_id": MARK, "amount": 1 });
    let approval = held(&tenant.admin, "crm_refund_order", refund).await;
    let issuer = json!({ "issuer": format!("https://{MARK}.test"), "jwks": jwks() });
    let issuer = id(&tenant.create_at("issuers", issuer).await, "issuer_id");
    let signed_in = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    assistant
        .connect(&signed_in, "tool.read", Choice::default())
        .await;
    let grants = tenant.get("assistants").await;
    let grant = id(&grants["items"][0], "grant_id");
    vec![
        (Identifier::Tenant, tenant.tenant_id.clone()),
        (Identifier::Key, key),
        (Identifier::User, user),
        (Identifier::Customer, customer),
        (Identifier::Role, "zawadi-role".to_owned()),
        (Identifier::Connection, connection),
        (Identifier::SupportGrant, support),
        (Identifier::Issuer, issuer),
        (Identifier::Transfer, transfer),
        (Identifier::TrustedValue, trusted),
        (Identifier::Approval, approval),
        (Identifier::Stream, stream),
        (Identifier::Assistant, grant),
    ]
}

/// A public key as a provider publishes it (RFC 8037, appendix A.2).
fn jwks() -> Value {
    json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "kid": "one", "alg": "EdDSA", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }]})
}

/// What is compared: everything but what changes with each answer.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

async fn ask(route: &Route, token: &str, name: &str, value: &str) -> Answer {
    let path = route
        .path
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(it) if it.trim_end_matches('}') == name => value.to_owned(),
            Some(it) => nothing(Identifier::named(it.trim_end_matches('}')).unwrap()).to_owned(),
            None => segment.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/");
    loop {
        let request = client()
            .request(
                route.method.name().parse().unwrap(),
                format!("{}{path}", dev().url),
            )
            .bearer_auth(token);
        let request = match (sample::body(route), route.kind) {
            (Some(body), Kind::Update) => request.header("If-Match", "*").json(&body),
            (Some(body), _) => request.json(&body),
            (None, _) => request,
        };
        let response = request.send().await.unwrap();
        if response.status() == 429 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            continue;
        }
        let headers = response
            .headers()
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        return Answer {
            status: response.status().as_u16(),
            headers,
            body: response.text().await.unwrap(),
        };
    }
}

#[tokio::test]
async fn anothers_identifiers_are_answered_as_if_they_did_not_exist() {
    let (ours, other) = (
        Tenant::create("enterprise").await,
        Tenant::create("enterprise").await,
    );
    let identifiers = theirs(&other).await;
    let before = settled(&other).await;
    let mut asked = 0;
    for route in ROUTES {
        let expected = match route.who {
            Who::Tenant(_) => 404,
            // The other world: not even the identifier is looked at.
            Who::Platform | Who::Bootstrap => 401,
            Who::Public | Who::SignedIn => continue,
        };
        for name in route.parameters() {
            for (kind, value) in &identifiers {
                let place = format!("{} {} {kind:?}", route.method.name(), route.path);
                let answer = ask(route, &ours.admin, name, value).await;
                let unknown = ask(route, &ours.admin, name, nothing(*kind)).await;
                assert_eq!(answer, unknown, "{place}");
                assert_eq!(answer.status, expected, "{place}: {answer:?}");
                assert!(!format!("{answer:?}").contains("zawadi"), "{place}");
                asked += 1;
            }
        }
    }
    assert!(asked > 150, "only {asked} were asked");
    assert!(
        no_trace_of(&ours).await,
        "nothing of the other is in our log"
    );
    assert_eq!(
        other.log(before).await.len(),
        before,
        "nothing was done to the other"
    );
}

/// A creation that names another tenant's things is refused as for nothing.
#[tokio::test]
async fn anothers_identifiers_in_a_body_are_refused_as_if_they_did_not_exist() {
    let (ours, other) = (
        Tenant::create("enterprise").await,
        Tenant::create("enterprise").await,
    );
    let identifiers = theirs(&other).await;
    let of = |wanted: Identifier| {
        let found = identifiers.iter().find(|(kind, _)| *kind == wanted);
        found.unwrap().1.clone()
    };
    let post = async |path: &str, body: Value| {
        let request = ours.admin(http::Method::POST, path).json(&body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let key = |id: &str| json!({ "name": "a", "role": "viewer", "connections": [id] });
    let user = |role: &str| json!({ "name": "a", "role": role });
    for (path, theirs, unknown) in [
        (
            "keys",
            key(&of(Identifier::Connection)),
            key(nothing(Identifier::Connection)),
        ),
        (
            "users",
            user(&of(Identifier::Role)),
            user(nothing(Identifier::Role)),
        ),
    ] {
        let answer = post(path, theirs).await;
        assert_eq!(answer, post(path, unknown).await, "{path}");
        assert_eq!(answer.0, 422, "{path}");
    }
    let issuer = json!({ "issuer": "https://ours.test", "jwks": jwks() });
    let issuer = ours.create_at("issuers", issuer).await;
    let path = format!("issuers/{}/subjects", issuer["issuer_id"].as_str().unwrap());
    let subject = |user: &str| json!({ "subject": "a", "principal_id": user });
    let answer = post(&path, subject(&of(Identifier::User))).await;
    assert_eq!(
        answer,
        post(&path, subject(nothing(Identifier::User))).await
    );
    assert_eq!(answer.0, 404);
}

/// How many entries a log has once no more are on their way.
async fn settled(tenant: &Tenant) -> usize {
    let mut entries = tenant.log(1).await.len();
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let now = tenant.log(1).await.len();
        if now == entries {
            return now;
        }
        entries = now;
    }
}

/// The log names what was asked for, in our own words, and nothing else of theirs.
async fn no_trace_of(tenant: &Tenant) -> bool {
    !Value::from(tenant.log(1).await).to_string().contains(MARK)
}
