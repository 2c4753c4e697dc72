//! Migrations keep what earlier versions have stored.
#![allow(clippy::unwrap_used)]

use lango_store::MIGRATIONS;
use rusqlite::Connection;

#[test]
fn connections_of_the_first_version_get_their_kind_as_slug() {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    database.execute_batch(MIGRATIONS[0].sql).unwrap();
    database
        .execute_batch(
            r#"INSERT INTO tenants (tenant_id, name, plan, created_at) VALUES ('t_1', 'Duka', 'free', 1);
             INSERT INTO data_keys (tenant_id, connector, wrapped, created_at)
               VALUES ('t_1', 'postgres', '{"version":1,"key_encryption_key_version":3}', 1), ('t_1', 'fixtures', '{}', 1);
             INSERT INTO connections (tenant_id, connection_id, connector, name, sealed, created_at)
               VALUES ('t_1', 'c_1', 'postgres', 'main', '{"data_key_version":1}', 1), ('t_1', 'c_2', 'fixtures', 'main', '{}', 2);"#,
        )
        .unwrap();
    for migration in &MIGRATIONS[1..] {
        database.execute_batch(migration.sql).unwrap();
    }
    let mut statement = database
        .prepare("SELECT connection_id, slug, sealed, created_at FROM connections ORDER BY slug")
        .unwrap();
    let rows: Vec<(String, String, String, i64)> = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let row = |id: &str, slug: &str, sealed: &str, at| (id.into(), slug.into(), sealed.into(), at);
    assert_eq!(
        rows,
        [
            row("c_2", "fixtures", "{}", 2),
            row("c_1", "postgres", r#"{"data_key_version":1}"#, 1)
        ]
    );
}

/// What the release before people, roles and sessions had stored.
#[test]
fn people_keys_and_grants_of_the_release_before_are_kept() {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let is_older = |migration: &&lango_store::Migration| migration.name < "0005";
    for migration in MIGRATIONS.iter().filter(is_older) {
        database.execute_batch(migration.sql).unwrap();
    }
    database
        .execute_batch(
            "INSERT INTO tenants (tenant_id, name, plan, status, created_at)
               VALUES ('t_a_b', 'Duka', 'free', 'suspended', 1);
             INSERT INTO api_keys (tenant_id, key_id, principal_id, name, role, token_sha256, created_at, expires_at)
               VALUES ('t_a_b', 'k_1', 'p_9', 'till', 'cfo', 'd1', 2, 3);
             INSERT INTO users (tenant_id, principal_id, name, role, created_at, suspended_at)
               VALUES ('t_a_b', 'p_1', 'Wanjiku', 'admin', 4, 5);
             INSERT INTO grants (tenant_id, grant_id, principal_id, client_id, client_name, permissions, created_at, expires_at)
               VALUES ('t_a_b', 'k_2', 'p_1', 'c', 'Claude', '[]', 6, 7);
             INSERT INTO trusted_issuers (tenant_id, issuer_id, issuer, jwks, created_at)
               VALUES ('t_a_b', 'i_1', 'https://i.test', '{}', 8);
             INSERT INTO issuer_subjects (tenant_id, issuer_id, subject, principal_id)
               VALUES ('t_a_b', 'i_1', 'wanjiku', 'p_1');",
        )
        .unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| !is_older(migration)) {
        database.execute_batch(migration.sql).unwrap();
    }
    let read = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(
        read("SELECT slug || status || version FROM tenants"),
        "a-bsuspended1"
    );
    assert_eq!(
        read("SELECT key_id || role || token_sha256 || expires_at FROM api_keys"),
        "k_1cfod13"
    );
    assert_eq!(
        read("SELECT name || role || suspended_at || version FROM users"),
        "Wanjikuadmin51"
    );
    assert_eq!(
        read(
            "SELECT g.client_name || s.subject FROM grants AS g \
             JOIN users AS u ON u.tenant_id = g.tenant_id AND u.principal_id = g.principal_id \
             JOIN issuer_subjects AS s ON s.tenant_id = u.tenant_id AND s.principal_id = u.principal_id"
        ),
        "Claudewanjiku"
    );
    let orphans = database
        .prepare("PRAGMA foreign_key_check")
        .unwrap()
        .query_map([], |_| Ok(()))
        .unwrap()
        .count();
    assert_eq!(orphans, 0);
}

