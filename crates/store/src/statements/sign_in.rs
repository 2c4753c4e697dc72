//! Statements of sign-ins: accounts, sessions, passwords and invitations.

/// Those on one tenant's rows. The first value is always the tenant.
pub const STATEMENTS: &[&str] = &[
    SIGN_IN_SETTINGS,
    CLAIMED_USER_BY_EMAIL,
    CLAIMED_USER_BY_PHONE,
    CLAIMED_CUSTOMER_BY_EMAIL,
    CLAIMED_CUSTOMER_BY_PHONE,
    USER_ACCOUNT,
    CUSTOMER_ACCOUNT,
    INSERT_SESSION,
    ROTATE_REFRESH,
    END_REUSED_SESSION,
    END_SESSION,
    END_SESSIONS_OF_USER,
    END_SESSIONS_OF_CUSTOMER,
    SESSIONS_OF_USER,
    SESSIONS_OF_CUSTOMER,
    SET_USER_PASSWORD,
    SET_CUSTOMER_PASSWORD,
    UPGRADE_USER_PASSWORD,
    UPGRADE_CUSTOMER_PASSWORD,
    END_USER_INVITATIONS,
    END_CUSTOMER_INVITATIONS,
    INSERT_USER_INVITATION,
    INSERT_CUSTOMER_INVITATION,
    LOAD_INVITATION,
    ACCEPT_USER_INVITATION,
    ACCEPT_CUSTOMER_INVITATION,
    USE_INVITATION,
];

/// Those that find the tenant which somebody signs in to. They see which tenants there
/// are, and nothing in them.
#[cfg(test)]
pub(crate) const CLAIMS: &[&str] = &[CLAIM_TENANT, CLAIM_TENANT_BY_SLUG];

pub(crate) const CLAIM_TENANT: &str =
    "SELECT tenant_id FROM tenants WHERE tenant_id = ?1 AND erased_at IS NULL";

pub(crate) const CLAIM_TENANT_BY_SLUG: &str =
    "SELECT tenant_id FROM tenants WHERE slug = ?1 AND erased_at IS NULL";

pub(crate) const SIGN_IN_SETTINGS: &str =
    "SELECT document FROM tenant_settings WHERE tenant_id = ?1";

pub(crate) const INSERT_SESSION: &str = "INSERT INTO sessions (tenant_id, session_id, user_id, customer_id, \
     refresh_sha256, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) const ROTATE_REFRESH: &str = "UPDATE sessions SET refresh_sha256 = ?4 \
     WHERE tenant_id = ?1 AND session_id = ?2 AND refresh_sha256 = ?3 AND revoked_at IS NULL \
     AND expires_at > ?5 RETURNING session_id";

/// Runs after the one before, in one transaction: what has the new token was rotated.
pub(crate) const END_REUSED_SESSION: &str = "UPDATE sessions SET revoked_at = ?4 \
     WHERE tenant_id = ?1 AND session_id = ?2 AND refresh_sha256 <> ?3 AND revoked_at IS NULL \
     RETURNING COALESCE(user_id, customer_id, admin_id) AS principal_id";

pub(crate) const END_SESSION: &str = "UPDATE sessions SET revoked_at = ?3 \
     WHERE tenant_id = ?1 AND session_id = ?2 AND revoked_at IS NULL RETURNING session_id";

pub(crate) const LOAD_INVITATION: &str = "SELECT user_id, customer_id FROM invitations \
     WHERE tenant_id = ?1 AND invitation_id = ?2 AND token_sha256 = ?3 AND expires_at > ?4 \
     AND used_at IS NULL";

/// Runs after the two that set the password, in one transaction.
pub(crate) const USE_INVITATION: &str = "UPDATE invitations SET used_at = ?5 \
     WHERE tenant_id = ?1 AND invitation_id = ?2 AND token_sha256 = ?3 AND expires_at > ?4 \
     AND used_at IS NULL RETURNING user_id, customer_id";

pub(crate) const CLAIMED_USER_BY_EMAIL: &str = "SELECT principal_id, password_hash, suspended_at FROM users \
     WHERE tenant_id = ?1 AND email = ?2";

pub(crate) const CLAIMED_USER_BY_PHONE: &str = "SELECT principal_id, password_hash, suspended_at FROM users \
     WHERE tenant_id = ?1 AND phone = ?2";

pub(crate) const USER_ACCOUNT: &str = "SELECT principal_id, password_hash, suspended_at FROM users \
     WHERE tenant_id = ?1 AND principal_id = ?2";

