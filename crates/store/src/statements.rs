//! Every statement on tenant configuration, in one place, so that a test can
//! parse them all: each one on a tenant's table binds `tenant_id` as `?1`. Those of
//! whole areas stand in the files beside this one.

pub(crate) mod audit;
pub(crate) mod audit_streams;
pub(crate) mod connections;
pub(crate) mod data_keys;
pub(crate) mod export;
pub(crate) mod guard;
pub(crate) mod limits;
pub(crate) mod platform;
pub(crate) mod quotas;
pub(crate) mod residency;
pub(crate) mod sign_in;
pub(crate) mod sql_policies;
pub(crate) mod tenancy;

/// Statements on one tenant's rows. The first value is always the tenant.
pub const TENANT_STATEMENTS: &[&str] = &[
    INSERT_KEY,
    LIST_KEYS,
    LOAD_KEY,
    CHANGE_KEY,
    REVOKE_KEY,
    END_ROTATED_KEY,
    INSERT_ROTATED_KEY,
    TOUCH_KEY,
    INSERT_ROLE,
    LIST_ROLES,
    LOAD_ROLE,
    CHANGE_ROLE,
    DELETE_ROLE,
    INSERT_CUSTOMER,
    LIST_CUSTOMERS,
    LOAD_CUSTOMER,
    CHANGE_CUSTOMER,
    SNAPSHOT_TENANT,
    SNAPSHOT_KEY,
    SNAPSHOT_GRANT,
    SNAPSHOT_SESSION,
    SNAPSHOT_UPSTREAM_TOOLS,
    LIST_UPSTREAM_TOOLS,
    RECORD_UPSTREAM_TOOL,
    FORGET_UPSTREAM_TOOLS,
    APPROVE_UPSTREAM_TOOL,
    WITHDRAW_UPSTREAM_TOOL,
    INSERT_USER,
    LIST_USERS,
    LOAD_USER,
    CHANGE_USER,
    INSERT_GRANT,
    LIST_GRANTS,
    LOAD_GRANT,
    LIST_GRANTS_OF,
    REVOKE_GRANT,
    RENEW_GRANT,
    INSERT_ISSUER,
    LIST_ISSUERS,
    DELETE_ISSUER,
    MAP_SUBJECT,
    USER_OF_SUBJECT,
    CLAIMED_ISSUER,
];

/// Statements on the signing keys, which are the deployment's.
pub const SIGNING_KEY_STATEMENTS: [&str; 6] = [
    LIST_SIGNING_KEYS,
    INSERT_SIGNING_KEY,
    LIMIT_SECRET_SIGNING_KEY,
    LIMIT_SIGNING_KEYS,
    FORGET_SIGNING_KEYS,
    WITHDRAW_SIGNING_KEY,
];

pub(crate) const LIST_SIGNING_KEYS: &str = "SELECT kid, sealed, created_at, signs_from, verifies_until FROM signing_keys \
     ORDER BY created_at DESC, kid";

/// Later than every other key, whatever the clock says.
pub(crate) const INSERT_SIGNING_KEY: &str = "INSERT INTO signing_keys \
     (kid, public_key, sealed, created_at, signs_from) \
     SELECT ?1, ?2, ?3, MAX(?4, COALESCE(MAX(created_at), 0) + 1), ?5 FROM signing_keys";

pub(crate) const LIMIT_SECRET_SIGNING_KEY: &str = "INSERT INTO signing_keys \
     (kid, public_key, created_at, verifies_until) VALUES (?1, ?2, 0, ?3) \
     ON CONFLICT (kid) DO NOTHING";

pub(crate) const LIMIT_SIGNING_KEYS: &str = "UPDATE signing_keys SET verifies_until = ?2 \
     WHERE verifies_until IS NULL AND kid <> ?1";

/// Not the rows of the secret's keys, which would verify again without them.
pub(crate) const FORGET_SIGNING_KEYS: &str = "DELETE FROM signing_keys \
     WHERE sealed IS NOT NULL AND verifies_until <= ?1";

pub(crate) const WITHDRAW_SIGNING_KEY: &str = "INSERT INTO signing_keys \
     (kid, public_key, created_at, verifies_until) VALUES (?1, ?2, 0, ?3) \
     ON CONFLICT (kid) DO UPDATE SET sealed = NULL, verifies_until = excluded.verifies_until";

