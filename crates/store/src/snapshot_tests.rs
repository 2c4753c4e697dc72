//! Keys, grants and connections in the store, and what a snapshot says of them.

use lango_admission::{Plan, Registered};
use lango_identity::{KeyId, PermissionSet, RANDOM_LENGTH, Role, TenantId};
use lango_tenancy::TenantState;

use crate::{
    KeyRevoked, NewGrant, Page, UserChanged, UserRow, change_user, delete_connection, insert_grant,
    list_connections, list_grants, list_grants_of, list_keys, list_tenants, list_users,
    load_snapshot, load_user, revoke_grant, revoke_key, sealing_data_key,
    sqlite::{Sqlite, connection, digest, grant, key, platform, tenant, user},
};

#[test]
fn a_snapshot_says_what_was_stored() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let key_id = key(&sql, &scope, 2);
    connection(&sql, &scope, 3, true).unwrap();
    let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id))
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.tenant, TenantState::Active);
    assert_eq!(snapshot.plan, Plan::Starter);
    let stored = snapshot.key.unwrap();
    assert_eq!(stored.holder.role, Some(Role::Manager.into()));
    assert!(
        matches!(stored.registered, Registered::Key(it) if it == digest(scope.tenant(), &key_id))
    );
    assert!(!stored.revoked);
    assert_eq!(snapshot.connections[0].data_key, "wrapped");
}

/// Nobody calls a receiver of the audit log, so no gate holds its credentials.
#[test]
fn a_snapshot_has_no_receiver_of_the_audit_log() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let key_id = key(&sql, &scope, 2);
    connection(&sql, &scope, 3, true).unwrap();
    let connections = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id));
        snapshot.unwrap().unwrap().connections.len()
    };
    assert_eq!(connections(), 1);
    sql.write("PRAGMA foreign_keys = OFF");
    sql.write("UPDATE data_keys SET connector = 'siem'");
    sql.write("UPDATE connections SET connector = 'siem'");
    assert_eq!(connections(), 0);
}

#[test]
fn a_revoked_key_stays_revoked_at_the_first_moment() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let key_id = key(&sql, &scope, 2);
    for now in [10, 20] {
        let revoked = pollster::block_on(revoke_key(&sql, &scope, &key_id, now)).unwrap();
        assert_eq!(revoked, KeyRevoked::Yes);
    }
    let listed = pollster::block_on(list_keys(&sql, &scope, None, &Page::whole())).unwrap();
    assert_eq!(listed.items[0].revoked_at, Some(10));
    let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id))
        .unwrap()
        .unwrap();
    assert!(snapshot.key.unwrap().revoked);
}

#[test]
fn another_tenants_scope_sees_and_changes_nothing() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 9));
    let key_id = key(&sql, &ours, 2);
    let connection_id = connection(&sql, &ours, 3, true).unwrap();
    pollster::block_on(async {
        let snapshot = load_snapshot(&sql, &theirs, &key_id)
            .await
            .unwrap()
            .unwrap();
        assert!(snapshot.key.is_none() && snapshot.connections.is_empty());
        let listed = list_keys(&sql, &theirs, None, &Page::whole())
            .await
            .unwrap();
        assert!(listed.items.is_empty());
        let listed = list_connections(&sql, &theirs, &Page::whole())
            .await
            .unwrap();
        assert!(listed.items.is_empty());
        assert_eq!(
            sealing_data_key(&sql, &theirs, "postgres").await.unwrap(),
            None
        );
        assert_eq!(
            revoke_key(&sql, &theirs, &key_id, 10).await.unwrap(),
            KeyRevoked::Unknown
        );
        assert!(
            !delete_connection(&sql, &theirs, &connection_id)
                .await
                .unwrap()
        );
        assert!(
            delete_connection(&sql, &ours, &connection_id)
                .await
                .unwrap()
        );
    });
}

#[test]
fn a_batch_is_stored_whole_or_not_at_all() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    connection(&sql, &scope, 3, true).unwrap();
    // The data key stands already, so neither row of the second batch may.
    assert!(
        connection(&sql, &scope, 4, true)
            .unwrap_err()
            .is_constraint()
    );
    assert!(
        connection(&sql, &scope, 4, false)
            .unwrap_err()
            .is_constraint()
    );
    assert_eq!(
        pollster::block_on(list_connections(&sql, &scope, &Page::whole()))
            .unwrap()
            .items
            .len(),
        1
    );
}

