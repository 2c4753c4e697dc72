//! SQL on tenants' tables stands in one module, where `lango-store`'s own tests
//! parse every statement and check that it binds `tenant_id`.

const TENANT_TABLES: [&str; 26] = [
    "tenants",
    "api_keys",
    "data_keys",
    "connections",
    "users",
    "customers",
    "roles",
    "sessions",
    "invitations",
    "grants",
    "support_grants",
    "tenant_settings",
    "feature_flags",
    "upstream_tools",
    "trusted_issuers",
    "issuer_subjects",
    "residency_promises",
    "transfers",
    "guard_policies",
    "call_limits",
    "sql_policies",
    "trusted_values",
    "approvals",
    "audit_policies",
    "tenant_quotas",
    "audit_streams",
];

/// Tables of the platform itself: no tenant has a row in them.
const PLATFORM_TABLES: [&str; 3] = ["platform_admins", "platform_sessions", "signing_keys"];

/// The module, and tests with a database of their own.
fn may_have_statements(path: &str) -> bool {
    let of_store = path.strip_prefix("crates/store/src/");
    of_store.is_some_and(|file| {
        file == "statements.rs" || file.starts_with("statements/") || file.ends_with("_tests.rs")
    })
}

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
fn statements_on_the_stores_tables_stand_in_one_module() {
    for folder in ["src", "durable_objects", "connectors", "crates"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            // What a test feeds a guard is no statement of ours, nor one on a database of
            // the business.
            let is_test = path.contains("/tests/") || path.contains("/against_");
            if may_have_statements(&path) || is_test {
                continue;
            }
            for literal in literals(&text) {
                for table in TENANT_TABLES.iter().chain(&PLATFORM_TABLES) {
                    // An object's own table may have the name of one of the store's.
                    if text.contains(&format!("CREATE TABLE IF NOT EXISTS {table} ")) {
                        continue;
                    }
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
            let is_known = TENANT_TABLES.contains(&name) || PLATFORM_TABLES.contains(&name);
            assert!(is_renamed || is_known, "{name}");
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