pub(crate) const INSERT_KEY: &str = "INSERT INTO api_keys \
     (tenant_id, key_id, principal_id, name, role, permissions, connections, address_ranges, \
     token_sha256, created_by, created_at, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

pub(crate) const LIST_KEYS: &str = "SELECT key_id, principal_id, name, role, permissions, connections, address_ranges, \
     created_by, created_at, expires_at, revoked_at, last_used_at, rotated_to, version \
     FROM api_keys WHERE tenant_id = ?1 AND key_id > ?2 AND principal_id = COALESCE(?4, principal_id) \
     ORDER BY key_id LIMIT ?3";

pub(crate) const LOAD_KEY: &str = "SELECT key_id, principal_id, name, role, permissions, connections, address_ranges, \
     created_by, created_at, expires_at, revoked_at, last_used_at, rotated_to, version \
     FROM api_keys WHERE tenant_id = ?1 AND key_id = ?2";

pub(crate) const CHANGE_KEY: &str = "UPDATE api_keys SET name = ?3, role = ?4, permissions = ?5, \
     connections = ?6, address_ranges = ?7, version = version + 1 \
     WHERE tenant_id = ?1 AND key_id = ?2 AND version = ?8 RETURNING key_id";

/// A key of the role admin goes only while another way in for an Admin stays.
pub(crate) const REVOKE_KEY: &str = "UPDATE api_keys SET \
     version = version + (revoked_at IS NULL), revoked_at = COALESCE(revoked_at, ?3) \
     WHERE tenant_id = ?1 AND key_id = ?2 AND CASE role WHEN 'admin' THEN (revoked_at IS NOT NULL) \
     + EXISTS (SELECT 1 FROM users AS u WHERE u.tenant_id = ?1 AND u.role = 'admin' \
     AND u.suspended_at IS NULL) \
     + EXISTS (SELECT 1 FROM api_keys AS k WHERE k.tenant_id = ?1 AND k.role = 'admin' \
     AND k.revoked_at IS NULL AND k.expires_at * 1000 > ?3 AND k.key_id <> ?2) ELSE 1 END \
     RETURNING key_id";

pub(crate) const END_ROTATED_KEY: &str = "UPDATE api_keys SET rotated_to = ?3, \
     expires_at = MIN(expires_at, ?4), version = version + 1 \
     WHERE tenant_id = ?1 AND key_id = ?2 AND version = ?5 AND rotated_to IS NULL \
     AND revoked_at IS NULL RETURNING key_id";

/// The key that another one says that it follows it.
pub(crate) const INSERT_ROTATED_KEY: &str = "INSERT INTO api_keys \
     (tenant_id, key_id, principal_id, name, role, permissions, connections, address_ranges, \
     token_sha256, created_by, created_at, expires_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM api_keys AS o \
     WHERE o.tenant_id = ?1 AND o.key_id = ?13 AND o.rotated_to = ?2";

pub(crate) const TOUCH_KEY: &str = "UPDATE api_keys SET last_used_at = MAX(COALESCE(last_used_at, 0), ?3) \
     WHERE tenant_id = ?1 AND key_id = ?2";

pub(crate) const INSERT_ROLE: &str = "INSERT INTO roles \
     (tenant_id, role, description, permissions, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(crate) const LIST_ROLES: &str = "SELECT role, description, permissions, created_at, version \
     FROM roles WHERE tenant_id = ?1 AND role > ?2 ORDER BY role LIMIT ?3";

pub(crate) const LOAD_ROLE: &str = "SELECT role, description, permissions, created_at, version \
     FROM roles WHERE tenant_id = ?1 AND role = ?2";

pub(crate) const CHANGE_ROLE: &str = "UPDATE roles SET description = ?3, permissions = ?4, \
     version = version + 1 WHERE tenant_id = ?1 AND role = ?2 AND version = ?5 RETURNING role";

pub(crate) const DELETE_ROLE: &str = "DELETE FROM roles WHERE tenant_id = ?1 AND role = ?2 \
     AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.tenant_id = ?1 AND u.role = ?2) \
     AND NOT EXISTS (SELECT 1 FROM api_keys AS k WHERE k.tenant_id = ?1 AND k.role = ?2 \
     AND k.revoked_at IS NULL) RETURNING role";

