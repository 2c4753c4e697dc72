-- What a tenant wants of its audit log; without a row, no argument is shown and the plan
-- says how long entries are kept.
CREATE TABLE audit_policies (
  tenant_id   TEXT NOT NULL PRIMARY KEY,
  -- A JSON object: which arguments are shown, how long what is kept, whether nothing is
  -- destroyed.
  document    TEXT NOT NULL,
  changed_by  TEXT NOT NULL,
  changed_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- What was agreed with a tenant about how much it may have; NULL, or no row, for what its
-- plan says.
CREATE TABLE tenant_quotas (
  tenant_id     TEXT NOT NULL PRIMARY KEY,
  connections   INTEGER,
  keys          INTEGER,
  users         INTEGER,
  customers     INTEGER,
  stored_bytes  INTEGER,
  changed_by    TEXT NOT NULL,
  changed_at    INTEGER NOT NULL,
  version       INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;
