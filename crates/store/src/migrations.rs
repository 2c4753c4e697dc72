//! The migrations of `d1_migrations/`, for the store that applies them itself.

/// One migration file.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name: what is remembered as applied, as `wrangler` does.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// All of them, in the order in which they are applied.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_tenants_keys_connections.sql",
        sql: include_str!("../../../d1_migrations/0001_tenants_keys_connections.sql"),
    },
    Migration {
        name: "0002_users_grants_upstream_tools.sql",
        sql: include_str!("../../../d1_migrations/0002_users_grants_upstream_tools.sql"),
    },
    Migration {
        name: "0003_trusted_issuers.sql",
        sql: include_str!("../../../d1_migrations/0003_trusted_issuers.sql"),
    },
    Migration {
        name: "0004_upstream_tools_approved.sql",
        sql: include_str!("../../../d1_migrations/0004_upstream_tools_approved.sql"),
    },
    Migration {
        name: "0005_people_roles_sessions.sql",
        sql: include_str!("../../../d1_migrations/0005_people_roles_sessions.sql"),
    },
    Migration {
        name: "0006_invitations.sql",
        sql: include_str!("../../../d1_migrations/0006_invitations.sql"),
    },
    Migration {
        name: "0008_signing_keys_start.sql",
        sql: include_str!("../../../d1_migrations/0008_signing_keys_start.sql"),
    },
    Migration {
        name: "0009_connections_and_data_keys.sql",
        sql: include_str!("../../../d1_migrations/0009_connections_and_data_keys.sql"),
    },
    Migration {
        name: "0010_residency.sql",
        sql: include_str!("../../../d1_migrations/0010_residency.sql"),
    },
    Migration {
        name: "0011_data_key_use.sql",
        sql: include_str!("../../../d1_migrations/0011_data_key_use.sql"),
    },
    Migration {
        name: "0012_guard.sql",
        sql: include_str!("../../../d1_migrations/0012_guard.sql"),
    },
    Migration {
        name: "0013_sql_policies.sql",
        sql: include_str!("../../../d1_migrations/0013_sql_policies.sql"),
    },
    Migration {
        name: "0014_limits.sql",
        sql: include_str!("../../../d1_migrations/0014_limits.sql"),
    },
    Migration {
        name: "0015_audit.sql",
        sql: include_str!("../../../d1_migrations/0015_audit.sql"),
    },
    Migration {
        name: "0016_audit_streams.sql",
        sql: include_str!("../../../d1_migrations/0016_audit_streams.sql"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../d1_migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<_> = MIGRATIONS.iter().map(|migration| migration.name).collect();
        assert_eq!(listed, files);
    }
}
