//! Statements on a tenant's connections and on its data keys.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    SNAPSHOT_CONNECTIONS,
    INSERT_DATA_KEY,
    INSERT_CONNECTION,
    LIST_CONNECTIONS,
    LOAD_CONNECTION,
    CHANGE_CONNECTION,
    SET_CREDENTIALS,
    DELETE_CONNECTION,
    SEALED_CONNECTION,
];

/// Those that can be called: one that is switched off, or has no credentials any
/// more, is not there for whoever calls, nor is a receiver of the audit log (the
/// connector `siem`, which has no tools).
pub(crate) const SNAPSHOT_CONNECTIONS: &str = "SELECT c.connection_id, c.connector, c.slug, \
     c.name, c.allowed_hosts, c.sealed, d.wrapped AS data_key, p.document AS sql_policy \
     FROM connections AS c \
     JOIN data_keys AS d ON d.tenant_id = c.tenant_id AND d.connector = c.connector \
     AND d.version = c.data_key_version \
     LEFT JOIN sql_policies AS p ON p.tenant_id = ?1 AND p.connection_id = c.connection_id \
     WHERE c.tenant_id = ?1 AND d.tenant_id = ?1 AND c.enabled = 1 AND c.connector <> 'siem' \
     ORDER BY c.slug LIMIT 1000";

pub(crate) const INSERT_DATA_KEY: &str = "INSERT INTO data_keys \
     (tenant_id, connector, version, wrapped, key_encryption_key_version, erasure_generation, \
     created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) const INSERT_CONNECTION: &str = "INSERT INTO connections \
     (tenant_id, connection_id, connector, slug, name, allowed_hosts, data_key_version, sealed, \
     credentials_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)";

pub(crate) const LIST_CONNECTIONS: &str = "SELECT connection_id, connector, slug, name, enabled, \
     allowed_hosts, sealed IS NOT NULL AS has_credentials, credentials_at, created_at, version \
     FROM connections WHERE tenant_id = ?1 AND connection_id > ?2 ORDER BY connection_id LIMIT ?3";

pub(crate) const LOAD_CONNECTION: &str = "SELECT connection_id, connector, slug, name, enabled, \
     allowed_hosts, sealed IS NOT NULL AS has_credentials, credentials_at, created_at, version \
     FROM connections WHERE tenant_id = ?1 AND connection_id = ?2";

/// Changes the row that was read, and no later one.
pub(crate) const CHANGE_CONNECTION: &str = "UPDATE connections SET slug = ?3, name = ?4, \
     enabled = ?5, allowed_hosts = ?6, version = version + 1 \
     WHERE tenant_id = ?1 AND connection_id = ?2 AND version = ?7 RETURNING connection_id";

pub(crate) const SET_CREDENTIALS: &str = "UPDATE connections SET data_key_version = ?3, \
     sealed = ?4, allowed_hosts = ?5, credentials_at = ?6, version = version + 1 \
     WHERE tenant_id = ?1 AND connection_id = ?2 AND version = ?7 RETURNING connection_id";

pub(crate) const DELETE_CONNECTION: &str = "DELETE FROM connections \
     WHERE tenant_id = ?1 AND connection_id = ?2 RETURNING connection_id";

/// Also of a connection that is switched off: an administrator may test it.
pub(crate) const SEALED_CONNECTION: &str = "SELECT c.connector, c.allowed_hosts, c.sealed, \
     d.wrapped AS data_key \
     FROM connections AS c \
     JOIN data_keys AS d ON d.tenant_id = c.tenant_id AND d.connector = c.connector \
     AND d.version = c.data_key_version \
     WHERE c.tenant_id = ?1 AND d.tenant_id = ?1 AND c.connection_id = ?2";
