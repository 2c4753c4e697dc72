//! Promises and registers of transfers, on a real SQLite.

use lango_identity::{RANDOM_LENGTH, TransferId};
use lango_residency::{Country, DataClass, Enforcement, LegalGround, Promise, Residency};
use pollster::block_on;

use crate::{
    Page, TransferRow, change_transfer, delete_transfer, insert_transfer, list_transfers,
    load_promise, load_snapshot, load_transfer,
    sqlite::{Sqlite, key, tenant},
    store_promise,
};

fn promise(residency: &str) -> Promise {
    Promise {
        residency: Residency::parse(residency).unwrap(),
        enforcement: Enforcement::Require,
    }
}

fn transfer(byte: u8) -> TransferRow {
    TransferRow {
        transfer_id: TransferId::from_random([byte; RANDOM_LENGTH]),
        system: "mail".into(),
        connection_id: Some("c_1".into()),
        vendor: "Vendor".into(),
        vendor_region: "West Europe".into(),
        vendor_country: Country::parse("NL").unwrap(),
        data_classes: [DataClass::Personal].into(),
        legal_grounds: [LegalGround::Adequacy].into(),
        note: String::new(),
        created_at: 1,
        changed_at: 1,
        version: 1,
    }
}

#[test]
fn a_promise_changes_from_the_version_that_was_read_alone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    block_on(async {
        let never = load_promise(&sql, &ours).await.unwrap();
        assert_eq!((never.promise.is_any(), never.version), (true, 0));
        let store = async |residency, version| {
            store_promise(&sql, &ours, &promise(residency), version, 9)
                .await
                .unwrap()
        };
        assert_eq!(store("africa", 7).await, None, "there is no version 7");
        assert_eq!(store("africa", 0).await, Some(1));
        assert_eq!(store("country:TZ", 0).await, None, "somebody was first");
        assert_eq!(store("country:KE country:TZ", 1).await, Some(2));
        let stored = load_promise(&sql, &ours).await.unwrap();
        assert_eq!(
            (stored.promise, stored.version),
            (promise("country:KE country:TZ"), 2)
        );
        assert_eq!(load_promise(&sql, &theirs).await.unwrap(), never);
    });
}

#[test]
fn every_gate_is_told_the_promise() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let gate = key(&sql, &ours, 3);
    block_on(async {
        store_promise(&sql, &ours, &promise("country:KE"), 0, 9)
            .await
            .unwrap();
        let snapshot = load_snapshot(&sql, &ours, &gate).await.unwrap().unwrap();
        assert_eq!(snapshot.residency, promise("country:KE"));
        let other = load_snapshot(&sql, &theirs, &gate).await.unwrap().unwrap();
        assert!(other.residency.is_any());
        // A promise that cannot be read is none that may be taken for `any`.
        sql.write("UPDATE residency_promises SET residency = 'moon'");
        assert!(load_snapshot(&sql, &ours, &gate).await.is_err());
    });
}

#[test]
fn a_register_is_one_tenants() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let everything = Page::after("", 9);
    block_on(async {
        for byte in [1, 2] {
            insert_transfer(&sql, &ours, &transfer(byte)).await.unwrap();
        }
        let one = transfer(1);
        let listed = list_transfers(&sql, &ours, &everything).await.unwrap();
        assert_eq!(listed.items, [one.clone(), transfer(2)]);
        let theirs_listed = list_transfers(&sql, &theirs, &everything).await.unwrap();
        assert!(theirs_listed.items.is_empty());

        let changed = TransferRow {
            note: "contract of May".into(),
            connection_id: None,
            changed_at: 5,
            ..one.clone()
        };
        assert!(!change_transfer(&sql, &theirs, &changed).await.unwrap());
        assert!(change_transfer(&sql, &ours, &changed).await.unwrap());
        assert!(
            !change_transfer(&sql, &ours, &changed).await.unwrap(),
            "it is older"
        );
        let read = load_transfer(&sql, &ours, &one.transfer_id).await.unwrap();
        assert_eq!(
            read,
            Some(TransferRow {
                version: 2,
                ..changed
            })
        );
        assert!(
            load_transfer(&sql, &theirs, &one.transfer_id)
                .await
                .unwrap()
                .is_none()
        );

        assert!(
            !delete_transfer(&sql, &theirs, &one.transfer_id)
                .await
                .unwrap()
        );
        assert!(
            delete_transfer(&sql, &ours, &one.transfer_id)
                .await
                .unwrap()
        );
        assert!(
            !delete_transfer(&sql, &ours, &one.transfer_id)
                .await
                .unwrap()
        );
    });
}
