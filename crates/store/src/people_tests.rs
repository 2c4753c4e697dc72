//! People, roles and keys in the store: who stays, who may what, page by page.

use lango_admission::Plan;
use lango_identity::{KeyId, Permission, PermissionSet, RANDOM_LENGTH, Role};

use crate::{
    KeyRevoked, Page, UserChanged, UserRow, change_customer, change_key, change_role, change_user,
    delete_role, insert_key, list_customers, list_keys, list_roles, list_users, load_customer,
    load_key, load_role, load_snapshot, load_user, revoke_key, rotate_key,
    sqlite::{Sqlite, customer, digest, grant, key, key_row, role, tenant, user},
    touch_key,
};

#[test]
fn the_last_active_admin_stays_one() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let (mut one, mut other) = (
        user(&sql, &scope, 3, "admin"),
        user(&sql, &scope, 4, "admin"),
    );
    pollster::block_on(async {
        other.suspended_at = Some(5);
        assert_eq!(
            change_user(&sql, &scope, &other).await.unwrap(),
            UserChanged::Yes
        );
        for change in [
            |row: &mut UserRow| row.role = Role::Manager.into(),
            |row: &mut UserRow| row.suspended_at = Some(6),
        ] {
            let mut changed = one.clone();
            change(&mut changed);
            assert_eq!(
                change_user(&sql, &scope, &changed).await.unwrap(),
                UserChanged::LastAdmin
            );
        }
        one.name = "still here".into();
        assert_eq!(
            change_user(&sql, &scope, &one).await.unwrap(),
            UserChanged::Yes
        );
        assert_eq!(
            change_user(&sql, &scope, &one).await.unwrap(),
            UserChanged::Stale
        );
        (other.suspended_at, other.version) = (None, 2);
        assert_eq!(
            change_user(&sql, &scope, &other).await.unwrap(),
            UserChanged::Yes
        );
        (one.role, one.version) = (Role::Viewer.into(), 2);
        assert_eq!(
            change_user(&sql, &scope, &one).await.unwrap(),
            UserChanged::Yes
        );
    });
}

#[test]
fn the_last_way_in_for_an_admin_is_not_revoked() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let admin_key = |byte| {
        let key_id = KeyId::from_random([byte; RANDOM_LENGTH]);
        let row = key_row(&key_id, Some(Role::Admin));
        let digest = digest(scope.tenant(), &key_id);
        pollster::block_on(insert_key(
            &sql,
            &scope,
            &row,
            digest,
            Plan::Starter.allowance(),
        ))
        .unwrap();
        key_id
    };
    let revoke = |key| pollster::block_on(revoke_key(&sql, &scope, key, 100_000)).unwrap();
    let (one, two) = (admin_key(2), admin_key(3));
    assert_eq!(revoke(&one), KeyRevoked::Yes);
    assert_eq!(revoke(&two), KeyRevoked::LastAdmin);
    assert_eq!(revoke(&one), KeyRevoked::Yes, "it is, already");
    user(&sql, &scope, 4, "admin");
    assert_eq!(revoke(&two), KeyRevoked::Yes, "a person can come in");
}

#[test]
fn a_tenants_role_is_what_it_says_now() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let mut night = role(&sql, &scope, "night-shift", &[Permission::ToolRead]);
    let row = user(&sql, &scope, 3, "night-shift");
    let grant_id = grant(&sql, &scope, 4, &row.principal_id);
    let held = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).unwrap();
        snapshot.unwrap().key.unwrap().holder.authority.permissions
    };
    assert_eq!(held(), PermissionSet::of(&[Permission::ToolRead]));
    pollster::block_on(async {
        night.permissions = PermissionSet::of(&[Permission::AuditView]);
        assert!(change_role(&sql, &scope, &night).await.unwrap());
        assert!(!change_role(&sql, &scope, &night).await.unwrap(), "stale");
        assert!(
            !delete_role(&sql, &scope, &night.role).await.unwrap(),
            "somebody has it"
        );
    });
    assert_eq!(held(), PermissionSet::of(&[Permission::AuditView]));
}

#[test]
fn a_role_that_nobody_knows_lets_nobody_in() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let row = user(&sql, &scope, 3, "ghost");
    let grant_id = grant(&sql, &scope, 4, &row.principal_id);
    assert!(pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).is_err());
}