pub(crate) const INSERT_CUSTOMER: &str = "INSERT INTO customers \
     (tenant_id, principal_id, customer_number, name, email, phone, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) const LIST_CUSTOMERS: &str = "SELECT principal_id, customer_number, name, email, phone, \
     created_at, suspended_at, password_hash IS NOT NULL AS has_password, version FROM customers \
     WHERE tenant_id = ?1 AND principal_id > ?2 ORDER BY principal_id LIMIT ?3";

pub(crate) const LOAD_CUSTOMER: &str = "SELECT principal_id, customer_number, name, email, phone, \
     created_at, suspended_at, password_hash IS NOT NULL AS has_password, version FROM customers \
     WHERE tenant_id = ?1 AND principal_id = ?2";

pub(crate) const CHANGE_CUSTOMER: &str = "UPDATE customers SET name = ?3, email = ?4, phone = ?5, \
     suspended_at = ?6, version = version + 1 \
     WHERE tenant_id = ?1 AND principal_id = ?2 AND version = ?7 RETURNING principal_id";

pub(crate) const SNAPSHOT_TENANT: &str = "SELECT plan, status FROM tenants \
     WHERE tenant_id = ?1 AND erased_at IS NULL";

/// A key, and the user whose it is where it is somebody's own.
pub(crate) const SNAPSHOT_KEY: &str = "SELECT k.principal_id, k.role, k.permissions, k.connections, k.address_ranges, \
     k.token_sha256, k.expires_at, k.revoked_at, kr.permissions AS role_permissions, \
     u.role AS user_role, ur.permissions AS user_role_permissions, \
     u.connections AS user_connections, u.allow_tables, u.suspended_at \
     FROM api_keys AS k \
     LEFT JOIN roles AS kr ON kr.tenant_id = ?1 AND kr.role = k.role \
     LEFT JOIN users AS u ON u.tenant_id = ?1 AND u.principal_id = k.principal_id \
     LEFT JOIN roles AS ur ON ur.tenant_id = ?1 AND ur.role = u.role \
     WHERE k.tenant_id = ?1 AND k.key_id = ?2";

pub(crate) const SNAPSHOT_GRANT: &str = "SELECT u.principal_id, u.role, r.permissions AS role_permissions, \
     u.connections AS user_connections, u.allow_tables, u.suspended_at, \
     g.permissions, g.connections, g.expires_at, g.revoked_at FROM grants AS g \
     JOIN users AS u ON u.tenant_id = ?1 AND u.principal_id = g.principal_id \
     LEFT JOIN roles AS r ON r.tenant_id = ?1 AND r.role = u.role \
     WHERE g.tenant_id = ?1 AND g.grant_id = ?2";

/// A sign-in, and whoever has signed in.
pub(crate) const SNAPSHOT_SESSION: &str = "SELECT s.user_id, s.customer_id, s.admin_id, s.expires_at, s.revoked_at, \
     u.role, r.permissions AS role_permissions, u.connections AS user_connections, \
     u.allow_tables, u.suspended_at, \
     c.customer_number, c.suspended_at AS customer_suspended_at, \
     g.permissions AS support_permissions, g.expires_at AS support_expires_at, \
     g.revoked_at AS support_revoked_at FROM sessions AS s \
     LEFT JOIN users AS u ON u.tenant_id = ?1 AND u.principal_id = s.user_id \
     LEFT JOIN roles AS r ON r.tenant_id = ?1 AND r.role = u.role \
     LEFT JOIN customers AS c ON c.tenant_id = ?1 AND c.principal_id = s.customer_id \
     LEFT JOIN support_grants AS g ON g.tenant_id = ?1 AND g.grant_id = s.support_grant_id \
     WHERE s.tenant_id = ?1 AND s.session_id = ?2";

pub(crate) const SNAPSHOT_UPSTREAM_TOOLS: &str = "SELECT connection_id, name, definition, sha256, approved_sha256, access, class FROM upstream_tools \
     WHERE tenant_id = ?1 AND approved_sha256 IS NOT NULL ORDER BY connection_id, name LIMIT 1000";

pub(crate) const LIST_UPSTREAM_TOOLS: &str = "SELECT name, definition, sha256, seen_at, \
     approved_definition, approved_sha256, approved_by, approved_at, access, class \
     FROM upstream_tools WHERE tenant_id = ?1 AND connection_id = ?2 ORDER BY name LIMIT 1000";

