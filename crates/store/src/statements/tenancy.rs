//! Statements on a tenant's own row, its settings, features and support grants, and
//! on everything of it when it is erased.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    INSERT_TENANT,
    LOAD_TENANT,
    CHANGE_TENANT,
    LOAD_SETTINGS,
    INSERT_SETTINGS,
    CHANGE_SETTINGS,
    LIST_FLAGS,
    LOAD_FLAG,
    SWITCH_FLAG,
    RESET_FLAG,
    INSERT_SUPPORT_GRANT,
    LIST_SUPPORT_GRANTS,
    LOAD_SUPPORT_GRANT,
    REVOKE_SUPPORT_GRANT,
    END_SUPPORT_SESSIONS,
    SUPPORT_IN_FORCE,
    INSERT_SUPPORT_SESSION,
    KEYS_IN_FORCE,
    GRANTS_IN_FORCE,
    SESSIONS_IN_FORCE,
    ALL_KEYS,
    ALL_GRANTS,
    ALL_SESSIONS,
    MARK_ERASED,
];

pub(crate) const INSERT_TENANT: &str = "INSERT INTO tenants \
     (tenant_id, name, plan, slug, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(crate) const LOAD_TENANT: &str = "SELECT tenant_id, name, slug, plan, status, created_at, \
     closed_at, erase_at, erased_at, version FROM tenants WHERE tenant_id = ?1";

/// Changes the row that was read, and no later one. What is erased stays so.
pub(crate) const CHANGE_TENANT: &str = "UPDATE tenants SET name = ?3, slug = ?4, plan = ?5, \
     status = ?6, closed_at = ?7, erase_at = ?8, version = version + 1 \
     WHERE tenant_id = ?1 AND version = ?2 AND erased_at IS NULL RETURNING version";

pub(crate) const LOAD_SETTINGS: &str =
    "SELECT document, version FROM tenant_settings WHERE tenant_id = ?1";

pub(crate) const INSERT_SETTINGS: &str = "INSERT INTO tenant_settings (tenant_id, document) \
     VALUES (?1, ?2) ON CONFLICT (tenant_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE_SETTINGS: &str = "UPDATE tenant_settings \
     SET document = ?2, version = version + 1 WHERE tenant_id = ?1 AND version = ?3 \
     RETURNING version";

pub(crate) const LIST_FLAGS: &str =
    "SELECT flag, enabled FROM feature_flags WHERE tenant_id = ?1 ORDER BY flag LIMIT 1000";

pub(crate) const LOAD_FLAG: &str =
    "SELECT flag, enabled FROM feature_flags WHERE tenant_id = ?1 AND flag = ?2";

pub(crate) const SWITCH_FLAG: &str = "INSERT INTO feature_flags \
     (tenant_id, flag, enabled, changed_at) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (tenant_id, flag) DO UPDATE SET enabled = excluded.enabled, \
     changed_at = excluded.changed_at";

pub(crate) const RESET_FLAG: &str =
    "DELETE FROM feature_flags WHERE tenant_id = ?1 AND flag = ?2 RETURNING flag";

pub(crate) const INSERT_SUPPORT_GRANT: &str = "INSERT INTO support_grants \
     (tenant_id, grant_id, permissions, reason, granted_by, created_at, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) const LIST_SUPPORT_GRANTS: &str = "SELECT grant_id, permissions, reason, granted_by, \
     created_at, expires_at, revoked_at FROM support_grants \
     WHERE tenant_id = ?1 AND grant_id > ?2 ORDER BY grant_id LIMIT ?3";

pub(crate) const LOAD_SUPPORT_GRANT: &str = "SELECT grant_id, permissions, reason, granted_by, \
     created_at, expires_at, revoked_at FROM support_grants \
     WHERE tenant_id = ?1 AND grant_id = ?2";

pub(crate) const REVOKE_SUPPORT_GRANT: &str = "UPDATE support_grants SET revoked_at = ?3 \
     WHERE tenant_id = ?1 AND grant_id = ?2 AND revoked_at IS NULL RETURNING grant_id";

pub(crate) const END_SUPPORT_SESSIONS: &str = "UPDATE sessions \
     SET revoked_at = COALESCE(revoked_at, ?3) \
     WHERE tenant_id = ?1 AND support_grant_id = ?2 RETURNING session_id";

/// The grant that lasts longest. Seconds are compared with seconds.
pub(crate) const SUPPORT_IN_FORCE: &str = "SELECT g.grant_id, g.permissions, g.reason, \
     g.granted_by, g.created_at, g.expires_at, g.revoked_at FROM support_grants AS g \
     JOIN tenants AS t ON t.tenant_id = g.tenant_id \
     WHERE g.tenant_id = ?1 AND t.tenant_id = ?1 AND t.status = 'active' \
     AND g.revoked_at IS NULL AND g.expires_at > ?2 \
     ORDER BY g.expires_at DESC, g.grant_id LIMIT 1";

pub(crate) const INSERT_SUPPORT_SESSION: &str = "INSERT INTO sessions \
     (tenant_id, session_id, support_grant_id, admin_id, created_at, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

pub(crate) const KEYS_IN_FORCE: &str = "SELECT key_id AS id FROM api_keys \
     WHERE tenant_id = ?1 AND revoked_at IS NULL AND expires_at > ?2";

pub(crate) const GRANTS_IN_FORCE: &str = "SELECT grant_id AS id FROM grants \
     WHERE tenant_id = ?1 AND revoked_at IS NULL AND expires_at > ?2";

pub(crate) const SESSIONS_IN_FORCE: &str = "SELECT session_id AS id FROM sessions \
     WHERE tenant_id = ?1 AND revoked_at IS NULL AND expires_at > ?2";

pub(crate) const ALL_KEYS: &str = "SELECT key_id AS id FROM api_keys WHERE tenant_id = ?1";

pub(crate) const ALL_GRANTS: &str = "SELECT grant_id AS id FROM grants WHERE tenant_id = ?1";

pub(crate) const ALL_SESSIONS: &str = "SELECT session_id AS id FROM sessions WHERE tenant_id = ?1";

/// The tables of a tenant, those that refer to another before that one. A test
/// compares them with the schema.
pub(crate) const ERASED_TABLES: &[&str] = &[
    "sessions",
    "invitations",
    "support_grants",
    "issuer_subjects",
    "trusted_issuers",
    "upstream_tools",
    "sql_policies",
    "audit_streams",
    "connections",
    "data_keys",
    "grants",
    "api_keys",
    "customers",
    "users",
    "roles",
    "tenant_settings",
    "feature_flags",
    "residency_promises",
    "transfers",
    "guard_policies",
    "call_limits",
    "trusted_values",
    "approvals",
    "audit_policies",
    "tenant_quotas",
];

/// Deletes a tenant's rows of a table, if the tenant is closed and its time has come.
pub(crate) fn erase(table: &str) -> String {
    format!(
        "DELETE FROM {table} WHERE tenant_id = ?1 AND EXISTS (SELECT 1 FROM tenants \
         WHERE tenant_id = ?1 AND status = 'closed' AND erase_at <= ?2)"
    )
}

/// Leaves the identifier alone. An identifier is no slug, so that the slug is free.
pub(crate) const MARK_ERASED: &str = "UPDATE tenants SET name = '', slug = tenant_id, \
     erased_at = COALESCE(erased_at, ?2), version = version + 1 \
     WHERE tenant_id = ?1 AND status = 'closed' AND erase_at <= ?2 RETURNING erased_at";
