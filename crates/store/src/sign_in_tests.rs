//! Sign-ins on a real SQLite: what ends them, and whose they are.

use lango_identity::{KeyId, PrincipalId, RANDOM_LENGTH, TenantId, TenantScope, TokenDigest};
use pollster::block_on;

use crate::{
    AccountKind, Login, NewInvitation, NewSession, Rotated, TenantName, accept_invitation,
    claim_tenant, claimed_account, end_session, end_sessions_of, insert_invitation, insert_session,
    invited, load_account, load_snapshot, rotate_refresh, sessions_of, set_password,
    sqlite::{Sqlite, customer, tenant, user},
    upgrade_password,
};

const EMPLOYEE: AccountKind = AccountKind::Employee;

fn id(byte: u8) -> KeyId {
    KeyId::from_random([byte; RANDOM_LENGTH])
}

fn begin(sql: &Sqlite, scope: &TenantScope, byte: u8, who: &PrincipalId, token: &str) -> KeyId {
    let session = NewSession {
        session_id: id(byte),
        kind: EMPLOYEE,
        principal: who.clone(),
        refresh: Some(TokenDigest::of(token)),
        created_at: 1,
        expires_at: 1_000,
    };
    block_on(insert_session(sql, scope, &session)).unwrap();
    session.session_id
}

fn rotate(sql: &Sqlite, scope: &TenantScope, session: &KeyId, used: &str, new: &str) -> Rotated {
    let (used, new) = (TokenDigest::of(used), TokenDigest::of(new));
    block_on(rotate_refresh(sql, scope, session, used, new, 500_000)).unwrap()
}

fn in_force(sql: &Sqlite, scope: &TenantScope, session: &KeyId) -> bool {
    let snapshot = block_on(load_snapshot(sql, scope, session))
        .unwrap()
        .unwrap();
    snapshot.key.is_some_and(|key| !key.revoked)
}

#[test]
fn a_refresh_token_is_used_once_and_its_reuse_ends_the_session() {
    let sql = Sqlite::migrated();
    let ours = tenant(&sql, 1);
    let person = user(&sql, &ours, 3, "viewer").principal_id;
    let session = begin(&sql, &ours, 7, &person, "one");
    assert_eq!(rotate(&sql, &ours, &session, "one", "two"), Rotated::Yes);
    assert_eq!(rotate(&sql, &ours, &session, "two", "three"), Rotated::Yes);
    assert!(in_force(&sql, &ours, &session));
    let reused = rotate(&sql, &ours, &session, "one", "four");
    assert!(matches!(reused, Rotated::Reused { principal } if principal.starts_with("p_")));
    assert!(
        !in_force(&sql, &ours, &session),
        "for whoever has the newer one too"
    );
    assert_eq!(
        rotate(&sql, &ours, &session, "three", "five"),
        Rotated::Ended
    );
    // After its end a token of a session that was never misused only is too late.
    let late = begin(&sql, &ours, 8, &person, "one");
    let at_end = rotate_refresh(
        &sql,
        &ours,
        &late,
        TokenDigest::of("one"),
        TokenDigest::of("two"),
        1_000_000,
    );
    assert_ne!(block_on(at_end).unwrap(), Rotated::Yes);
}

#[test]
fn sessions_end_one_by_one_and_all_at_once() {
    let sql = Sqlite::migrated();
    let ours = tenant(&sql, 1);
    let person = user(&sql, &ours, 3, "viewer").principal_id;
    let other = user(&sql, &ours, 4, "viewer").principal_id;
    let mine: Vec<_> = (10..13)
        .map(|byte| begin(&sql, &ours, byte, &person, "t"))
        .collect();
    let others = begin(&sql, &ours, 20, &other, "t");
    block_on(async {
        assert!(end_session(&sql, &ours, &mine[0], 5).await.unwrap());
        assert!(
            !end_session(&sql, &ours, &mine[0], 6).await.unwrap(),
            "once"
        );
        let left = sessions_of(&sql, &ours, EMPLOYEE, &person, 5)
            .await
            .unwrap();
        assert_eq!(left.len(), 2);
        let ended = end_sessions_of(&sql, &ours, EMPLOYEE, &person, Some(&mine[1]), 7).await;
        assert_eq!(ended.unwrap(), [mine[2].clone()]);
        assert!(in_force(&sql, &ours, &mine[1]) && in_force(&sql, &ours, &others));
        end_sessions_of(&sql, &ours, EMPLOYEE, &person, None, 8)
            .await
            .unwrap();
        assert!(!in_force(&sql, &ours, &mine[1]));
    });
}

#[test]
fn a_tenant_is_found_by_slug_or_identifier_and_an_account_by_its_login() {
    let sql = Sqlite::migrated();
    let ours = tenant(&sql, 1);
    let (worker, client) = (user(&sql, &ours, 3, "viewer"), customer(&sql, &ours, 4));
    block_on(async {
        let by_slug = claim_tenant(&sql, TenantName::Slug("duka-1"))
            .await
            .unwrap()
            .unwrap();
        let by_id = claim_tenant(&sql, TenantName::Id(ours.tenant()))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(by_slug.tenant(), by_id.tenant());
        assert!(
            claim_tenant(&sql, TenantName::Slug("t_nobody"))
                .await
                .unwrap()
                .is_none()
        );
        let find = async |kind, login| {
            let found = claimed_account(&sql, &by_slug, kind, login).await.unwrap();
            found.account.map(|account| account.principal_id)
        };
        let (email, phone) = (worker.email.unwrap(), client.phone.unwrap());
        assert_eq!(
            find(EMPLOYEE, Login::Email(&email)).await,
            Some(worker.principal_id)
        );
        assert_eq!(
            find(AccountKind::Customer, Login::Email(&email)).await,
            None
        );
        assert_eq!(
            find(AccountKind::Customer, Login::Phone(&phone)).await,
            Some(client.principal_id)
        );
        assert_eq!(find(EMPLOYEE, Login::Phone(&phone)).await, None);
    });
}

