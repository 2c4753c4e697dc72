//! Quotas, on a real SQLite.

use lango_admission::{Allowance, Plan};
use lango_identity::{KeyId, RANDOM_LENGTH, Role, TenantScope};
use pollster::block_on;

use crate::{
    AgreedQuotas, IssuerRow, agree_on_quotas, insert_customer, insert_issuer, insert_key,
    insert_user, load_agreed_quotas, load_usage, platform_usage, revoke_key,
    sqlite::{Sqlite, connection, customer, digest, key_row, platform, tenant, user},
};

const NOW: i64 = 10;

fn usage(sql: &Sqlite, scope: &TenantScope) -> Allowance {
    block_on(load_usage(sql, scope, NOW)).unwrap().unwrap()
}

fn only(keys: i64) -> Allowance {
    Allowance {
        keys,
        ..Plan::Free.allowance()
    }
}

fn add_key(sql: &Sqlite, scope: &TenantScope, byte: u8, of_plan: Allowance) -> bool {
    let id = KeyId::from_random([byte; RANDOM_LENGTH]);
    let row = key_row(&id, Some(Role::Viewer));
    let added = block_on(insert_key(
        sql,
        scope,
        &row,
        digest(scope.tenant(), &id),
        of_plan,
    ));
    match added {
        Ok(()) => true,
        Err(error) if error.is_quota() => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn there_are_never_more_keys_than_there_may_be() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let added: Vec<_> = (1..=4)
        .map(|it| add_key(&sql, &ours, it, only(2)))
        .collect();
    assert_eq!(added, [true, true, false, false]);
    assert_eq!(usage(&sql, &ours).keys, 2);
    assert!(add_key(&sql, &theirs, 1, only(2)), "another tenant's own");
    // One that is revoked makes room.
    let first = KeyId::from_random([1; RANDOM_LENGTH]);
    block_on(revoke_key(&sql, &ours, &first, 5)).unwrap();
    assert!(add_key(&sql, &ours, 5, only(2)));
    assert!(!add_key(&sql, &ours, 6, only(2)));
}

#[test]
fn what_is_agreed_comes_before_the_plan() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let agree = |keys, version| {
        let quotas = AgreedQuotas {
            keys,
            version,
            ..AgreedQuotas::default()
        };
        let by = ("a_1", 5);
        block_on(agree_on_quotas(
            &sql,
            &platform(),
            ours.tenant(),
            &quotas,
            by,
        ))
        .unwrap()
    };
    assert_eq!(agree(Some(1), 0), Some(1));
    assert_eq!(agree(Some(9), 0), None, "somebody was first");
    assert!(add_key(&sql, &ours, 1, only(5)));
    assert!(!add_key(&sql, &ours, 2, only(5)));
    assert_eq!(agree(Some(2), 1), Some(2));
    assert!(add_key(&sql, &ours, 2, only(0)), "the plan would not");
    assert_eq!(agree(None, 2), Some(3));
    assert!(!add_key(&sql, &ours, 3, only(2)));
    let agreed = block_on(load_agreed_quotas(&sql, &ours)).unwrap();
    assert_eq!((agreed.keys, agreed.version), (None, 3));
    let other = block_on(load_agreed_quotas(&sql, &theirs)).unwrap();
    assert_eq!(other, AgreedQuotas::default());
}

#[test]
fn people_connections_and_bytes_are_counted() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    connection(&sql, &ours, 3, true).unwrap();
    user(&sql, &ours, 4, "viewer");
    customer(&sql, &ours, 5);
    let used = usage(&sql, &ours);
    assert_eq!((used.connections, used.users, used.customers), (1, 1, 1));
    assert!(used.stored_bytes > 0);
    let nothing = usage(&sql, &theirs);
    assert_eq!((nothing.users, nothing.stored_bytes), (0, 0));
    let same = block_on(platform_usage(&sql, &platform(), ours.tenant(), NOW)).unwrap();
    assert_eq!(same, Some(used));

    let full = Allowance {
        stored_bytes: used.stored_bytes + 5,
        ..used
    };
    block_on(async {
        let mut one_more = user(&sql, &theirs, 6, "viewer");
        one_more.email = None;
        let refused = insert_user(&sql, &ours, &one_more, full).await.unwrap_err();
        assert!(refused.is_quota());
        let mut another = customer(&sql, &theirs, 7);
        another.email = None;
        let refused = insert_customer(&sql, &ours, &another, full).await;
        assert!(refused.unwrap_err().is_quota());
        let issuer = |jwks: &str| IssuerRow {
            issuer_id: lango_identity::IssuerId::from_random([8; RANDOM_LENGTH]),
            issuer: "https://i.test".into(),
            jwks: jwks.into(),
            created_at: 1,
        };
        let refused = insert_issuer(&sql, &ours, &issuer("{    }"), full).await;
        assert!(refused.unwrap_err().is_quota());
        insert_issuer(&sql, &ours, &issuer("{   }"), full)
            .await
            .unwrap();
        let twice = insert_issuer(&sql, &ours, &issuer("{}"), Plan::Enterprise.allowance()).await;
        assert!(!twice.unwrap_err().is_quota(), "another constraint");
    });
    assert_eq!(usage(&sql, &ours).users, 1);
}
