//! Statements on a tenant's content guard: its policy, the values that it trusts, and the
//! calls that are held.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    LOAD_POLICY,
    INSERT_POLICY,
    CHANGE_POLICY,
    INSERT_TRUSTED,
    LIST_TRUSTED,
    LOAD_TRUSTED,
    DELETE_TRUSTED,
    SNAPSHOT_TRUSTED,
    EXPIRE_APPROVALS,
    FORGET_APPROVALS,
    INSERT_APPROVAL,
    STANDING_APPROVAL,
    LIST_APPROVALS,
    LOAD_APPROVAL,
    DECIDE_APPROVAL,
    USE_APPROVAL,
    SNAPSHOT_APPROVALS,
];

pub(crate) const LOAD_POLICY: &str =
    "SELECT document, version FROM guard_policies WHERE tenant_id = ?1";

pub(crate) const INSERT_POLICY: &str = "INSERT INTO guard_policies \
     (tenant_id, document, changed_at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (tenant_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE_POLICY: &str = "UPDATE guard_policies \
     SET document = ?2, changed_at = ?3, version = version + 1 \
     WHERE tenant_id = ?1 AND version = ?4 RETURNING version";

/// Up to a bound: every gate reads them all.
pub(crate) const INSERT_TRUSTED: &str = "INSERT INTO trusted_values \
     (tenant_id, value_id, kind, fingerprint, label, created_by, created_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 \
     WHERE (SELECT COUNT(*) FROM trusted_values AS o WHERE o.tenant_id = ?1) < ?8 \
     RETURNING value_id";

pub(crate) const LIST_TRUSTED: &str = "SELECT value_id, kind, fingerprint, label, created_by, \
     created_at FROM trusted_values \
     WHERE tenant_id = ?1 AND value_id > ?2 ORDER BY value_id LIMIT ?3";

pub(crate) const LOAD_TRUSTED: &str = "SELECT value_id, kind, fingerprint, label, created_by, \
     created_at FROM trusted_values WHERE tenant_id = ?1 AND value_id = ?2";

pub(crate) const DELETE_TRUSTED: &str = "DELETE FROM trusted_values \
     WHERE tenant_id = ?1 AND value_id = ?2 RETURNING value_id";

pub(crate) const SNAPSHOT_TRUSTED: &str =
    "SELECT fingerprint FROM trusted_values WHERE tenant_id = ?1 ORDER BY fingerprint LIMIT 1000";

/// What is over takes what was sealed with it.
pub(crate) const EXPIRE_APPROVALS: &str = "UPDATE approvals SET status = 'expired', sealed = NULL \
     WHERE tenant_id = ?1 AND status IN ('pending', 'approved') AND expires_at <= ?2";

pub(crate) const FORGET_APPROVALS: &str = "DELETE FROM approvals \
     WHERE tenant_id = ?1 AND status IN ('refused', 'expired', 'used') AND created_at <= ?2";

/// Unless the same call is pending, or was refused a while ago; and not without end.
pub(crate) const INSERT_APPROVAL: &str = "INSERT INTO approvals \
     (tenant_id, approval_id, gate, principal, tool, connection_id, arguments_sha256, reasons, \
     sealed, created_at, expires_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 \
     WHERE (SELECT COUNT(*) FROM approvals AS p WHERE p.tenant_id = ?1 AND p.gate = ?3 \
     AND p.status = 'pending') < ?12 \
     AND NOT EXISTS (SELECT 1 FROM approvals AS r WHERE r.tenant_id = ?1 AND r.gate = ?3 \
     AND r.tool = ?5 AND r.connection_id = ?6 AND r.arguments_sha256 = ?7 \
     AND r.status = 'refused' AND r.expires_at > ?10) \
     ON CONFLICT DO NOTHING";

/// What stands in the way of a call: pending, or refused.
pub(crate) const STANDING_APPROVAL: &str = "SELECT approval_id, gate, principal, tool, \
     connection_id, arguments_sha256, reasons, sealed, status, created_at, expires_at, decided_by, \
     decided_at, note, used_call_id FROM approvals \
     WHERE tenant_id = ?1 AND gate = ?2 AND tool = ?3 AND connection_id = ?4 \
     AND arguments_sha256 = ?5 AND status IN ('pending', 'refused') AND expires_at > ?6 \
     ORDER BY status, created_at DESC LIMIT 1";

pub(crate) const LIST_APPROVALS: &str = "SELECT approval_id, gate, principal, tool, \
     connection_id, arguments_sha256, reasons, NULL AS sealed, status, created_at, expires_at, \
     decided_by, decided_at, note, used_call_id FROM approvals \
     WHERE tenant_id = ?1 AND approval_id > ?2 AND status = COALESCE(?4, status) \
     ORDER BY approval_id LIMIT ?3";

pub(crate) const LOAD_APPROVAL: &str = "SELECT approval_id, gate, principal, tool, \
     connection_id, arguments_sha256, reasons, sealed, status, created_at, expires_at, decided_by, \
     decided_at, note, used_call_id FROM approvals WHERE tenant_id = ?1 AND approval_id = ?2";

/// Decides what is pending, once, and takes what was sealed with it.
pub(crate) const DECIDE_APPROVAL: &str = "UPDATE approvals SET status = ?3, decided_by = ?4, \
     decided_at = ?5, expires_at = ?6, note = ?7, sealed = NULL \
     WHERE tenant_id = ?1 AND approval_id = ?2 AND status = 'pending' AND expires_at > ?5 \
     RETURNING approval_id";

/// What has expired since the gate let the call through was used nevertheless.
pub(crate) const USE_APPROVAL: &str = "UPDATE approvals SET status = 'used', used_call_id = ?3 \
     WHERE tenant_id = ?1 AND approval_id = ?2 AND status IN ('approved', 'expired') \
     AND decided_at IS NOT NULL AND used_call_id IS NULL RETURNING approval_id";

/// What may be made with a gate's key, and was not yet as far as the store knows.
pub(crate) const SNAPSHOT_APPROVALS: &str = "SELECT approval_id, tool, connection_id, \
     arguments_sha256, expires_at AS expires_at_ms FROM approvals \
     WHERE tenant_id = ?1 AND gate = ?2 AND status = 'approved' \
     ORDER BY expires_at DESC, approval_id LIMIT 200";
