//! SQL on tenants' tables stands in one file, where `lango-store`'s own tests
//! parse every statement and check that it binds `tenant_id`.

const TENANT_TABLES: [&str; 9] = [
    "tenants",
    "api_keys",
    "data_keys",
    "connections",
    "users",
    "grants",
    "upstream_tools",
    "trusted_issuers",
    "issuer_subjects",
];

/// Whether a text has SQL that touches a table.
fn touches(text: &str, table: &str) -> bool {
    let lower = text.to_lowercase();
    ["from ", "into ", "update ", "join ", "table "]
        .iter()
        .any(|word| {
            lower.contains(&format!("{word}{table} "))
                || lower.contains(&format!("{word}{table}\""))
        })
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

#[test]
fn statements_on_tenants_tables_stand_in_one_file() {
    for folder in ["src", "durable_objects", "connectors", "crates"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            if path == "crates/store/src/statements.rs" {
                continue;
            }
            for literal in literals(&text) {
                for table in TENANT_TABLES {
                    assert!(
                        !touches(&format!("{literal}\""), table),
                        "{path}: {literal}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_check_finds_a_statement() {
    assert!(touches(
        "SELECT 1 FROM api_keys WHERE key_id = ?1",
        "api_keys"
    ));
    assert!(touches("delete from connections\"", "connections"));
    assert!(!touches("There is no such connection.", "connections"));
}

/// The list in this test is the list of the migrations.
#[test]
fn every_table_of_the_migrations_is_known_here() {
    let folder = super::root().join("d1_migrations");
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for (start, found) in text.match_indices("CREATE TABLE ") {
            let name = text[start + found.len()..]
                .split_whitespace()
                .next()
                .unwrap();
            // A table that is rebuilt is made under another name first.
            let is_renamed = text.contains(&format!("ALTER TABLE {name} RENAME TO"));
            assert!(is_renamed || TENANT_TABLES.contains(&name), "{name}");
        }
    }
}

/// `tenant_id` stands first in every primary and foreign key.
#[test]
fn every_key_of_the_migrations_begins_with_the_tenant() {
    let folder = super::root().join("d1_migrations");
    let mut keys = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for start in ["PRIMARY KEY (", "FOREIGN KEY (", "UNIQUE ("] {
            for (place, found) in text.match_indices(start) {
                keys += 1;
                let columns = &text[place + found.len()..];
                assert!(
                    columns.starts_with("tenant_id"),
                    "{start}{}",
                    &columns[..30]
                );
            }
        }
    }
    assert!(keys >= 7, "only {keys} keys were seen");
}