/// What the release before there were policies for databases had stored.
#[test]
fn a_connection_of_before_has_no_sql_policy() {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let is_older = |migration: &&lango_store::Migration| migration.name < "0013";
    for migration in MIGRATIONS.iter().filter(is_older) {
        database.execute_batch(migration.sql).unwrap();
    }
    database
        .execute_batch(
            "INSERT INTO tenants (tenant_id, name, plan, slug, created_at)
               VALUES ('t_1', 'Duka', 'free', 'duka', 1);
             INSERT INTO data_keys (tenant_id, connector, version, wrapped,
               key_encryption_key_version, erasure_generation, created_at)
               VALUES ('t_1', 'postgres', 1, '{}', 1, 1, 1);
             INSERT INTO connections (tenant_id, connection_id, connector, slug, name,
               data_key_version, sealed, credentials_at, created_at)
               VALUES ('t_1', 'c_1', 'postgres', 'shop', 'Shop', 1, '{}', 1, 1);",
        )
        .unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| !is_older(migration)) {
        database.execute_batch(migration.sql).unwrap();
    }
    let read = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(read("SELECT slug FROM connections"), "shop");
    assert_eq!(read("SELECT count(*) || '' FROM sql_policies"), "0");
    let policy = "INSERT INTO sql_policies VALUES ('t_1', 'c_1', '{}', 'p_1', 1, 1)";
    database.execute_batch(policy).unwrap();
    // Of nothing that there is not, and no longer than the connection.
    let stray = "INSERT INTO sql_policies VALUES ('t_1', 'c_2', '{}', 'p_1', 1, 1)";
    assert!(database.execute_batch(stray).is_err());
    database.execute_batch("DELETE FROM connections").unwrap();
    assert_eq!(read("SELECT count(*) || '' FROM sql_policies"), "0");
}

/// What the release before the content guard had stored.
#[test]
fn what_stood_before_there_was_a_guard_is_kept() {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let is_older = |migration: &&lango_store::Migration| migration.name < "0012";
    for migration in MIGRATIONS.iter().filter(is_older) {
        database.execute_batch(migration.sql).unwrap();
    }
    database
        .execute_batch(
            "INSERT INTO tenants (tenant_id, name, plan, slug, created_at)
               VALUES ('t_1', 'Duka', 'free', 'duka', 1);
             INSERT INTO residency_promises VALUES ('t_1', 'country:KE', 'require', 1, 2);
             INSERT INTO transfers VALUES ('t_1', 'x_1', 'mail', NULL, 'V', 'R', 'NL', '[]', '[]',
               '', 1, 1, 1);
             INSERT INTO tenant_settings VALUES ('t_1', '{\"session_hours\":3}', 4);",
        )
        .unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| !is_older(migration)) {
        database.execute_batch(migration.sql).unwrap();
    }
    let read = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(
        read(
            "SELECT p.residency || p.version || s.document || s.version || x.vendor \
              FROM residency_promises AS p JOIN tenant_settings AS s ON s.tenant_id = p.tenant_id \
              JOIN transfers AS x ON x.tenant_id = p.tenant_id"
        ),
        r#"country:KE2{"session_hours":3}4V"#
    );
    let none = "SELECT (SELECT count(*) FROM guard_policies) || (SELECT count(*) FROM trusted_values) \
                || (SELECT count(*) FROM approvals)";
    assert_eq!(read(none), "000");
    // Nothing of a tenant that there is not.
    let stray = "INSERT INTO guard_policies VALUES ('t_2', '{}', 1, 1)";
    assert!(database.execute_batch(stray).is_err());
}
