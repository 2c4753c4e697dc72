//! Statements that read what a tenant may take with it: everything but secrets. Each
//! gives a `cursor`, by which the next page is asked for.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    SETTINGS,
    FLAGS,
    ROLES,
    USERS,
    CUSTOMERS,
    KEYS,
    CONNECTIONS,
    UPSTREAM_TOOLS,
    SQL_POLICIES,
    ASSISTANTS,
    ISSUERS,
    ISSUER_SUBJECTS,
    SUPPORT_GRANTS,
    SESSIONS,
    INVITATIONS,
    RESIDENCY_PROMISE,
    TRANSFERS,
    GUARD_POLICY,
    CALL_LIMITS,
    TRUSTED_VALUES,
    APPROVALS,
    AUDIT_POLICY,
    AUDIT_STREAMS,
    QUOTAS,
];

pub(crate) const SETTINGS: &str = "SELECT document AS settings, version, 'settings' AS cursor \
     FROM tenant_settings WHERE tenant_id = ?1 AND 'settings' > ?2 LIMIT ?3";

pub(crate) const FLAGS: &str = "SELECT flag, enabled, changed_at, flag AS cursor \
     FROM feature_flags WHERE tenant_id = ?1 AND flag > ?2 ORDER BY flag LIMIT ?3";

pub(crate) const ROLES: &str = "SELECT role, description, permissions, created_at, version, \
     role AS cursor FROM roles WHERE tenant_id = ?1 AND role > ?2 ORDER BY role LIMIT ?3";

pub(crate) const USERS: &str = "SELECT principal_id, name, email, phone, role, connections, \
     allow_tables, created_at, suspended_at, version, principal_id AS cursor FROM users \
     WHERE tenant_id = ?1 AND principal_id > ?2 ORDER BY principal_id LIMIT ?3";

pub(crate) const CUSTOMERS: &str = "SELECT principal_id, customer_number, name, email, phone, \
     created_at, suspended_at, version, principal_id AS cursor FROM customers \
     WHERE tenant_id = ?1 AND principal_id > ?2 ORDER BY principal_id LIMIT ?3";

pub(crate) const KEYS: &str = "SELECT key_id, principal_id, name, role, permissions, connections, \
     address_ranges, created_by, created_at, expires_at, revoked_at, last_used_at, rotated_to, \
     version, key_id AS cursor FROM api_keys \
     WHERE tenant_id = ?1 AND key_id > ?2 ORDER BY key_id LIMIT ?3";

pub(crate) const CONNECTIONS: &str = "SELECT connection_id, connector, slug, name, enabled, \
     allowed_hosts, credentials_at, created_at, version, connection_id AS cursor FROM connections \
     WHERE tenant_id = ?1 AND connection_id > ?2 ORDER BY connection_id LIMIT ?3";

/// Two columns make the cursor: identifiers of connections have no slash.
pub(crate) const UPSTREAM_TOOLS: &str = "SELECT connection_id, name, definition, sha256, seen_at, \
     access, class, approved_definition, approved_sha256, approved_by, approved_at, \
     connection_id || '/' || name AS cursor FROM upstream_tools \
     WHERE tenant_id = ?1 AND connection_id || '/' || name > ?2 ORDER BY cursor LIMIT ?3";

pub(crate) const ASSISTANTS: &str = "SELECT grant_id, principal_id, client_id, client_name, \
     permissions, connections, created_at, expires_at, revoked_at, grant_id AS cursor FROM grants \
     WHERE tenant_id = ?1 AND grant_id > ?2 ORDER BY grant_id LIMIT ?3";

pub(crate) const ISSUERS: &str = "SELECT issuer_id, issuer, jwks, created_at, issuer_id AS cursor \
     FROM trusted_issuers WHERE tenant_id = ?1 AND issuer_id > ?2 ORDER BY issuer_id LIMIT ?3";

pub(crate) const ISSUER_SUBJECTS: &str = "SELECT issuer_id, subject, principal_id, \
     issuer_id || '/' || subject AS cursor FROM issuer_subjects \
     WHERE tenant_id = ?1 AND issuer_id || '/' || subject > ?2 ORDER BY cursor LIMIT ?3";

