use proptest::prelude::*;
use serde_json::json;

use super::*;

fn signer(seed: u8) -> DeploymentSigner {
    DeploymentSigner::from_seed(&[seed; 32])
}

fn statement() -> SiteStatement {
    let site = Site {
        name: SiteName::parse("nairobi-1").unwrap(),
        country: Country::parse("KE").unwrap(),
    };
    SiteStatement::new(site, 1_000, 2_000).unwrap()
}

/// A text signed with the right key, whatever it says.
fn signed(header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let body = format!("{}.{}", encoded(header).unwrap(), encoded(claims).unwrap());
    let signature = signer(1).0.sign(body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

#[test]
fn what_is_signed_is_read() {
    let text = signer(1).sign(&statement()).unwrap();
    let key = DeploymentKey::parse(&signer(1).public().to_string()).unwrap();
    assert_eq!(SiteStatement::verify(&key, &text), Ok(statement()));
}

#[test]
fn a_statement_holds_in_its_time_alone() {
    let statement = statement();
    for (now, holds) in [
        (0, false),
        (999, false),
        (1_000, true),
        (1_999, true),
        (2_000, false),
        (i64::MAX, false),
    ] {
        assert_eq!(statement.at(now).is_some(), holds, "{now}");
    }
    let site = statement.at(1_000).unwrap().clone();
    assert_eq!(
        SiteStatement::new(site, 2_000, 2_000),
        Err(SiteError::Claims)
    );
}

#[test]
fn anothers_signature_is_none() {
    let text = signer(2).sign(&statement()).unwrap();
    let key = signer(1).public();
    assert_eq!(
        SiteStatement::verify(&key, &text),
        Err(SiteError::Signature)
    );
    // The right signature under other claims.
    let (body, _) = text.rsplit_once('.').unwrap();
    let own = signer(1).sign(&statement()).unwrap();
    let (_, signature) = own.rsplit_once('.').unwrap();
    let header = body.split_once('.').unwrap().0;
    let claims = encoded(&json!({"site": "x", "country": "TZ", "nbf": 0, "exp": 9_999})).unwrap();
    let swapped = format!("{header}.{claims}.{signature}");
    assert_eq!(
        SiteStatement::verify(&key, &swapped),
        Err(SiteError::Signature)
    );
}

#[test]
fn other_types_and_algorithms_are_refused() {
    let claims = json!({"site": "a", "country": "KE", "nbf": 1, "exp": 2});
    let right = json!({"typ": "lango-site+jwt", "alg": "EdDSA"});
    let key = signer(1).public();
    assert!(SiteStatement::verify(&key, &signed(&right, &claims)).is_ok());
    for header in [
        json!({"typ": "JWT", "alg": "EdDSA"}),
        json!({"typ": "lango-site+jwt", "alg": "none"}),
        json!({"typ": "lango-site+jwt", "alg": "HS256"}),
        json!({"alg": "EdDSA"}),
        json!([]),
    ] {
        let text = signed(&header, &claims);
        assert_eq!(
            SiteStatement::verify(&key, &text),
            Err(SiteError::Form),
            "{header}"
        );
    }
    for claims in [
        json!({"site": "a", "country": "ke", "nbf": 1, "exp": 2}),
        json!({"site": "A b", "country": "KE", "nbf": 1, "exp": 2}),
        json!({"site": "a", "country": "KE", "nbf": 2, "exp": 1}),
        json!({"site": "a", "country": "KE", "exp": 1}),
        json!({"country": "KE", "nbf": 1, "exp": 2}),
    ] {
        let text = signed(&right, &claims);
        assert_eq!(
            SiteStatement::verify(&key, &text),
            Err(SiteError::Claims),
            "{claims}"
        );
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    for text in ["", "AAAA", "not base64!", &"A".repeat(86)] {
        assert_eq!(DeploymentKey::parse(text), Err(SiteError::Key), "{text}");
    }
}

proptest! {
    #[test]
    fn no_changed_byte_passes(place in 0usize..10_000, byte in 0u8..128) {
        let mut bytes = signer(1).sign(&statement()).unwrap().into_bytes();
        let place = place % bytes.len();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let text = String::from_utf8(bytes).unwrap();
        prop_assert!(SiteStatement::verify(&signer(1).public(), &text).is_err());
    }

    #[test]
    fn reading_never_panics(text in "[A-Za-z0-9_.-]{0,80}|.{0,40}") {
        prop_assert!(SiteStatement::verify(&signer(1).public(), &text).is_err());
    }
}
