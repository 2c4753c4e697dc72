-- What a tenant has set of its content guard; without a row, the defaults of the code.
CREATE TABLE guard_policies (
  tenant_id   TEXT NOT NULL PRIMARY KEY,
  -- A JSON object of what differs from the defaults.
  document    TEXT NOT NULL,
  changed_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Values that a tenant trusts wherever they come from, such as a payee's till. The value
-- itself is not kept: a keyed fingerprint, and what people call it.
CREATE TABLE trusted_values (
  tenant_id    TEXT NOT NULL,
  value_id     TEXT NOT NULL,
  kind         TEXT NOT NULL,
  fingerprint  TEXT NOT NULL,
  label        TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, value_id),
  UNIQUE (tenant_id, kind, fingerprint),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Calls that are held until a person has approved them. The arguments, and what of the
-- reasons is somebody's data, are sealed, and gone once it is decided or has expired.
-- Gate and connection are names: what was asked stays true when they are gone.
CREATE TABLE approvals (
  tenant_id         TEXT NOT NULL,
  approval_id       TEXT NOT NULL,
  gate              TEXT NOT NULL,
  principal         TEXT NOT NULL,
  tool              TEXT NOT NULL,
  connection_id     TEXT NOT NULL,
  arguments_sha256  TEXT NOT NULL,
  -- A JSON array, without texts of anybody's.
  reasons           TEXT NOT NULL,
  sealed            TEXT,
  status            TEXT NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'approved', 'refused', 'expired', 'used')),
  created_at        INTEGER NOT NULL,
  expires_at        INTEGER NOT NULL,
  decided_by        TEXT,
  decided_at        INTEGER,
  note              TEXT NOT NULL DEFAULT '',
  used_call_id      TEXT,
  PRIMARY KEY (tenant_id, approval_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- The same call that is asked for again while it is pending is the same approval.
CREATE UNIQUE INDEX approvals_pending
  ON approvals (tenant_id, gate, tool, connection_id, arguments_sha256) WHERE status = 'pending';
-- What a gate reads with its snapshot.
CREATE INDEX approvals_of_gates ON approvals (tenant_id, gate, status);
