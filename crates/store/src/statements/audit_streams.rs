//! Statements on where a tenant's audit log is streamed to.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    INSERT_STREAM,
    LIST_STREAMS,
    LOAD_STREAM,
    CHANGE_STREAM,
    DELETE_STREAM,
];

pub(crate) const INSERT_STREAM: &str = "INSERT INTO audit_streams \
     (tenant_id, stream_id, name, connection_id, format, enabled, created_at, changed_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";

pub(crate) const LIST_STREAMS: &str = "SELECT stream_id, name, connection_id, format, enabled, \
     created_at, changed_at, version FROM audit_streams \
     WHERE tenant_id = ?1 AND stream_id > ?2 ORDER BY stream_id LIMIT ?3";

pub(crate) const LOAD_STREAM: &str = "SELECT stream_id, name, connection_id, format, enabled, \
     created_at, changed_at, version FROM audit_streams WHERE tenant_id = ?1 AND stream_id = ?2";

pub(crate) const CHANGE_STREAM: &str = "UPDATE audit_streams SET name = ?3, connection_id = ?4, \
     format = ?5, enabled = ?6, changed_at = ?7, version = version + 1 \
     WHERE tenant_id = ?1 AND stream_id = ?2 AND version = ?8 RETURNING version";

pub(crate) const DELETE_STREAM: &str =
    "DELETE FROM audit_streams WHERE tenant_id = ?1 AND stream_id = ?2 RETURNING stream_id";
