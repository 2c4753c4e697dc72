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
            "INSERT INTO tenants (tenant_id, name, plan, created_at) VALUES ('t_1', 'Duka', 'free', 1);
             INSERT INTO data_keys (tenant_id, connector, wrapped, created_at)
               VALUES ('t_1', 'postgres', 'w', 1), ('t_1', 'fixtures', 'w', 1);
             INSERT INTO connections (tenant_id, connection_id, connector, name, sealed, created_at)
               VALUES ('t_1', 'c_1', 'postgres', 'main', 's1', 1), ('t_1', 'c_2', 'fixtures', 'main', 's2', 2);",
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
            row("c_2", "fixtures", "s2", 2),
            row("c_1", "postgres", "s1", 1)
        ]
    );
}
