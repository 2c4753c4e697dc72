//! Statements on how much of each thing a tenant may have.
//!
//! A guard is the last statement of a transaction that adds something. Where there is
//! more then than there may be, it stores a row that `tenant_quotas` refuses (nobody has
//! changed it), and the transaction with it: whoever adds at the same time, nobody gets
//! past a quota.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    GUARD_CONNECTIONS,
    GUARD_KEYS,
    GUARD_USERS,
    GUARD_CUSTOMERS,
    GUARD_STORED_BYTES,
    USAGE,
    LOAD_AGREED,
    INSERT_AGREED,
    CHANGE_AGREED,
];

/// What the tenant stores besides rows of a fixed size, in bytes.
macro_rules! stored_bytes {
    () => {
        "((SELECT COALESCE(SUM(LENGTH(CAST(COALESCE(c.sealed, '') AS BLOB)) \
         + LENGTH(CAST(COALESCE(c.allowed_hosts, '') AS BLOB))), 0) \
         FROM connections AS c WHERE c.tenant_id = ?1) \
         + (SELECT COALESCE(SUM(LENGTH(CAST(u.definition AS BLOB)) \
         + LENGTH(CAST(COALESCE(u.approved_definition, '') AS BLOB))), 0) \
         FROM upstream_tools AS u WHERE u.tenant_id = ?1) \
         + (SELECT COALESCE(SUM(LENGTH(CAST(COALESCE(p.document, '') AS BLOB))), 0) \
         FROM sql_policies AS p WHERE p.tenant_id = ?1) \
         + (SELECT COALESCE(SUM(LENGTH(CAST(i.jwks AS BLOB))), 0) \
         FROM trusted_issuers AS i WHERE i.tenant_id = ?1))"
    };
}

/// The guard of a quota: `?2` is what the plan says.
macro_rules! guard {
    ($used:expr, $column:literal) => {
        concat!(
            "INSERT INTO tenant_quotas (tenant_id, changed_by, changed_at) SELECT ?1, NULL, ?3 WHERE ",
            $used,
            " > COALESCE((SELECT q.",
            $column,
            " FROM tenant_quotas AS q WHERE q.tenant_id = ?1), ?2)"
        )
    };
}

pub(crate) const GUARD_CONNECTIONS: &str = guard!(
    "(SELECT COUNT(*) FROM connections AS c WHERE c.tenant_id = ?1)",
    "connections"
);

/// Of those in force: `?3` is the moment, in seconds.
pub(crate) const GUARD_KEYS: &str = guard!(
    "(SELECT COUNT(*) FROM api_keys AS k WHERE k.tenant_id = ?1 AND k.revoked_at IS NULL \
     AND k.expires_at > ?3)",
    "keys"
);

pub(crate) const GUARD_USERS: &str = guard!(
    "(SELECT COUNT(*) FROM users AS u WHERE u.tenant_id = ?1)",
    "users"
);

pub(crate) const GUARD_CUSTOMERS: &str = guard!(
    "(SELECT COUNT(*) FROM customers AS c WHERE c.tenant_id = ?1)",
    "customers"
);

pub(crate) const GUARD_STORED_BYTES: &str = guard!(stored_bytes!(), "stored_bytes");

pub(crate) const USAGE: &str = concat!(
    "SELECT (SELECT COUNT(*) FROM connections AS c WHERE c.tenant_id = ?1) AS connections, \
     (SELECT COUNT(*) FROM api_keys AS k WHERE k.tenant_id = ?1 AND k.revoked_at IS NULL \
     AND k.expires_at > ?2) AS keys, \
     (SELECT COUNT(*) FROM users AS u WHERE u.tenant_id = ?1) AS users, \
     (SELECT COUNT(*) FROM customers AS s WHERE s.tenant_id = ?1) AS customers, ",
    stored_bytes!(),
    " AS stored_bytes FROM tenants AS t WHERE t.tenant_id = ?1 AND t.erased_at IS NULL"
);

pub(crate) const LOAD_AGREED: &str = "SELECT connections, keys, users, customers, stored_bytes, \
     version FROM tenant_quotas WHERE tenant_id = ?1";

pub(crate) const INSERT_AGREED: &str = "INSERT INTO tenant_quotas \
     (tenant_id, connections, keys, users, customers, stored_bytes, changed_by, changed_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
     ON CONFLICT (tenant_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE_AGREED: &str = "UPDATE tenant_quotas SET connections = ?2, keys = ?3, \
     users = ?4, customers = ?5, stored_bytes = ?6, changed_by = ?7, changed_at = ?8, \
     version = version + 1 WHERE tenant_id = ?1 AND version = ?9 RETURNING version";
