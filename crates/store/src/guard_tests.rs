//! Policies of content guards and trusted values, on a real SQLite.

use lango_identity::{RANDOM_LENGTH, TrustedValueId};
use pollster::block_on;

use crate::{
    MAXIMUM_TRUSTED_VALUES, Page, TrustedValueRow, delete_trusted_value, insert_trusted_value,
    list_trusted_values, load_guard_policy, load_trusted_value,
    sqlite::{Sqlite, tenant},
    store_guard_policy,
};

fn value(byte: u8, fingerprint: &str) -> TrustedValueRow {
    TrustedValueRow {
        value_id: TrustedValueId::from_random([byte; RANDOM_LENGTH]),
        kind: "account".into(),
        fingerprint: fingerprint.into(),
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
        assert_eq!((never.document.as_deref(), never.version), (None, 0));
        let store = async |document, version| {
            store_guard_policy(&sql, &ours, document, version, 9)
                .await
                .unwrap()
        };
        assert_eq!(store("{}", 7).await, None, "there is no version 7");
        assert_eq!(store("{}", 0).await, Some(1));
        assert_eq!(store("{}", 0).await, None, "somebody was first");
        assert_eq!(store("{\"results\":\"log\"}", 1).await, Some(2));
        let stored = load_guard_policy(&sql, &ours).await.unwrap();
        assert_eq!(
            (stored.document.as_deref(), stored.version),
            (Some("{\"results\":\"log\"}"), 2)
        );
        assert_eq!(load_guard_policy(&sql, &theirs).await.unwrap(), never);
    });
}

#[test]
fn a_trusted_value_is_one_tenants_and_stands_once() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let everything = Page::after("", 9);
    block_on(async {
        let one = value(1, "aa");
        assert!(insert_trusted_value(&sql, &ours, &one).await.unwrap());
        let again = insert_trusted_value(&sql, &ours, &value(2, "aa")).await;
        assert!(again.unwrap_err().is_constraint());
        assert!(
            insert_trusted_value(&sql, &theirs, &value(2, "aa"))
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
    let one_more = block_on(insert_trusted_value(&sql, &scope, &value(1, "aa")));
    assert!(!one_more.unwrap());
}
