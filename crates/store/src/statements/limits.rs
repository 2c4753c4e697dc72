//! Statements on the limits of a tenant's calls.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[LOAD, INSERT, CHANGE];

pub(crate) const LOAD: &str =
    "SELECT own, of_platform, version FROM call_limits WHERE tenant_id = ?1";

pub(crate) const INSERT: &str = "INSERT INTO call_limits \
     (tenant_id, own, of_platform, changed_at) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (tenant_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE: &str = "UPDATE call_limits \
     SET own = ?2, of_platform = ?3, changed_at = ?4, version = version + 1 \
     WHERE tenant_id = ?1 AND version = ?5 RETURNING version";
