use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::{
    Role,
    id::RANDOM_LENGTH,
    signing_keys::tests::{jwk, key_set},
};

const NOW: i64 = 1_800_000_000;

fn keys() -> SigningKeys {
    SigningKeys::parse(&key_set(&[jwk("new", 1, true), jwk("old", 2, true)])).unwrap()
}

fn audience() -> Audience {
    Audience {
        issuer: "https://lango.test".into(),
        audience: "https://lango.test/mcp".into(),
    }
}

fn claims() -> Claims {
    Claims {
        tenant: TenantId::from_random([1; RANDOM_LENGTH]),
        principal: PrincipalId::from_random([2; RANDOM_LENGTH]),
        role: Some(Role::Viewer.into()),
        key: KeyId::from_random([3; RANDOM_LENGTH]),
    }
}

fn token() -> String {
    let issued = keys()
        .issue_key(&audience(), &claims(), NOW, NOW + 60)
        .unwrap();
    issued.expose().to_owned()
}

fn refusal(token: &str) -> Option<TokenError> {
    keys().verify(&audience(), token, NOW).err()
}

/// Re-encodes a token's part after `change`, keeping the signature.
fn with_part(token: &str, part: usize, change: impl Fn(String) -> String) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(&parts[part]).unwrap()).unwrap();
    parts[part] = URL_SAFE_NO_PAD.encode(change(json));
    parts.join(".")
}

#[test]
fn an_issued_key_verifies_as_what_it_is() {
    let Ok(key) = keys().verify(&audience(), &token(), NOW) else {
        panic!("refused");
    };
    assert_eq!(key.scope().tenant(), &claims().tenant);
    assert_eq!(key.key(), &claims().key);
    assert_eq!(key.principal(), &claims().principal);
    assert_eq!(key.expires_at(), NOW + 60);
    assert!(key.digest() == TokenDigest::of(&token()));
}

#[test]
fn the_wire_format_is_pinned() {
    let token = token();
    let part = |index: usize| {
        let bytes = URL_SAFE_NO_PAD
            .decode(token.split('.').nth(index).unwrap())
            .unwrap();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()
    };
    assert_eq!(
        part(0),
        serde_json::json!({"alg": "EdDSA", "typ": "JWT", "kid": "new"})
    );
    assert_eq!(
        part(1),
        serde_json::json!({
            "iss": "https://lango.test", "aud": "https://lango.test/mcp",
            "sub": claims().principal, "kind": "employee", "tenant": claims().tenant,
            "role": "viewer", "jti": claims().key, "iat": NOW, "exp": NOW + 60,
        })
    );
}

#[test]
fn an_older_key_still_verifies() {
    let old = SigningKeys::parse(&key_set(&[jwk("old", 2, true)])).unwrap();
    let token = old
        .issue_key(&audience(), &claims(), NOW, NOW + 60)
        .unwrap();
    assert_eq!(refusal(token.expose()), None);
}

#[test]
fn forged_tokens_are_refused() {
    let stranger = SigningKeys::parse(&key_set(&[jwk("new", 9, true)])).unwrap();
    let forged = stranger
        .issue_key(&audience(), &claims(), NOW, NOW + 60)
        .unwrap();
    assert_eq!(refusal(forged.expose()), Some(TokenError::Signature));

    let unknown = SigningKeys::parse(&key_set(&[jwk("other", 1, true)])).unwrap();
    let unknown = unknown
        .issue_key(&audience(), &claims(), NOW, NOW + 60)
        .unwrap();
    assert_eq!(refusal(unknown.expose()), Some(TokenError::UnknownKeyId));

    let other_tenant = with_part(&token(), 1, |json| json.replace("t_", "t_x"));
    assert_eq!(refusal(&other_tenant), Some(TokenError::Signature));
    let more_rights = with_part(&token(), 1, |json| json.replace("viewer", "admin"));
    assert_eq!(refusal(&more_rights), Some(TokenError::Signature));
}

#[test]
fn no_other_algorithm_passes() {
    for algorithm in ["none", "None", "HS256", "RS256", "Ed25519", "eddsa", ""] {
        let token = with_part(&token(), 0, |json| json.replace("EdDSA", algorithm));
        assert!(refusal(&token).is_some(), "{algorithm}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert!(
            refusal(&unsigned).is_some(),
            "{algorithm} without signature"
        );
    }
}

#[test]
fn times_bound_a_token() {
    let verify = |now| keys().verify(&audience(), &token(), now).err();
    assert_eq!(verify(NOW + 59), None);
    assert_eq!(verify(NOW + 61), Some(TokenError::Expired));
    assert_eq!(verify(NOW - LEEWAY_SECONDS), None);
    assert_eq!(
        verify(NOW - LEEWAY_SECONDS - 1),
        Some(TokenError::NotYetValid)
    );
}

#[test]
fn issuer_and_audience_are_ours() {
    let elsewhere = |issuer: &str, audience: &str| Audience {
        issuer: issuer.into(),
        audience: audience.into(),
    };
    let verify = |audience: Audience| keys().verify(&audience, &token(), NOW).err();
    assert_eq!(
        verify(elsewhere("https://other.test", "https://lango.test/mcp")),
        Some(TokenError::Issuer)
    );
    assert_eq!(
        verify(elsewhere("https://lango.test", "https://lango.test/")),
        Some(TokenError::WrongAudience)
    );
}

#[test]
fn a_platform_admin_is_not_a_tenants_key() {
    let token = keys()
        .issue_platform_admin(&audience(), "a_1", "k_1", NOW, NOW + 60)
        .unwrap();
    assert_eq!(refusal(token.expose()), Some(TokenError::Type));
    assert!(matches!(
        keys().verify_bearer(&audience(), &[], token.expose(), NOW),
        Ok(Verified::PlatformAdmin(_))
    ));
}

#[test]
fn every_truncation_is_refused() {
    let token = token();
    for length in 0..token.len() {
        assert!(refusal(&token[..length]).is_some(), "{length}");
    }
}

#[test]
fn digests_read_back() {
    let digest = TokenDigest::of("token");
    let text = String::from(digest);
    assert!(TokenDigest::try_from(text.clone()).unwrap() == digest);
    assert!(TokenDigest::try_from(text.replace('3', "é")).is_err());
    assert!(TokenDigest::try_from("00".to_owned()).is_err());
}

proptest! {
    #[test]
    fn nothing_makes_verification_panic(text in ".{0,200}") {
        prop_assert!(refusal(&text).is_some());
    }

    #[test]
    fn no_changed_byte_passes(position in 0usize..400, replacement in "[A-Za-z0-9_.-]") {
        let token = token();
        let position = position % token.len();
        let changed = format!("{}{replacement}{}", &token[..position], &token[position + 1..]);
        // The last character of base64url carries unused bits.
        prop_assume!(changed != token && position + 1 < token.len());
        prop_assert!(refusal(&changed).is_some());
    }
}
