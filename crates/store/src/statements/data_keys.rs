//! Statements on a tenant's data keys, and on what they seal when it moves from one to
//! another.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    SEALING_DATA_KEY,
    LIST_DATA_KEYS,
    RETIRE_DATA_KEYS,
    COUNT_SEALS,
    REWRAP_DATA_KEY,
    OUTDATED_CONNECTIONS,
    RESEAL_CONNECTION,
    DELETE_UNUSED_DATA_KEYS,
    DESTROY_CREDENTIALS,
    DELETE_DATA_KEYS,
];

/// The one that seals.
pub(crate) const SEALING_DATA_KEY: &str = "SELECT version, wrapped, erasure_generation, seals \
     FROM data_keys WHERE tenant_id = ?1 AND connector = ?2 AND retired_at IS NULL \
     ORDER BY version DESC LIMIT 1";

pub(crate) const LIST_DATA_KEYS: &str = "SELECT d.connector, d.version, d.wrapped, \
     d.key_encryption_key_version, d.erasure_generation, d.seals, d.created_at, d.wrapped_at, \
     d.retired_at, (SELECT COUNT(*) FROM connections AS c WHERE c.tenant_id = ?1 \
     AND c.connector = d.connector AND c.data_key_version = d.version) AS connections \
     FROM data_keys AS d WHERE d.tenant_id = ?1 ORDER BY d.connector, d.version LIMIT 1000";

pub(crate) const RETIRE_DATA_KEYS: &str = "UPDATE data_keys SET retired_at = ?4 \
     WHERE tenant_id = ?1 AND connector = ?2 AND version < ?3 AND retired_at IS NULL";

pub(crate) const COUNT_SEALS: &str = "UPDATE data_keys SET seals = seals + ?4 \
     WHERE tenant_id = ?1 AND connector = ?2 AND version = ?3";

/// Moves the row that was read, and no later one.
pub(crate) const REWRAP_DATA_KEY: &str = "UPDATE data_keys SET wrapped = ?5, \
     key_encryption_key_version = ?6, erasure_generation = ?7, wrapped_at = ?8 \
     WHERE tenant_id = ?1 AND connector = ?2 AND version = ?3 AND wrapped = ?4 RETURNING version";

/// Connections that are sealed under a data key which no longer seals, with both keys.
pub(crate) const OUTDATED_CONNECTIONS: &str = "SELECT c.connection_id, c.connector, c.sealed, \
     o.wrapped AS old_data_key, n.wrapped AS data_key, n.version AS data_key_version \
     FROM connections AS c \
     JOIN data_keys AS o ON o.tenant_id = c.tenant_id AND o.connector = c.connector \
     AND o.version = c.data_key_version \
     JOIN data_keys AS n ON n.tenant_id = c.tenant_id AND n.connector = c.connector \
     AND n.version > c.data_key_version AND n.retired_at IS NULL \
     WHERE c.tenant_id = ?1 AND o.tenant_id = ?1 AND n.tenant_id = ?1 AND c.connection_id > ?2 \
     ORDER BY c.connection_id LIMIT ?3";

/// What a connection shows stays as it is: its version too. Other credentials that were
/// set meanwhile stay.
pub(crate) const RESEAL_CONNECTION: &str = "UPDATE connections SET sealed = ?4, \
     data_key_version = ?5 WHERE tenant_id = ?1 AND connection_id = ?2 AND sealed = ?3 \
     RETURNING connection_id";

/// The foreign key of connections would refuse it otherwise.
pub(crate) const DELETE_UNUSED_DATA_KEYS: &str = "DELETE FROM data_keys \
     WHERE data_keys.tenant_id = ?1 AND retired_at IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM connections AS c WHERE c.tenant_id = ?1 \
     AND c.connector = data_keys.connector AND c.data_key_version = data_keys.version) \
     RETURNING version";

pub(crate) const DESTROY_CREDENTIALS: &str = "UPDATE connections SET sealed = NULL, \
     data_key_version = NULL, version = version + 1 \
     WHERE tenant_id = ?1 AND sealed IS NOT NULL RETURNING connection_id, connector";

pub(crate) const DELETE_DATA_KEYS: &str =
    "DELETE FROM data_keys WHERE tenant_id = ?1 RETURNING version";

/// For the platform: it counts, and shows nothing else.
pub(crate) const COUNT_DATA_KEYS: &str = "SELECT connector, key_encryption_key_version, \
     COUNT(*) AS data_keys, COUNT(DISTINCT tenant_id) AS tenants, \
     SUM(erasure_generation = 0) AS without_erasure_key, MAX(wrapped_at) AS wrapped_at \
     FROM data_keys GROUP BY connector, key_encryption_key_version \
     ORDER BY connector, key_encryption_key_version";

/// For the platform: tenants of whom a data key is not wrapped as a new one would be.
pub(crate) const OUTDATED_TENANTS: &str = "SELECT DISTINCT tenant_id FROM data_keys \
     WHERE connector = ?1 AND (key_encryption_key_version <> ?2 OR erasure_generation = 0) \
     AND tenant_id > ?3 ORDER BY tenant_id LIMIT ?4";
