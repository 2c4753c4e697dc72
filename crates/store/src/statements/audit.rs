//! Statements on what a tenant wants of its audit log.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[LOAD_POLICY, INSERT_POLICY, CHANGE_POLICY, RETENTION];

pub(crate) const LOAD_POLICY: &str = "SELECT document, changed_by, changed_at, version \
     FROM audit_policies WHERE tenant_id = ?1";

pub(crate) const INSERT_POLICY: &str = "INSERT INTO audit_policies \
     (tenant_id, document, changed_by, changed_at) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (tenant_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE_POLICY: &str = "UPDATE audit_policies \
     SET document = ?2, changed_by = ?3, changed_at = ?4, version = version + 1 \
     WHERE tenant_id = ?1 AND version = ?5 RETURNING version";

/// A tenant's plan, and its policy where it has one.
pub(crate) const RETENTION: &str = "SELECT t.plan, p.document FROM tenants AS t \
     LEFT JOIN audit_policies AS p ON p.tenant_id = ?1 \
     WHERE t.tenant_id = ?1 AND t.erased_at IS NULL";
