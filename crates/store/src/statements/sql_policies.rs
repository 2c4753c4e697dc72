//! Statements on what of a connected database may be seen.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[LOAD_POLICY, INSERT_POLICY, CHANGE_POLICY];

pub(crate) const LOAD_POLICY: &str = "SELECT document, changed_by, changed_at, version \
     FROM sql_policies WHERE tenant_id = ?1 AND connection_id = ?2";

pub(crate) const INSERT_POLICY: &str = "INSERT INTO sql_policies \
     (tenant_id, connection_id, document, changed_by, changed_at) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (tenant_id, connection_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE_POLICY: &str = "UPDATE sql_policies \
     SET document = ?3, changed_by = ?4, changed_at = ?5, version = version + 1 \
     WHERE tenant_id = ?1 AND connection_id = ?2 AND version = ?6 RETURNING version";
