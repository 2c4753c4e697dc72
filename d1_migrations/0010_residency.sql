-- Where a tenant's calls may run; without a row, anywhere.
CREATE TABLE residency_promises (
  tenant_id    TEXT NOT NULL PRIMARY KEY,
  residency    TEXT NOT NULL,
  enforcement  TEXT NOT NULL CHECK (enforcement IN ('prefer', 'require')),
  changed_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Which systems get which data, where, and on which legal ground. An entry outlives
-- the connection that it names: that data went there stays true.
CREATE TABLE transfers (
  tenant_id       TEXT NOT NULL,
  transfer_id     TEXT NOT NULL,
  system          TEXT NOT NULL,
  connection_id   TEXT,
  vendor          TEXT NOT NULL,
  vendor_region   TEXT NOT NULL,
  vendor_country  TEXT NOT NULL,
  -- JSON arrays.
  data_classes    TEXT NOT NULL,
  legal_grounds   TEXT NOT NULL,
  note            TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  changed_at      INTEGER NOT NULL,
  version         INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, transfer_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;