fn invitation(byte: u8, principal: &PrincipalId) -> NewInvitation {
    NewInvitation {
        invitation_id: id(byte),
        kind: EMPLOYEE,
        principal: principal.clone(),
        digest: TokenDigest::of("text"),
        created_by: "p_boss".into(),
        created_at: 1,
        expires_at: 1_000,
    }
}

#[test]
fn an_invitation_sets_one_password_once() {
    let sql = Sqlite::migrated();
    let ours = tenant(&sql, 1);
    let person = user(&sql, &ours, 3, "viewer").principal_id;
    let digest = TokenDigest::of("text");
    block_on(async {
        let hash = async || {
            let account = load_account(&sql, &ours, EMPLOYEE, &person).await.unwrap();
            account.unwrap().password_hash
        };
        assert!(
            insert_invitation(&sql, &ours, &invitation(1, &person))
                .await
                .unwrap()
        );
        assert!(
            insert_invitation(&sql, &ours, &invitation(2, &person))
                .await
                .unwrap()
        );
        let accept = async |byte, digest, hash, at| {
            accept_invitation(&sql, &ours, &id(byte), digest, hash, at)
                .await
                .unwrap()
        };
        assert!(
            accept(1, digest, "a", 5).await.is_none(),
            "the second one ended it"
        );
        assert!(accept(2, TokenDigest::of("other"), "a", 5).await.is_none());
        assert!(
            accept(2, digest, "a", 1_000_000).await.is_none(),
            "too late"
        );
        assert_eq!(hash().await, None);
        let known = invited(&sql, &ours, &id(2), digest, 5)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(known.principal, person);
        assert_eq!(accept(2, digest, "a", 5).await, Some(known));
        assert_eq!(hash().await.as_deref(), Some("a"));
        assert!(accept(2, digest, "b", 5).await.is_none(), "once");
        assert_eq!(hash().await.as_deref(), Some("a"));
        assert!(
            set_password(&sql, &ours, EMPLOYEE, &person, "c")
                .await
                .unwrap()
        );
        upgrade_password(&sql, &ours, EMPLOYEE, &person, "a", "d")
            .await
            .unwrap();
        assert_eq!(
            hash().await.as_deref(),
            Some("c"),
            "only what was checked is replaced"
        );
        upgrade_password(&sql, &ours, EMPLOYEE, &person, "c", "d")
            .await
            .unwrap();
        assert_eq!(hash().await.as_deref(), Some("d"));
    });
}

/// Each function with the scope of another tenant: nothing is seen, nothing changes.
#[test]
fn sign_ins_are_their_tenants_own() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 9));
    let worker = user(&sql, &ours, 3, "viewer");
    let person = &worker.principal_id;
    let session = begin(&sql, &ours, 7, person, "one");
    block_on(async {
        let digest = TokenDigest::of("text");
        insert_invitation(&sql, &ours, &invitation(1, person))
            .await
            .unwrap();
        assert_eq!(
            rotate(&sql, &theirs, &session, "one", "two"),
            Rotated::Ended
        );
        assert_eq!(
            rotate(&sql, &theirs, &session, "old", "two"),
            Rotated::Ended
        );
        assert!(!end_session(&sql, &theirs, &session, 5).await.unwrap());
        let ended = end_sessions_of(&sql, &theirs, EMPLOYEE, person, None, 5).await;
        assert!(ended.unwrap().is_empty());
        let listed = sessions_of(&sql, &theirs, EMPLOYEE, person, 5)
            .await
            .unwrap();
        assert!(listed.is_empty());
        assert!(
            !insert_invitation(&sql, &theirs, &invitation(2, person))
                .await
                .unwrap()
        );
        assert!(
            invited(&sql, &theirs, &id(1), digest, 5)
                .await
                .unwrap()
                .is_none()
        );
        let accepted = accept_invitation(&sql, &theirs, &id(1), digest, "x", 5).await;
        assert!(accepted.unwrap().is_none());
        assert!(
            !set_password(&sql, &theirs, EMPLOYEE, person, "x")
                .await
                .unwrap()
        );
        let claimed = claim_tenant(&sql, TenantName::Id(theirs.tenant()))
            .await
            .unwrap();
        let email = worker.email.as_deref().unwrap();
        let found = claimed_account(&sql, &claimed.unwrap(), EMPLOYEE, Login::Email(email)).await;
        assert!(found.unwrap().account.is_none());
        assert!(
            load_account(&sql, &theirs, EMPLOYEE, person)
                .await
                .unwrap()
                .is_none()
        );
        let stolen = NewSession {
            session_id: id(8),
            kind: EMPLOYEE,
            principal: person.clone(),
            refresh: None,
            created_at: 1,
            expires_at: 1_000,
        };
        assert!(
            insert_session(&sql, &theirs, &stolen)
                .await
                .unwrap_err()
                .is_constraint()
        );
        assert!(in_force(&sql, &ours, &session));
        let account = load_account(&sql, &ours, EMPLOYEE, person)
            .await
            .unwrap()
            .unwrap();
        assert!(account.password_hash.is_none());
        assert!(
            invited(&sql, &ours, &id(1), digest, 5)
                .await
                .unwrap()
                .is_some()
        );
        let nobody = TenantId::parse("t_nobody").unwrap();
        assert!(
            claim_tenant(&sql, TenantName::Id(&nobody))
                .await
                .unwrap()
                .is_none()
        );
    });
}