#[test]
fn the_platform_lists_tenants_and_unknown_tenants_have_no_snapshot() {
    let sql = Sqlite::migrated();
    tenant(&sql, 1);
    let all = Page::after("", 10);
    let listed = pollster::block_on(list_tenants(&sql, &platform(), &all)).unwrap();
    assert_eq!(listed.items[0].plan, Plan::Starter);
    let unknown = platform().provision(TenantId::from_random([8; RANDOM_LENGTH]));
    let key_id = KeyId::from_random([2; RANDOM_LENGTH]);
    assert!(
        pollster::block_on(load_snapshot(&sql, &unknown, &key_id))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_grant_is_admitted_while_it_and_its_user_stand() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let mut row = user(&sql, &scope, 2, "viewer");
    let grant_id = grant(&sql, &scope, 4, &row.principal_id);
    let key = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).unwrap();
        snapshot.unwrap().key.unwrap()
    };
    let mut change = |change: fn(&mut UserRow)| {
        change(&mut row);
        let changed = pollster::block_on(change_user(&sql, &scope, &row)).unwrap();
        row.version += 1;
        changed == UserChanged::Yes
    };
    assert!(!key().revoked && key().may_use("c_1") && !key().may_use("c_2"));
    assert!(change(|row| row.suspended_at = Some(7)) && key().revoked);
    assert!(
        change(|row| row.role = Role::Manager.into()) && key().revoked,
        "still suspended"
    );
    assert_eq!(key().holder.role, Some(Role::Manager.into()));
    assert!(change(|row| row.suspended_at = None) && !key().revoked);
    assert!(change(|row| row.connections = Some(vec!["c_2".into()])));
    assert!(
        !key().may_use("c_1"),
        "the user's own reach bounds the grant"
    );
    pollster::block_on(async {
        assert!(revoke_grant(&sql, &scope, &grant_id, 50).await.unwrap());
        assert!(revoke_grant(&sql, &scope, &grant_id, 60).await.unwrap());
        let listed = list_grants(&sql, &scope, &Page::whole())
            .await
            .unwrap()
            .items;
        assert_eq!(listed[0].revoked_at, Some(50), "the first moment stays");
    });
    assert!(key().revoked);
}

#[test]
fn grants_and_users_are_their_tenants_own() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let row = user(&sql, &ours, 3, "admin");
    let (one, other) = (
        row.principal_id.clone(),
        user(&sql, &ours, 4, "agent").principal_id,
    );
    let grant_id = grant(&sql, &ours, 5, &one);
    grant(&sql, &ours, 6, &other);
    pollster::block_on(async {
        let mut listed = list_grants(&sql, &ours, &Page::whole())
            .await
            .unwrap()
            .items;
        listed.sort_by_key(|row| std::cmp::Reverse(row.created_at));
        assert_eq!((listed.len(), listed[0].user.as_str()), (2, "user 4"));
        assert_eq!(listed[0].connections, Some(vec!["c_1".to_owned()]));
        assert_eq!(listed[1].connections, None);
        let own = list_grants_of(&sql, &ours, &one).await.unwrap();
        assert_eq!(own.len(), 1);
        let users = async |scope| list_users(&sql, scope, &Page::whole()).await.unwrap().items;
        assert_eq!(users(&ours).await.len(), 2);
        assert!(users(&theirs).await.is_empty());
        let grants = list_grants(&sql, &theirs, &Page::whole()).await.unwrap();
        assert!(grants.items.is_empty());
        assert!(
            list_grants_of(&sql, &theirs, &one)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(load_user(&sql, &theirs, &one).await.unwrap().is_none());
        assert!(!revoke_grant(&sql, &theirs, &grant_id, 1).await.unwrap());
        assert_eq!(
            change_user(&sql, &theirs, &row).await.unwrap(),
            UserChanged::Stale
        );
        let snapshot = load_snapshot(&sql, &theirs, &grant_id).await.unwrap();
        assert!(snapshot.unwrap().key.is_none());
        let stray = NewGrant {
            grant_id: KeyId::from_random([9; RANDOM_LENGTH]),
            principal_id: one.as_str().to_owned(),
            client_id: "client".into(),
            client_name: "Claude".into(),
            permissions: PermissionSet::NONE,
            connections: None,
            created_at: 1,
            expires_at: 2,
        };
        let refused = insert_grant(&sql, &theirs, &stray).await.unwrap_err();
        assert!(
            refused.is_constraint(),
            "a grant is of a user of its own tenant"
        );
    });
}