pub(crate) const SUPPORT_GRANTS: &str = "SELECT grant_id, permissions, reason, granted_by, \
     created_at, expires_at, revoked_at, grant_id AS cursor FROM support_grants \
     WHERE tenant_id = ?1 AND grant_id > ?2 ORDER BY grant_id LIMIT ?3";

pub(crate) const SESSIONS: &str = "SELECT session_id, user_id, customer_id, support_grant_id, \
     admin_id, created_at, expires_at, revoked_at, session_id AS cursor FROM sessions \
     WHERE tenant_id = ?1 AND session_id > ?2 ORDER BY session_id LIMIT ?3";

pub(crate) const INVITATIONS: &str = "SELECT invitation_id, user_id, customer_id, created_by, \
     created_at, expires_at, invitation_id AS cursor FROM invitations \
     WHERE tenant_id = ?1 AND invitation_id > ?2 ORDER BY invitation_id LIMIT ?3";

pub(crate) const RESIDENCY_PROMISE: &str = "SELECT residency, enforcement, changed_at, version, \
     'promise' AS cursor FROM residency_promises \
     WHERE tenant_id = ?1 AND 'promise' > ?2 LIMIT ?3";

pub(crate) const TRANSFERS: &str = "SELECT transfer_id, system, connection_id, vendor, \
     vendor_region, vendor_country, data_classes, legal_grounds, note, created_at, changed_at, \
     version, transfer_id AS cursor FROM transfers \
     WHERE tenant_id = ?1 AND transfer_id > ?2 ORDER BY transfer_id LIMIT ?3";

pub(crate) const GUARD_POLICY: &str = "SELECT document AS guard_policy, changed_at, version, \
     'policy' AS cursor FROM guard_policies \
     WHERE tenant_id = ?1 AND 'policy' > ?2 LIMIT ?3";

pub(crate) const CALL_LIMITS: &str = "SELECT own, of_platform, changed_at, version, \
     'limits' AS cursor FROM call_limits \
     WHERE tenant_id = ?1 AND 'limits' > ?2 LIMIT ?3";

pub(crate) const SQL_POLICIES: &str = "SELECT connection_id, document AS sql_policy, changed_by, \
     changed_at, version, connection_id AS cursor FROM sql_policies \
     WHERE tenant_id = ?1 AND connection_id > ?2 ORDER BY connection_id LIMIT ?3";

pub(crate) const AUDIT_STREAMS: &str = "SELECT stream_id, name, connection_id, format, enabled, \
     created_at, changed_at, version, stream_id AS cursor FROM audit_streams \
     WHERE tenant_id = ?1 AND stream_id > ?2 ORDER BY stream_id LIMIT ?3";

pub(crate) const TRUSTED_VALUES: &str = "SELECT value_id, kind, label, created_by, created_at, \
     value_id AS cursor FROM trusted_values \
     WHERE tenant_id = ?1 AND value_id > ?2 ORDER BY value_id LIMIT ?3";

pub(crate) const APPROVALS: &str = "SELECT approval_id, gate, principal, tool, connection_id, \
     arguments_sha256, reasons, status, created_at, expires_at, decided_by, \
     decided_at, note, used_call_id, approval_id AS cursor FROM approvals \
     WHERE tenant_id = ?1 AND approval_id > ?2 ORDER BY approval_id LIMIT ?3";

pub(crate) const AUDIT_POLICY: &str = "SELECT document AS audit_policy, changed_by, changed_at, \
     version, 'policy' AS cursor FROM audit_policies \
     WHERE tenant_id = ?1 AND 'policy' > ?2 LIMIT ?3";

pub(crate) const QUOTAS: &str = "SELECT connections, keys, users, customers, stored_bytes, \
     changed_by, changed_at, version, 'quotas' AS cursor FROM tenant_quotas \
     WHERE tenant_id = ?1 AND 'quotas' > ?2 LIMIT ?3";
