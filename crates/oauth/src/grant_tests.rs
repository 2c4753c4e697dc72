use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lango_identity::{Permission, PermissionSet};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::pkce::CodeVerifier;

const NOW: i64 = 1_800_000_000;
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn digest(text: &str) -> TokenDigest {
    TokenDigest::of(text)
}

fn scope(permissions: &[Permission]) -> Scope {
    Scope::of(PermissionSet::of(permissions))
}

fn issued() -> Grant {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    Grant::issue(Issue {
        code: digest("code"),
        challenge: CodeChallenge::parse(Some(&challenge), Some("S256")).unwrap(),
        redirect_uri: RedirectUri::parse("https://claude.ai/cb").unwrap(),
        terms: Terms {
            client_id: "client".into(),
            client_name: "Claude".into(),
            principal: "p_1".into(),
            scope: scope(&[Permission::ToolRead, Permission::ToolWrite]),
            connections: None,
            resource: Resource::Mcp,
            expires_at: NOW + GRANT_SECONDS,
        },
        now: NOW,
    })
}

fn redeem(code: &str, now: i64) -> Redeem {
    Redeem {
        code: digest(code),
        client_id: "client".into(),
        proof: CodeVerifier::parse(Some(VERIFIER)).unwrap().challenge(),
        redirect_uri: Some("https://claude.ai/cb".into()),
        resource: Some(Resource::Mcp),
        next: digest("r1"),
        now,
    }
}

fn refresh(token: &str, next: &str, now: i64) -> Refresh {
    Refresh {
        token: digest(token),
        client_id: "client".into(),
        scope: None,
        resource: None,
        next: digest(next),
        now,
    }
}

fn active() -> Grant {
    let mut grant = issued();
    grant.redeem(redeem("code", NOW)).unwrap();
    grant
}

#[test]
fn a_code_is_redeemed_once_and_again_ends_everything() {
    let mut grant = issued();
    assert!(grant.redeem(redeem("code", NOW + CODE_SECONDS - 1)).is_ok());
    assert_eq!(
        grant.redeem(redeem("code", NOW + 1)),
        Err(GrantRefusal::Reused)
    );
    assert_eq!(
        grant.refresh(&refresh("r1", "r2", NOW + 2)),
        Err(GrantRefusal::Invalid)
    );
}

#[test]
fn a_code_lasts_sixty_seconds() {
    const { assert!(CODE_SECONDS <= 60) };
    let late = issued().redeem(redeem("code", NOW + CODE_SECONDS));
    assert_eq!(late, Err(GrantRefusal::Invalid));
}

#[test]
fn whatever_is_wrong_with_a_code_ends_it() {
    let wrongs: [fn(&mut Redeem); 4] = [
        |ask| ask.client_id = "other".into(),
        |ask| ask.redirect_uri = Some("https://claude.ai/cb/".into()),
        |ask| {
            ask.proof = CodeVerifier::parse(Some(&"a".repeat(43)))
                .unwrap()
                .challenge()
        },
        |ask| ask.resource = Some(Resource::Origin),
    ];
    for wrong in wrongs {
        let mut grant = issued();
        let mut ask = redeem("code", NOW);
        wrong(&mut ask);
        assert!(grant.redeem(ask).is_err());
        assert!(
            grant.redeem(redeem("code", NOW)).is_err(),
            "it can be tried once"
        );
    }
    let mut grant = issued();
    assert_eq!(
        grant.redeem(redeem("another", NOW)),
        Err(GrantRefusal::Invalid)
    );
    assert!(
        grant.redeem(redeem("code", NOW)).is_ok(),
        "a stranger's guess changes nothing"
    );
}

#[test]
fn refresh_tokens_rotate_and_reuse_ends_the_family() {
    let mut grant = active();
    assert!(grant.refresh(&refresh("r1", "r2", NOW + 1)).is_ok());
    assert!(grant.refresh(&refresh("r2", "r3", NOW + 2)).is_ok());
    assert_eq!(
        grant.refresh(&refresh("r1", "x", NOW + 3)),
        Err(GrantRefusal::Reused)
    );
    assert_eq!(
        grant.refresh(&refresh("r3", "r4", NOW + 4)),
        Err(GrantRefusal::Invalid)
    );
}

#[test]
fn a_refresh_token_is_its_clients_own() {
    let mut grant = active();
    let mut ask = refresh("r1", "r2", NOW);
    ask.client_id = "other".into();
    assert_eq!(grant.refresh(&ask), Err(GrantRefusal::Invalid));
}

#[test]
fn rights_shrink_and_never_grow() {
    let mut grant = active();
    let mut ask = refresh("r1", "r2", NOW);
    ask.scope = Some(scope(&[Permission::ToolMoney]));
    assert_eq!(grant.refresh(&ask), Err(GrantRefusal::Scope));
    ask.scope = Some(scope(&[Permission::ToolRead]));
    assert_eq!(
        grant.refresh(&ask).unwrap().scope,
        scope(&[Permission::ToolRead])
    );
    let whole = grant.refresh(&refresh("r2", "r3", NOW)).unwrap().scope;
    assert_eq!(whole, grant.terms().scope, "the grant itself is as it was");
    ask.token = digest("r3");
    ask.resource = Some(Resource::Origin);
    assert_eq!(grant.refresh(&ask), Err(GrantRefusal::Target));
}

#[test]
fn a_grant_ends_unused_and_in_any_case() {
    assert!(
        active()
            .refresh(&refresh("r1", "r2", NOW + IDLE_SECONDS))
            .is_err()
    );
    let mut grant = active();
    let (mut now, mut number) = (NOW, 1);
    while now + IDLE_SECONDS / 2 < NOW + GRANT_SECONDS {
        now += IDLE_SECONDS / 2;
        let ask = refresh(&format!("r{number}"), &format!("r{}", number + 1), now);
        assert!(grant.refresh(&ask).is_ok());
        number += 1;
    }
    let ask = refresh(&format!("r{number}"), "x", NOW + GRANT_SECONDS);
    assert_eq!(grant.refresh(&ask), Err(GrantRefusal::Invalid));
}

#[test]
fn revoking_ends_it_once() {
    let mut grant = active();
    assert!(grant.revoke() && !grant.revoke());
    assert_eq!(
        grant.refresh(&refresh("r1", "r2", NOW)),
        Err(GrantRefusal::Invalid)
    );
}

#[test]
fn the_stored_form_is_pinned() {
    let stored = serde_json::to_value(issued()).unwrap();
    assert_eq!(stored["phase"]["phase"], "issued");
    assert_eq!(stored["phase"]["expires_at"], NOW + CODE_SECONDS);
    assert_eq!(stored["terms"]["scope"], "tool.read tool.write");
    assert_eq!(stored["terms"]["resource"], "mcp");
    let read: Grant = serde_json::from_value(stored).unwrap();
    assert_eq!(read.terms(), issued().terms());
}

proptest! {
    /// However tokens are presented, each is good for one answer at most.
    #[test]
    fn nothing_is_good_twice(order in prop::collection::vec(0usize..6, 1..40)) {
        let mut grant = active();
        let mut answered = std::collections::BTreeSet::new();
        for (step, token) in order.into_iter().enumerate() {
            let now = NOW + i64::try_from(step).unwrap();
            let name = format!("r{token}");
            let ask = refresh(&name, &format!("r{}", token + 1), now);
            if grant.refresh(&ask).is_ok() {
                prop_assert!(answered.insert(name));
            }
        }
    }
}
