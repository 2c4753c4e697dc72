//! Whoever runs the platform, on a real SQLite.

use lango_identity::{AdminId, ClaimedAdmin, KeyId, RANDOM_LENGTH, TokenDigest};
use pollster::block_on;

use crate::{
    AdminRow, NewAdmin, NewPlatformSession, Page, PlatformSessionKind, change_admin,
    end_platform_sessions_of, find_admin, insert_admin, insert_first_admin,
    insert_platform_session, list_admins, list_platform_keys, load_admin, platform_standing,
    revoke_platform_session, rotate_platform_refresh, set_admin_password,
    sqlite::{Sqlite, platform},
};

fn admin(byte: u8) -> NewAdmin {
    NewAdmin {
        admin_id: AdminId::from_random([byte; RANDOM_LENGTH]),
        name: format!("admin {byte}"),
        email: format!("admin{byte}@example.com"),
        password_hash: Some("hash".into()),
        created_at: 1,
    }
}

fn session(byte: u8, admin: &NewAdmin, kind: PlatformSessionKind) -> NewPlatformSession {
    NewPlatformSession {
        session_id: KeyId::from_random([byte; RANDOM_LENGTH]),
        admin_id: admin.admin_id.clone(),
        kind,
        created_at: 1,
        expires_at: 100,
    }
}

fn a_key(byte: u8, admin: &NewAdmin) -> NewPlatformSession {
    let kind = PlatformSessionKind::Key {
        name: "deploys".into(),
        digest: TokenDigest::of("token"),
    };
    session(byte, admin, kind)
}

/// A platform with its first admin and their key.
fn begun() -> (Sqlite, NewAdmin, NewPlatformSession) {
    let sql = Sqlite::migrated();
    let first = admin(1);
    let key = a_key(2, &first);
    assert!(block_on(insert_first_admin(&sql, &platform(), &first, &key)).unwrap());
    (sql, first, key)
}

fn read(sql: &Sqlite, admin: &NewAdmin) -> AdminRow {
    block_on(load_admin(sql, &platform(), &admin.admin_id))
        .unwrap()
        .unwrap()
}

fn suspend(sql: &Sqlite, admin: &NewAdmin) -> Option<i64> {
    let row = AdminRow {
        suspended_at: Some(7),
        ..read(sql, admin)
    };
    block_on(change_admin(sql, &platform(), &row)).unwrap()
}

#[test]
fn the_first_admin_is_made_once() {
    let (sql, first, key) = begun();
    let second = admin(3);
    let other = a_key(4, &second);
    assert!(!block_on(insert_first_admin(&sql, &platform(), &second, &other)).unwrap());
    let all = Page::after("", 9);
    block_on(async {
        let admins = list_admins(&sql, &platform(), &all).await.unwrap();
        assert_eq!(
            (admins.items.len(), &admins.items[0].admin_id),
            (1, &first.admin_id)
        );
        let keys = list_platform_keys(&sql, &platform(), &all).await.unwrap();
        assert_eq!(
            (keys.items.len(), &keys.items[0].session_id),
            (1, &key.session_id)
        );
    });
}

#[test]
fn the_last_admin_in_force_is_not_suspended() {
    let (sql, first, _) = begun();
    assert_eq!(suspend(&sql, &first), None);
    let second = admin(3);
    block_on(insert_admin(&sql, &platform(), &second)).unwrap();
    assert_eq!(suspend(&sql, &first), Some(2));
    assert_eq!(
        suspend(&sql, &second),
        None,
        "now the other one is the last"
    );
    let again = AdminRow {
        suspended_at: None,
        ..read(&sql, &first)
    };
    assert_eq!(
        block_on(change_admin(&sql, &platform(), &again)).unwrap(),
        Some(3)
    );
    assert_eq!(
        block_on(change_admin(&sql, &platform(), &again)).unwrap(),
        None
    );
}

#[test]
fn a_suspended_admin_is_nobody() {
    let (sql, first, key) = begun();
    block_on(insert_admin(&sql, &platform(), &admin(3))).unwrap();
    let claimed = ClaimedAdmin::of_sign_in();
    let standing = || {
        block_on(platform_standing(&sql, claimed, &key.session_id))
            .unwrap()
            .unwrap()
    };
    assert_eq!(standing().token, Some(TokenDigest::of("token")));
    assert!(!standing().is_suspended);
    let found = || block_on(find_admin(&sql, claimed, &first.email)).unwrap();
    assert_eq!(found().unwrap().password_hash.as_deref(), Some("hash"));
    block_on(set_admin_password(&sql, claimed, &first.admin_id, "other")).unwrap();
    assert_eq!(found().unwrap().password_hash.as_deref(), Some("other"));
    suspend(&sql, &first).unwrap();
    assert!(standing().is_suspended);
    assert!(found().is_none());
    let late = a_key(9, &first);
    let late = insert_platform_session(&sql, claimed, &late);
    assert!(!block_on(late).unwrap(), "nor do they get a key");
}

#[test]
fn a_refresh_token_is_taken_once_and_never_after_the_end() {
    let (sql, first, _) = begun();
    let claimed = ClaimedAdmin::of_sign_in();
    let sign_in = session(
        5,
        &first,
        PlatformSessionKind::SignIn(TokenDigest::of("r1")),
    );
    let id = &sign_in.session_id;
    block_on(async {
        assert!(
            insert_platform_session(&sql, claimed, &sign_in)
                .await
                .unwrap()
        );
        let rotate = async |shown, next, now| {
            let (shown, next) = (TokenDigest::of(shown), TokenDigest::of(next));
            rotate_platform_refresh(&sql, claimed, id, shown, next, now)
                .await
                .unwrap()
        };
        assert_eq!(rotate("r1", "r2", 50).await.unwrap().expires_at, 100);
        assert!(rotate("r1", "r3", 50).await.is_none());
        assert!(
            rotate("r2", "r3", 100).await.is_none(),
            "the session is over"
        );
        let ended = revoke_platform_session(&sql, claimed, id, 9).await.unwrap();
        assert_eq!(ended.unwrap().admin_id, first.admin_id);
        assert!(
            revoke_platform_session(&sql, claimed, id, 9)
                .await
                .unwrap()
                .is_none()
        );
        assert!(rotate("r2", "r3", 50).await.is_none(), "it was revoked");
    });
}

#[test]
fn signing_out_everywhere_leaves_keys() {
    let (sql, first, key) = begun();
    let claimed = ClaimedAdmin::of_sign_in();
    let sign_in = session(
        5,
        &first,
        PlatformSessionKind::SignIn(TokenDigest::of("r1")),
    );
    block_on(async {
        insert_platform_session(&sql, claimed, &sign_in)
            .await
            .unwrap();
        end_platform_sessions_of(&sql, &platform(), &first.admin_id, 9)
            .await
            .unwrap();
        let is_revoked = async |id| {
            let standing = platform_standing(&sql, claimed, id).await.unwrap();
            standing.unwrap().is_revoked
        };
        assert!(is_revoked(&sign_in.session_id).await);
        assert!(!is_revoked(&key.session_id).await);
    });
}