pub(crate) const RECORD_UPSTREAM_TOOL: &str = "INSERT INTO upstream_tools \
     (tenant_id, connection_id, name, definition, sha256, seen_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
     ON CONFLICT (tenant_id, connection_id, name) DO UPDATE SET \
     definition = excluded.definition, sha256 = excluded.sha256, seen_at = excluded.seen_at";

pub(crate) const FORGET_UPSTREAM_TOOLS: &str = "DELETE FROM upstream_tools \
     WHERE tenant_id = ?1 AND connection_id = ?2 AND seen_at < ?3";

pub(crate) const APPROVE_UPSTREAM_TOOL: &str = "UPDATE upstream_tools SET \
     approved_definition = definition, approved_sha256 = sha256, access = ?5, class = ?6, \
     approved_by = ?7, approved_at = ?8 \
     WHERE tenant_id = ?1 AND connection_id = ?2 AND name = ?3 AND sha256 = ?4 RETURNING name";

pub(crate) const WITHDRAW_UPSTREAM_TOOL: &str = "UPDATE upstream_tools SET \
     approved_definition = NULL, approved_sha256 = NULL, access = NULL, class = NULL, \
     approved_by = NULL, approved_at = NULL \
     WHERE tenant_id = ?1 AND connection_id = ?2 AND name = ?3 RETURNING name";
pub(crate) const INSERT_USER: &str = "INSERT INTO users (tenant_id, principal_id, name, email, phone, role, \
     connections, allow_tables, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(crate) const LIST_USERS: &str = "SELECT principal_id, name, email, phone, role, connections, allow_tables, \
     created_at, suspended_at, password_hash IS NOT NULL AS has_password, version \
     FROM users WHERE tenant_id = ?1 AND principal_id > ?2 ORDER BY principal_id LIMIT ?3";

pub(crate) const LOAD_USER: &str = "SELECT principal_id, name, email, phone, role, connections, allow_tables, \
     created_at, suspended_at, password_hash IS NOT NULL AS has_password, version \
     FROM users WHERE tenant_id = ?1 AND principal_id = ?2";

/// An active Admin stays one unless there is another: `role = 'admin'` and no
/// `suspended_at`, before and after.
pub(crate) const CHANGE_USER: &str = "UPDATE users SET name = ?3, email = ?4, phone = ?5, role = ?6, \
     connections = ?7, allow_tables = ?8, suspended_at = ?9, version = version + 1 \
     WHERE tenant_id = ?1 AND principal_id = ?2 AND version = ?10 \
     AND CASE WHEN role = 'admin' AND suspended_at IS NULL \
     THEN (?6 = 'admin' AND ?9 IS NULL) + EXISTS (SELECT 1 FROM users AS o \
     WHERE o.tenant_id = ?1 AND o.principal_id <> ?2 AND o.role = 'admin' \
     AND o.suspended_at IS NULL) ELSE 1 END RETURNING principal_id";

pub(crate) const INSERT_GRANT: &str = "INSERT INTO grants (tenant_id, grant_id, principal_id, \
     client_id, client_name, permissions, connections, created_at, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULLIF(?7, ''), ?8, ?9)";

pub(crate) const LIST_GRANTS: &str = "SELECT g.grant_id, g.principal_id, u.name AS user, g.client_id, \
     g.client_name, g.permissions, g.connections, g.created_at, g.expires_at, g.revoked_at \
     FROM grants AS g \
     JOIN users AS u ON u.tenant_id = g.tenant_id AND u.principal_id = g.principal_id \
     WHERE g.tenant_id = ?1 AND u.tenant_id = ?1 AND g.grant_id > ?2 \
     ORDER BY g.grant_id LIMIT ?3";

pub(crate) const LOAD_GRANT: &str = "SELECT g.grant_id, g.principal_id, u.name AS user, g.client_id, \
     g.client_name, g.permissions, g.connections, g.created_at, g.expires_at, g.revoked_at \
     FROM grants AS g \
     JOIN users AS u ON u.tenant_id = g.tenant_id AND u.principal_id = g.principal_id \
     WHERE g.tenant_id = ?1 AND u.tenant_id = ?1 AND g.grant_id = ?2";

pub(crate) const LIST_GRANTS_OF: &str = "SELECT g.grant_id, g.principal_id, u.name AS user, g.client_id, \
     g.client_name, g.permissions, g.connections, g.created_at, g.expires_at, g.revoked_at \
     FROM grants AS g \
     JOIN users AS u ON u.tenant_id = g.tenant_id AND u.principal_id = g.principal_id \
     WHERE g.tenant_id = ?1 AND u.tenant_id = ?1 AND g.principal_id = ?2 \
     ORDER BY g.created_at DESC, g.grant_id LIMIT 1000";

