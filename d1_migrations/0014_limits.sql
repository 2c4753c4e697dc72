-- The limits that a tenant's calls have beside its plan's; without a row, the plan's alone.
CREATE TABLE call_limits (
  tenant_id    TEXT NOT NULL PRIMARY KEY,
  -- A JSON object: what the tenant itself has set, on all its keys together and on tools.
  own          TEXT NOT NULL,
  -- The same of the platform, which may also set another limit on each key.
  of_platform  TEXT NOT NULL,
  changed_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;
