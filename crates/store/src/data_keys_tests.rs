//! Data keys, their rotation, and the end of everything that they sealed.

use lango_vault::SEALS_PER_CONNECTION;
use pollster::block_on;

use crate::{
    DataKeyRow, NewDataKey, count_data_keys, delete_unused_data_keys, destroy_credentials,
    list_data_keys, load_snapshot, outdated_connections, outdated_tenants, reseal_connection,
    rewrap_data_key, rotate_data_key, sealed_connection, sealing_data_key,
    sqlite::{Sqlite, connection, key, platform, tenant},
};

fn data_key(version: u32, wrapped: &str) -> NewDataKey {
    NewDataKey {
        version,
        wrapped: wrapped.to_owned(),
        key_encryption_key_version: 2,
        erasure_generation: 1,
    }
}

fn versions(rows: &[DataKeyRow]) -> Vec<(u32, u64, bool)> {
    let shown = |row: &DataKeyRow| (row.version, row.connections, row.retired_at.is_some());
    rows.iter().map(shown).collect()
}

#[test]
fn a_rotation_moves_each_connection_and_then_the_old_key_goes() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let id = connection(&sql, &scope, 3, true).unwrap();
    block_on(async {
        let listed = async || list_data_keys(&sql, &scope).await.unwrap();
        assert_eq!(versions(&listed().await), [(1, 1, false)]);
        assert_eq!(listed().await[0].seals, SEALS_PER_CONNECTION + 1);
        let nothing = outdated_connections(&sql, &scope, "", 10).await.unwrap();
        assert!(nothing.is_empty());

        let new = data_key(2, "wrapped 2");
        rotate_data_key(&sql, &scope, "postgres", &new, 50)
            .await
            .unwrap();
        let again = rotate_data_key(&sql, &scope, "postgres", &new, 60).await;
        assert!(again.unwrap_err().is_constraint());
        assert_eq!(versions(&listed().await), [(1, 1, true), (2, 0, false)]);
        let sealing = sealing_data_key(&sql, &scope, "postgres").await.unwrap();
        assert_eq!(sealing.unwrap().version, 2);
        // What is not moved yet is opened with what it was sealed under.
        let sealed = sealed_connection(&sql, &scope, &id).await.unwrap().unwrap();
        assert_eq!(sealed.data_key, "wrapped");
        assert_eq!(delete_unused_data_keys(&sql, &scope).await.unwrap(), 0);

        let outdated = outdated_connections(&sql, &scope, "", 10).await.unwrap();
        assert_eq!(outdated[0].connection_id, id.as_str());
        let keys = (&*outdated[0].old_data_key, &*outdated[0].data_key);
        assert_eq!(keys, ("wrapped", "wrapped 2"));
        let behind = outdated_connections(&sql, &scope, id.as_str(), 10).await;
        assert!(behind.unwrap().is_empty());
        // Once: what was read is what is changed.
        for is_moved in [true, false] {
            let moved = reseal_connection(&sql, &scope, &outdated[0], "sealed 2", 7);
            assert_eq!(moved.await.unwrap(), is_moved);
        }
        let sealed = sealed_connection(&sql, &scope, &id).await.unwrap().unwrap();
        assert_eq!(
            (&*sealed.sealed, &*sealed.data_key),
            ("sealed 2", "wrapped 2")
        );
        assert_eq!(delete_unused_data_keys(&sql, &scope).await.unwrap(), 1);
        assert_eq!(versions(&listed().await), [(2, 1, false)]);
        assert!(listed().await[0].seals >= 7, "what was sealed is counted");
    });
}

#[test]
fn a_data_key_is_wrapped_anew_once() {
    let sql = Sqlite::migrated();
    let (scope, other) = (tenant(&sql, 1), tenant(&sql, 2));
    connection(&sql, &scope, 3, true).unwrap();
    let platform = platform();
    block_on(async {
        let outdated = async || {
            let tenants = outdated_tenants(&sql, &platform, "postgres", 2, "", 10).await;
            tenants.unwrap()
        };
        assert_eq!(outdated().await, [scope.tenant().clone()]);
        let before = list_data_keys(&sql, &scope).await.unwrap().remove(0);
        let after = data_key(1, "wrapped anew");
        // Another tenant's scope reaches nothing of it.
        let theirs = rewrap_data_key(&sql, &other, &before, &after, 70).await;
        assert!(!theirs.unwrap());
        for is_moved in [true, false] {
            let moved = rewrap_data_key(&sql, &scope, &before, &after, 70).await;
            assert_eq!(moved.unwrap(), is_moved);
        }
        assert!(outdated().await.is_empty());
        let counts = count_data_keys(&sql, &platform).await.unwrap();
        let count = &counts[0];
        assert_eq!(
            (count.key_encryption_key_version, count.wrapped_at),
            (2, 70)
        );
        assert_eq!((count.data_keys, count.without_erasure_key), (1, 0));
    });
}

#[test]
fn destroying_takes_credentials_and_keys_and_leaves_the_connections() {
    let sql = Sqlite::migrated();
    let (scope, other) = (tenant(&sql, 1), tenant(&sql, 2));
    let id = connection(&sql, &scope, 3, true).unwrap();
    connection(&sql, &other, 4, true).unwrap();
    let key = key(&sql, &scope, 5);
    block_on(async {
        let destroyed = destroy_credentials(&sql, &scope).await.unwrap();
        assert_eq!(destroyed[0].connection_id, id.as_str());
        assert!(
            sealed_connection(&sql, &scope, &id)
                .await
                .unwrap()
                .is_none()
        );
        assert!(list_data_keys(&sql, &scope).await.unwrap().is_empty());
        let snapshot = load_snapshot(&sql, &scope, &key).await.unwrap().unwrap();
        assert!(snapshot.connections.is_empty(), "nobody can call it");
        assert!(destroy_credentials(&sql, &scope).await.unwrap().is_empty());
        assert_eq!(list_data_keys(&sql, &other).await.unwrap().len(), 1);
    });
}
