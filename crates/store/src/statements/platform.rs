//! Statements of the platform: the list of tenants, whoever runs the platform, and
//! nothing that is in a tenant. Of data keys it counts, and names tenants.

use super::data_keys::{COUNT_DATA_KEYS, OUTDATED_TENANTS};

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    COUNT_DATA_KEYS,
    OUTDATED_TENANTS,
    LIST_TENANTS,
    OLDEST_TENANTS,
    INSERT_FIRST_ADMIN,
    INSERT_ADMIN,
    LIST_ADMINS,
    LOAD_ADMIN,
    CHANGE_ADMIN,
    FIND_ADMIN,
    ADMIN_SECRET,
    SET_ADMIN_PASSWORD,
    INSERT_PLATFORM_SESSION,
    PLATFORM_STANDING,
    ROTATE_PLATFORM_REFRESH,
    REVOKE_PLATFORM_SESSION,
    END_PLATFORM_SESSIONS_OF,
    LIST_PLATFORM_KEYS,
];

pub(crate) const LIST_TENANTS: &str = "SELECT tenant_id, name, slug, plan, status, created_at, \
     closed_at, erase_at, erased_at, version FROM tenants \
     WHERE tenant_id > ?1 ORDER BY tenant_id LIMIT ?2";

/// For the page of a developer's own machine, whose demo is the oldest.
pub(crate) const OLDEST_TENANTS: &str = "SELECT tenant_id, name, slug, plan, status, created_at, \
     closed_at, erase_at, erased_at, version FROM tenants \
     WHERE erased_at IS NULL ORDER BY created_at, tenant_id LIMIT ?1";

/// Only while nobody runs the platform: a signing key alone makes no second one.
pub(crate) const INSERT_FIRST_ADMIN: &str = "INSERT INTO platform_admins \
     (admin_id, name, email, password_hash, created_at) SELECT ?1, ?2, ?3, ?4, ?5 \
     WHERE NOT EXISTS (SELECT 1 FROM platform_admins WHERE suspended_at IS NULL) \
     RETURNING admin_id";

pub(crate) const INSERT_ADMIN: &str = "INSERT INTO platform_admins \
     (admin_id, name, email, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(crate) const LIST_ADMINS: &str = "SELECT admin_id, name, email, created_at, suspended_at, \
     version FROM platform_admins WHERE admin_id > ?1 ORDER BY admin_id LIMIT ?2";

pub(crate) const LOAD_ADMIN: &str = "SELECT admin_id, name, email, created_at, suspended_at, \
     version FROM platform_admins WHERE admin_id = ?1";

/// Changes the row that was read, and never suspends the last one in force.
pub(crate) const CHANGE_ADMIN: &str = "UPDATE platform_admins SET name = ?3, email = ?4, \
     suspended_at = ?5, version = version + 1 \
     WHERE admin_id = ?1 AND version = ?2 AND (?5 IS NULL OR EXISTS (\
     SELECT 1 FROM platform_admins AS other \
     WHERE other.admin_id <> ?1 AND other.suspended_at IS NULL)) RETURNING version";

pub(crate) const FIND_ADMIN: &str = "SELECT admin_id, password_hash FROM platform_admins \
     WHERE email = ?1 AND suspended_at IS NULL";

pub(crate) const ADMIN_SECRET: &str = "SELECT admin_id, password_hash FROM platform_admins \
     WHERE admin_id = ?1 AND suspended_at IS NULL";

pub(crate) const SET_ADMIN_PASSWORD: &str = "UPDATE platform_admins SET password_hash = ?2, \
     version = version + 1 WHERE admin_id = ?1 RETURNING version";

/// The admin must be there: after a first admin who was not made, nothing is.
pub(crate) const INSERT_PLATFORM_SESSION: &str = "INSERT INTO platform_sessions \
     (session_id, admin_id, name, token_sha256, refresh_sha256, created_at, expires_at) \
     SELECT ?1, admin_id, ?3, ?4, ?5, ?6, ?7 \
     FROM platform_admins WHERE admin_id = ?2 AND suspended_at IS NULL RETURNING session_id";

pub(crate) const PLATFORM_STANDING: &str = "SELECT s.admin_id, s.token_sha256, s.expires_at, \
     s.revoked_at, a.suspended_at FROM platform_sessions AS s \
     JOIN platform_admins AS a ON a.admin_id = s.admin_id WHERE s.session_id = ?1";

/// Of two requests with one refresh token, one finds it.
pub(crate) const ROTATE_PLATFORM_REFRESH: &str = "UPDATE platform_sessions \
     SET refresh_sha256 = ?3 WHERE session_id = ?1 AND refresh_sha256 = ?2 \
     AND revoked_at IS NULL AND expires_at > ?4 AND EXISTS (SELECT 1 FROM platform_admins \
     WHERE platform_admins.admin_id = platform_sessions.admin_id AND suspended_at IS NULL) \
     RETURNING admin_id, expires_at";

pub(crate) const REVOKE_PLATFORM_SESSION: &str = "UPDATE platform_sessions SET revoked_at = ?2 \
     WHERE session_id = ?1 AND revoked_at IS NULL RETURNING session_id, name, admin_id";

pub(crate) const END_PLATFORM_SESSIONS_OF: &str = "UPDATE platform_sessions SET revoked_at = ?2 \
     WHERE admin_id = ?1 AND revoked_at IS NULL AND token_sha256 IS NULL";

pub(crate) const LIST_PLATFORM_KEYS: &str = "SELECT session_id, admin_id, name, created_at, \
     expires_at, revoked_at FROM platform_sessions \
     WHERE session_id > ?1 AND token_sha256 IS NOT NULL ORDER BY session_id LIMIT ?2";
