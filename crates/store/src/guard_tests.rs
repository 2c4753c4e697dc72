//! Policies of content guards and trusted values, on a real SQLite.

use lango_admission::{GrantedApproval, GuardState};
use lango_guard::{GuardPolicy, Sensitivity};
use lango_identity::{RANDOM_LENGTH, TrustedValueId};
use lango_provenance::ValueKind;
use pollster::block_on;

use crate::{
    MAXIMUM_TRUSTED_VALUES, Page, TrustedValueRow, delete_trusted_value, insert_trusted_value,
    list_trusted_values, load_guard_policy, load_snapshot, load_trusted_value,
    sqlite::{Sqlite, key, tenant},
    store_guard_policy,
};

fn value(byte: u8, fingerprint: &str) -> TrustedValueRow {
    TrustedValueRow {
        value_id: TrustedValueId::from_random([byte; RANDOM_LENGTH]),
        kind: ValueKind::Account,
        fingerprint: fingerprint.parse().unwrap(),
        label: "Mama Mboga".into(),
        created_by: "p_1".into(),
        created_at: 1,
    }
}

#[test]
fn a_policy_changes_from_the_version_that_was_read_alone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    block_on(async {
        let never = load_guard_policy(&sql, &ours).await.unwrap();
        assert_eq!((never.policy.is_default(), never.version), (true, 0));
        let strict = GuardPolicy {
            sensitivity: Sensitivity::Strict,
            ..GuardPolicy::default()
        };
        let store = async |policy: &GuardPolicy, version| {
            store_guard_policy(&sql, &ours, policy, version, 9)
                .await
                .unwrap()
        };
        assert_eq!(
            store(&GuardPolicy::default(), 7).await,
            None,
            "there is no version 7"
        );
        assert_eq!(store(&GuardPolicy::default(), 0).await, Some(1));
        assert_eq!(
            store(&GuardPolicy::default(), 0).await,
            None,
            "somebody was first"
        );
        assert_eq!(store(&strict, 1).await, Some(2));
        let stored = load_guard_policy(&sql, &ours).await.unwrap();
        assert_eq!((stored.policy, stored.version), (strict, 2));
        assert_eq!(load_guard_policy(&sql, &theirs).await.unwrap(), never);
    });
}

#[test]
fn a_trusted_value_is_one_tenants_and_stands_once() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let everything = Page::after("", 9);
    block_on(async {
        let one = value(1, "AAAAAAAAAAA");
        assert!(insert_trusted_value(&sql, &ours, &one).await.unwrap());
        let again = insert_trusted_value(&sql, &ours, &value(2, "AAAAAAAAAAA")).await;
        assert!(again.unwrap_err().is_constraint());
        assert!(
            insert_trusted_value(&sql, &theirs, &value(2, "AAAAAAAAAAA"))
                .await
                .unwrap()
        );
        let listed = list_trusted_values(&sql, &ours, &everything).await.unwrap();
        assert_eq!(listed.items, std::slice::from_ref(&one));
        let read = async |scope| {
            load_trusted_value(&sql, scope, &one.value_id)
                .await
                .unwrap()
        };
        assert_eq!(read(&ours).await, Some(one.clone()));
        assert_eq!(read(&theirs).await, None);
        let delete = async |scope| {
            delete_trusted_value(&sql, scope, &one.value_id)
                .await
                .unwrap()
        };
        assert!(!delete(&theirs).await);
        assert!(delete(&ours).await);
        assert!(!delete(&ours).await);
    });
}

#[test]
fn a_gate_reads_no_more_values_than_there_may_be() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let id = scope.tenant();
    for number in 0..MAXIMUM_TRUSTED_VALUES {
        sql.write(&format!(
            "INSERT INTO trusted_values VALUES ('{id}', 'v_{number}', 'url', 'f{number}', '', 'p', 1)"
        ));
    }
    let one_more = block_on(insert_trusted_value(&sql, &scope, &value(1, "AAAAAAAAAAA")));
    assert!(!one_more.unwrap());
}

#[test]
fn every_gate_is_told_what_holds_and_what_of_its_own_is_approved() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let (gate, other_gate) = (key(&sql, &ours, 3), key(&sql, &ours, 4));
    let strict = GuardPolicy {
        sensitivity: Sensitivity::Strict,
        ..GuardPolicy::default()
    };
    let trusted = value(1, "AAAAAAAAAAA");
    block_on(async {
        store_guard_policy(&sql, &ours, &strict, 0, 9)
            .await
            .unwrap();
        insert_trusted_value(&sql, &ours, &trusted).await.unwrap();
    });
    for (number, status) in ["pending", "approved", "refused", "expired", "used"]
        .iter()
        .enumerate()
    {
        sql.write(&format!(
            "INSERT INTO approvals (tenant_id, approval_id, gate, principal, tool, connection_id, \
             arguments_sha256, reasons, status, created_at, expires_at) VALUES ('{}', \
             'h_{number}', '{gate}', 'p_1', 't', 'c_1', 'ab', '[]', '{status}', 1, 500)",
            ours.tenant()
        ));
    }
    let state = |scope, gate| {
        let snapshot = block_on(load_snapshot(&sql, scope, gate)).unwrap();
        snapshot.unwrap().guard
    };
    let told = state(&ours, &gate);
    assert_eq!(
        (&told.policy, told.trusted.as_slice()),
        (&strict, &[trusted.fingerprint][..])
    );
    let granted = GrantedApproval {
        approval_id: "h_1".into(),
        tool: "t".into(),
        connection_id: "c_1".into(),
        arguments_sha256: "ab".into(),
        expires_at_ms: 500,
    };
    assert_eq!(told.approvals, [granted]);
    let other = state(&ours, &other_gate);
    assert_eq!((other.policy, other.approvals.len()), (strict, 0));
    assert_eq!(state(&theirs, &gate), GuardState::default());
    // What cannot be read is not taken for the defaults.
    sql.write("UPDATE guard_policies SET document = '{\"results\":\"laugh\"}'");
    assert!(block_on(load_snapshot(&sql, &ours, &gate)).is_err());
}