pub(crate) const REVOKE_GRANT: &str = "UPDATE grants SET revoked_at = COALESCE(revoked_at, ?3) \
     WHERE tenant_id = ?1 AND grant_id = ?2 RETURNING grant_id";

/// Never takes a revocation back.
pub(crate) const RENEW_GRANT: &str = "INSERT INTO grants (tenant_id, grant_id, principal_id, \
     client_id, client_name, permissions, connections, created_at, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULLIF(?7, ''), ?8, ?9) \
     ON CONFLICT (tenant_id, grant_id) DO UPDATE SET permissions = excluded.permissions, \
     connections = excluded.connections, expires_at = excluded.expires_at \
     WHERE grants.revoked_at IS NULL RETURNING grant_id";

pub(crate) const INSERT_ISSUER: &str = "INSERT INTO trusted_issuers \
     (tenant_id, issuer_id, issuer, jwks, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(crate) const LIST_ISSUERS: &str = "SELECT issuer_id, issuer, jwks, created_at FROM trusted_issuers \
     WHERE tenant_id = ?1 AND issuer_id > ?2 ORDER BY issuer_id LIMIT ?3";

pub(crate) const DELETE_ISSUER: &str = "DELETE FROM trusted_issuers \
     WHERE tenant_id = ?1 AND issuer_id = ?2 RETURNING issuer_id";

pub(crate) const MAP_SUBJECT: &str = "INSERT INTO issuer_subjects \
     (tenant_id, issuer_id, subject, principal_id) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (tenant_id, issuer_id, subject) DO UPDATE SET principal_id = excluded.principal_id";

pub(crate) const USER_OF_SUBJECT: &str = "SELECT principal_id FROM issuer_subjects \
     WHERE tenant_id = ?1 AND issuer_id = ?2 AND subject = ?3";

pub(crate) const CLAIMED_ISSUER: &str = "SELECT issuer_id, issuer, jwks, created_at FROM trusted_issuers \
     WHERE tenant_id = ?1 AND issuer = ?2";

#[cfg(test)]
mod tests {
    use sqlparser::{
        ast::{Expr, Insert, SetExpr, Statement, Visit, Visitor},
        dialect::SQLiteDialect,
        parser::Parser,
    };
    use std::ops::ControlFlow;

    use super::*;

    fn parse(text: &str) -> Statement {
        let mut statements = Parser::parse_sql(&SQLiteDialect {}, text).unwrap();
        assert_eq!(statements.len(), 1, "{text}");
        statements.remove(0)
    }

    /// Collects the tables' names and the columns that are compared with `?1`.
    #[derive(Default)]
    struct Facts {
        tables: usize,
        bound: Vec<String>,
    }

    impl Facts {
        fn binds_each_table(&self) -> bool {
            let bound = self
                .bound
                .iter()
                .filter(|column| *column == "tenant_id" || column.ends_with(".tenant_id"));
            bound.count() >= self.tables
        }
    }

    impl Visitor for Facts {
        type Break = ();

        fn pre_visit_relation(&mut self, _: &sqlparser::ast::ObjectName) -> ControlFlow<()> {
            self.tables += 1;
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if let Expr::BinaryOp { left, op, right } = expression
                && op.to_string() == "="
                && right.to_string() == "?1"
            {
                self.bound.push(left.to_string());
            }
            ControlFlow::Continue(())
        }
    }

    fn binds_its_tenant(text: &str) -> bool {
        let statement = parse(text);
        if let Statement::Insert(insert) = &statement {
            return inserts_under_its_tenant(insert);
        }
        let mut facts = Facts::default();
        let _ = statement.visit(&mut facts);
        // No OR that could undo a binding.
        facts.binds_each_table() && !text.to_uppercase().contains(" OR ")
    }

