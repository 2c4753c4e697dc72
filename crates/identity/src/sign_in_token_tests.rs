use super::*;
use crate::{
    RANDOM_LENGTH, Role, Verified,
    signing_keys::tests::{jwk, key_set},
};

const NOW: i64 = 1_800_000_000;

fn keys() -> SigningKeys {
    SigningKeys::parse(&key_set(&[jwk("one", 1, true)])).unwrap()
}

fn audience() -> Audience {
    Audience {
        issuer: "urn:lango".into(),
        audience: "urn:lango:gateway".into(),
    }
}

fn employee() -> SignInClaims {
    SignInClaims {
        tenant: TenantId::from_random([1; RANDOM_LENGTH]),
        kind: PrincipalKind::Employee,
        principal: "p_1".into(),
        session: KeyId::from_random([2; RANDOM_LENGTH]),
        role: Some(Role::Agent.into()),
        connections: Some(vec!["c_1".into()]),
        allow_tables: Some(vec!["orders".into()]),
        customer_number: None,
        token_id: "k_j".into(),
    }
}

fn customer() -> SignInClaims {
    SignInClaims {
        kind: PrincipalKind::Customer,
        role: None,
        connections: None,
        allow_tables: None,
        customer_number: Some("C-17".into()),
        ..employee()
    }
}

fn verify(token: &str, now: i64) -> Result<Verified, TokenError> {
    keys().verify_bearer(&audience(), &[], token, now)
}

#[test]
fn a_sign_in_verifies_as_what_it_is() {
    for claims in [employee(), customer()] {
        let token = keys().issue_sign_in(&audience(), &claims, NOW, 60).unwrap();
        let Ok(Verified::SignIn(verified)) = verify(token.expose(), NOW) else {
            panic!("refused");
        };
        assert_eq!(verified.kind(), claims.kind);
        assert_eq!(verified.principal(), "p_1");
        assert_eq!(verified.session(), &claims.session);
        assert_eq!(verified.scope().tenant(), &claims.tenant);
        assert_eq!(
            verify(token.expose(), NOW + 61).err(),
            Some(TokenError::Expired)
        );
    }
}

#[test]
fn the_wire_format_is_pinned() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = |claims: &SignInClaims, index: usize| {
        let token = keys().issue_sign_in(&audience(), claims, NOW, 60).unwrap();
        let text = token.expose().split('.').nth(index).unwrap().to_owned();
        serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    assert_eq!(part(&employee(), 0)["typ"], "lango-session+jwt");
    assert_eq!(
        part(&employee(), 1),
        serde_json::json!({
            "iss": "urn:lango", "aud": "urn:lango:gateway", "sub": "p_1", "kind": "employee",
            "tenant": employee().tenant, "sid": employee().session, "role": "agent",
            "connections": ["c_1"], "allow_tables": ["orders"], "jti": "k_j",
            "iat": NOW, "exp": NOW + 60,
        })
    );
    assert_eq!(
        part(&customer(), 1),
        serde_json::json!({
            "iss": "urn:lango", "aud": "urn:lango:gateway", "sub": "p_1", "kind": "customer",
            "tenant": employee().tenant, "sid": employee().session, "customer_number": "C-17",
            "jti": "k_j", "iat": NOW, "exp": NOW + 60,
        })
    );
}

#[test]
fn claims_of_one_kind_do_not_fit_another() {
    let refused = |claims: SignInClaims| {
        assert_eq!(
            keys().issue_sign_in(&audience(), &claims, NOW, 60).err(),
            Some(TokenError::Claims)
        );
    };
    refused(SignInClaims {
        role: None,
        ..employee()
    });
    refused(SignInClaims {
        customer_number: Some("C-17".into()),
        ..employee()
    });
    refused(SignInClaims {
        customer_number: None,
        ..customer()
    });
    refused(SignInClaims {
        role: Some(Role::Admin.into()),
        ..customer()
    });
    refused(SignInClaims {
        kind: PrincipalKind::PlatformAdmin,
        ..employee()
    });
    refused(SignInClaims {
        kind: PrincipalKind::Support,
        ..employee()
    });
    refused(SignInClaims {
        kind: PrincipalKind::Support,
        ..customer()
    });
}

#[test]
fn a_token_of_one_kind_is_never_taken_for_another() {
    let sign_in = keys()
        .issue_sign_in(&audience(), &employee(), NOW, 60)
        .unwrap();
    let platform = keys()
        .issue_platform_admin(&audience(), "a_1", "k_1", NOW, NOW + 60)
        .unwrap();
    let bootstrap = keys()
        .issue_bootstrap(&audience(), "b", NOW, NOW + 60)
        .unwrap();
    assert!(matches!(
        verify(sign_in.expose(), NOW),
        Ok(Verified::SignIn(_))
    ));
    assert!(matches!(
        verify(platform.expose(), NOW),
        Ok(Verified::PlatformAdmin(_))
    ));
    assert!(verify(bootstrap.expose(), NOW).is_err());
    assert!(
        keys()
            .verify_bootstrap(&audience(), bootstrap.expose(), NOW)
            .is_ok()
    );
    for other in [&sign_in, &platform] {
        assert_eq!(
            keys()
                .verify_bootstrap(&audience(), other.expose(), NOW)
                .err(),
            Some(TokenError::Type)
        );
        assert!(keys().verify(&audience(), other.expose(), NOW).is_err());
    }
    assert!(
        keys()
            .verify_platform(&audience(), sign_in.expose(), NOW)
            .is_err()
    );
    assert!(
        keys()
            .verify_sign_in(&audience(), platform.expose(), NOW)
            .is_err()
    );
}
