-- Where a tenant's audit log is streamed to. Where each stream stands is in the tenant's
-- AuditStream object.
CREATE TABLE audit_streams (
  tenant_id      TEXT NOT NULL,
  stream_id      TEXT NOT NULL,
  name           TEXT NOT NULL,
  -- A connection whose connector takes the audit log. It stays in the way of none that
  -- is deleted: then the stream says so and waits.
  connection_id  TEXT NOT NULL,
  format         TEXT NOT NULL CHECK (format IN ('ocsf', 'cef')),
  enabled        INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at     INTEGER NOT NULL,
  changed_at     INTEGER NOT NULL,
  version        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, stream_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;