    fn inserts_under_its_tenant(insert: &Insert) -> bool {
        let names_it_first = insert
            .columns
            .first()
            .is_some_and(|column| column.to_string() == "tenant_id");
        let gives_it_first = match insert.source.as_ref().map(|query| &*query.body) {
            Some(SetExpr::Values(values)) => values.rows.iter().all(|row| {
                row.content
                    .first()
                    .is_some_and(|first| first.to_string() == "?1")
            }),
            Some(select @ SetExpr::Select(it)) => {
                let mut facts = Facts::default();
                let _ = select.visit(&mut facts);
                it.projection
                    .first()
                    .is_some_and(|first| first.to_string() == "?1")
                    && facts.binds_each_table()
            }
            _ => false,
        };
        names_it_first && gives_it_first
    }

    #[test]
    fn every_statement_binds_its_tenant() {
        let erasing: Vec<_> = tenancy::ERASED_TABLES
            .iter()
            .map(|table| tenancy::erase(table))
            .collect();
        let of_areas = [
            audit::STATEMENTS,
            connections::STATEMENTS,
            data_keys::STATEMENTS,
            export::STATEMENTS,
            guard::STATEMENTS,
            audit_streams::STATEMENTS,
            limits::STATEMENTS,
            sql_policies::STATEMENTS,
            quotas::STATEMENTS,
            residency::STATEMENTS,
            sign_in::STATEMENTS,
            tenancy::STATEMENTS,
        ]
        .concat();
        let statements = TENANT_STATEMENTS.iter().copied().chain(of_areas);
        for text in statements.chain(erasing.iter().map(String::as_str)) {
            assert!(binds_its_tenant(text), "{text}");
        }
    }

    #[test]
    fn the_check_finds_statements_that_do_not() {
        for text in [
            "SELECT name FROM api_keys WHERE key_id = ?1",
            "SELECT name FROM api_keys WHERE tenant_id = ?1 OR key_id = ?2",
            "SELECT 1 FROM connections AS c JOIN data_keys AS d ON d.connector = c.connector \
             WHERE c.tenant_id = ?1",
            "INSERT INTO api_keys (key_id, tenant_id) VALUES (?1, ?2)",
            "INSERT INTO api_keys (tenant_id) SELECT ?1 FROM api_keys AS o WHERE o.key_id = ?2",
            "INSERT INTO api_keys (tenant_id) SELECT o.tenant_id FROM api_keys AS o \
             WHERE o.tenant_id = ?1",
            "DELETE FROM connections",
        ] {
            assert!(!binds_its_tenant(text), "{text}");
        }
    }

    #[test]
    fn statements_on_signing_keys_touch_nothing_else() {
        for text in SIGNING_KEY_STATEMENTS {
            assert!(text.contains("signing_keys"), "{text}");
            let mut facts = Facts::default();
            let _ = parse(text).visit(&mut facts);
            let named = text.matches("signing_keys").count();
            assert_eq!(facts.tables, named, "{text}");
        }
    }

    /// Two questions, of one table, answered with an identifier.
    #[test]
    fn a_sign_in_finds_a_tenant_and_nothing_in_it() {
        for text in sign_in::CLAIMS {
            let mut facts = Facts::default();
            let _ = parse(text).visit(&mut facts);
            assert_eq!(facts.tables, 1);
            assert!(
                text.starts_with("SELECT tenant_id FROM tenants WHERE "),
                "{text}"
            );
        }
    }

    #[test]
    fn the_platform_sees_its_own_tables_and_the_list_of_tenants() {
        let own = ["tenants", "platform_admins", "platform_sessions"];
        // These two count data keys and name tenants.
        let of_data_keys = [data_keys::COUNT_DATA_KEYS, data_keys::OUTDATED_TENANTS];
        let shows = |text: &str| {
            text.contains("COUNT(*)") || text.starts_with("SELECT DISTINCT tenant_id FROM")
        };
        assert!(of_data_keys.iter().all(|text| shows(text)));
        let others = platform::STATEMENTS
            .iter()
            .filter(|text| !of_data_keys.contains(text));
        for text in others {
            let mut names = Names::default();
            let _ = parse(text).visit(&mut names);
            assert!(!names.0.is_empty(), "{text}");
            for name in names.0 {
                assert!(own.contains(&name.as_str()), "{text}: {name}");
            }
        }
    }

    /// Collects the tables' names.
    #[derive(Default)]
    struct Names(Vec<String>);

    impl Visitor for Names {
        type Break = ();

        fn pre_visit_relation(&mut self, name: &sqlparser::ast::ObjectName) -> ControlFlow<()> {
            self.0.push(name.to_string());
            ControlFlow::Continue(())
        }
    }
}