#[test]
fn a_persons_own_key_does_no_more_than_they_may() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let mut row = user(&sql, &scope, 3, "manager");
    let key_id = KeyId::from_random([2; RANDOM_LENGTH]);
    let mut key = key_row(&key_id, None);
    key.principal_id = row.principal_id.clone();
    key.permissions = Some(PermissionSet::of(&[
        Permission::ToolRead,
        Permission::ToolMoney,
    ]));
    let digest = digest(scope.tenant(), &key_id);
    pollster::block_on(insert_key(
        &sql,
        &scope,
        &key,
        digest,
        Plan::Starter.allowance(),
    ))
    .unwrap();
    let state = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id)).unwrap();
        snapshot.unwrap().key.unwrap()
    };
    assert!(state().holder.authority.may(Permission::ToolMoney));
    row.role = Role::Viewer.into();
    row.allow_tables = Some(vec!["orders".into()]);
    pollster::block_on(change_user(&sql, &scope, &row)).unwrap();
    let authority = state().holder.authority;
    assert_eq!(
        authority.permissions,
        PermissionSet::of(&[Permission::ToolRead])
    );
    assert_eq!(authority.tables.listed(), row.allow_tables);
    (row.suspended_at, row.version) = (Some(9), 2);
    pollster::block_on(change_user(&sql, &scope, &row)).unwrap();
    assert!(state().revoked);
}

#[test]
fn a_rotated_key_goes_on_for_its_overlap() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let old_id = key(&sql, &scope, 2);
    pollster::block_on(async {
        let old = load_key(&sql, &scope, &old_id).await.unwrap().unwrap();
        let next = key_row(&KeyId::from_random([3; RANDOM_LENGTH]), Some(Role::Manager));
        let digest = digest(scope.tenant(), &next.key_id);
        assert!(
            rotate_key(&sql, &scope, &old, 150, &next, digest)
                .await
                .unwrap()
        );
        let ended = load_key(&sql, &scope, &old_id).await.unwrap().unwrap();
        assert_eq!(
            (ended.expires_at, &ended.rotated_to),
            (150, &Some(next.key_id.clone()))
        );
        let twice = key_row(&KeyId::from_random([4; RANDOM_LENGTH]), Some(Role::Manager));
        for stale in [&old, &ended] {
            assert!(
                !rotate_key(&sql, &scope, stale, 150, &twice, digest)
                    .await
                    .unwrap()
            );
        }
        let listed = list_keys(&sql, &scope, None, &Page::whole()).await.unwrap();
        assert_eq!(
            listed.items.len(),
            2,
            "what was not rotated left nothing behind"
        );
    });
}

#[test]
fn lists_are_read_page_by_page() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    for byte in 1..=5 {
        user(&sql, &scope, byte, "viewer");
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = pollster::block_on(list_users(&sql, &scope, &Page::after(&after, 2))).unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|row| row.principal_id));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted());
}

/// Each function with the scope of another tenant: nothing is seen, nothing changes.
#[test]
fn people_roles_and_keys_are_their_tenants_own() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 9));
    let night = role(&sql, &ours, "night-shift", &[Permission::ToolRead]);
    let row = user(&sql, &ours, 3, "viewer");
    let client = customer(&sql, &ours, 4);
    let key_id = key(&sql, &ours, 2);
    pollster::block_on(async {
        let key = load_key(&sql, &ours, &key_id).await.unwrap().unwrap();
        let whole = Page::whole();
        assert!(
            list_roles(&sql, &theirs, &whole)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            list_customers(&sql, &theirs, &whole)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            load_role(&sql, &theirs, &night.role)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            load_customer(&sql, &theirs, &client.principal_id)
                .await
                .unwrap()
                .is_none()
        );
        assert!(load_key(&sql, &theirs, &key_id).await.unwrap().is_none());
        assert!(!change_role(&sql, &theirs, &night).await.unwrap());
        assert!(!delete_role(&sql, &theirs, &night.role).await.unwrap());
        assert!(!change_customer(&sql, &theirs, &client).await.unwrap());
        assert!(!change_key(&sql, &theirs, &key).await.unwrap());
        touch_key(&sql, &theirs, &key_id, 77).await.unwrap();
        let next = key_row(&KeyId::from_random([5; RANDOM_LENGTH]), Some(Role::Manager));
        let digest = digest(theirs.tenant(), &next.key_id);
        assert!(
            !rotate_key(&sql, &theirs, &key, 1, &next, digest)
                .await
                .unwrap()
        );
        assert!(
            load_key(&sql, &theirs, &next.key_id)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(load_key(&sql, &ours, &key_id).await.unwrap(), Some(key));
        assert_eq!(
            load_role(&sql, &ours, &night.role).await.unwrap(),
            Some(night)
        );
        assert_eq!(
            load_user(&sql, &ours, &row.principal_id).await.unwrap(),
            Some(row)
        );
        let stored = load_customer(&sql, &ours, &client.principal_id)
            .await
            .unwrap();
        assert_eq!(stored, Some(client));
    });
}