pub(crate) const END_SESSIONS_OF_USER: &str = "UPDATE sessions SET revoked_at = ?3 \
     WHERE tenant_id = ?1 AND user_id = ?2 AND session_id <> ?4 AND revoked_at IS NULL \
     RETURNING session_id";

pub(crate) const SESSIONS_OF_USER: &str = "SELECT session_id FROM sessions \
     WHERE tenant_id = ?1 AND user_id = ?2 AND revoked_at IS NULL AND expires_at > ?3 LIMIT 1000";

pub(crate) const SET_USER_PASSWORD: &str = "UPDATE users SET password_hash = ?3, \
     version = version + 1 WHERE tenant_id = ?1 AND principal_id = ?2 RETURNING principal_id";

pub(crate) const UPGRADE_USER_PASSWORD: &str = "UPDATE users SET password_hash = ?4 \
     WHERE tenant_id = ?1 AND principal_id = ?2 AND password_hash = ?3";

pub(crate) const END_USER_INVITATIONS: &str = "DELETE FROM invitations \
     WHERE tenant_id = ?1 AND user_id = ?2 AND used_at IS NULL";

pub(crate) const INSERT_USER_INVITATION: &str = "INSERT INTO invitations \
     (tenant_id, invitation_id, user_id, token_sha256, created_by, created_at, expires_at) \
     SELECT ?1, ?2, p.principal_id, ?4, ?5, ?6, ?7 FROM users AS p \
     WHERE p.tenant_id = ?1 AND p.principal_id = ?3 RETURNING invitation_id";

pub(crate) const ACCEPT_USER_INVITATION: &str = "UPDATE users SET password_hash = ?5, \
     version = version + 1 WHERE tenant_id = ?1 AND principal_id = (SELECT i.user_id \
     FROM invitations AS i WHERE i.tenant_id = ?1 AND i.invitation_id = ?2 \
     AND i.token_sha256 = ?3 AND i.expires_at > ?4 AND i.used_at IS NULL)";

pub(crate) const CLAIMED_CUSTOMER_BY_EMAIL: &str = "SELECT principal_id, password_hash, suspended_at FROM customers \
     WHERE tenant_id = ?1 AND email = ?2";

pub(crate) const CLAIMED_CUSTOMER_BY_PHONE: &str = "SELECT principal_id, password_hash, suspended_at FROM customers \
     WHERE tenant_id = ?1 AND phone = ?2";

pub(crate) const CUSTOMER_ACCOUNT: &str = "SELECT principal_id, password_hash, suspended_at FROM customers \
     WHERE tenant_id = ?1 AND principal_id = ?2";

pub(crate) const END_SESSIONS_OF_CUSTOMER: &str = "UPDATE sessions SET revoked_at = ?3 \
     WHERE tenant_id = ?1 AND customer_id = ?2 AND session_id <> ?4 AND revoked_at IS NULL \
     RETURNING session_id";

pub(crate) const SESSIONS_OF_CUSTOMER: &str = "SELECT session_id FROM sessions \
     WHERE tenant_id = ?1 AND customer_id = ?2 AND revoked_at IS NULL AND expires_at > ?3 LIMIT 1000";

pub(crate) const SET_CUSTOMER_PASSWORD: &str = "UPDATE customers SET password_hash = ?3, \
     version = version + 1 WHERE tenant_id = ?1 AND principal_id = ?2 RETURNING principal_id";

pub(crate) const UPGRADE_CUSTOMER_PASSWORD: &str = "UPDATE customers SET password_hash = ?4 \
     WHERE tenant_id = ?1 AND principal_id = ?2 AND password_hash = ?3";

pub(crate) const END_CUSTOMER_INVITATIONS: &str = "DELETE FROM invitations \
     WHERE tenant_id = ?1 AND customer_id = ?2 AND used_at IS NULL";

pub(crate) const INSERT_CUSTOMER_INVITATION: &str = "INSERT INTO invitations \
     (tenant_id, invitation_id, customer_id, token_sha256, created_by, created_at, expires_at) \
     SELECT ?1, ?2, p.principal_id, ?4, ?5, ?6, ?7 FROM customers AS p \
     WHERE p.tenant_id = ?1 AND p.principal_id = ?3 RETURNING invitation_id";

pub(crate) const ACCEPT_CUSTOMER_INVITATION: &str = "UPDATE customers SET password_hash = ?5, \
     version = version + 1 WHERE tenant_id = ?1 AND principal_id = (SELECT i.customer_id \
     FROM invitations AS i WHERE i.tenant_id = ?1 AND i.invitation_id = ?2 \
     AND i.token_sha256 = ?3 AND i.expires_at > ?4 AND i.used_at IS NULL)";
