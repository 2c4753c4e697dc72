-- Data keys have versions: the highest one that is not retired seals, the others
-- open until no connection refers to them. The foreign key of connections holds a
-- version as long as one does. A connection whose credentials were destroyed has
-- neither `sealed` nor a version.
CREATE TABLE data_keys_with_versions (
  tenant_id                   TEXT NOT NULL,
  connector                   TEXT NOT NULL,
  version                     INTEGER NOT NULL,
  wrapped                     TEXT NOT NULL,
  -- As `wrapped` says it: which key-encryption key opens it, and which of the
  -- tenant's erasure keys (0: none, of before there were any).
  key_encryption_key_version  INTEGER NOT NULL,
  erasure_generation          INTEGER NOT NULL DEFAULT 0,
  created_at                  INTEGER NOT NULL,
  retired_at                  INTEGER,
  PRIMARY KEY (tenant_id, connector, version),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

INSERT INTO data_keys_with_versions
  (tenant_id, connector, version, wrapped, key_encryption_key_version, created_at)
  SELECT tenant_id, connector, COALESCE(wrapped ->> '$.version', 1), wrapped,
    COALESCE(wrapped ->> '$.key_encryption_key_version', 1), created_at
  FROM data_keys;

CREATE TABLE connections_with_versions (
  tenant_id         TEXT NOT NULL,
  connection_id     TEXT NOT NULL,
  connector         TEXT NOT NULL,
  slug              TEXT NOT NULL,
  name              TEXT NOT NULL,
  enabled           INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  -- A JSON array; NULL for connections of before there were any: wherever the
  -- credentials say.
  allowed_hosts     TEXT,
  data_key_version  INTEGER,
  sealed            TEXT,
  credentials_at    INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  version           INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, connection_id),
  UNIQUE (tenant_id, slug),
  CHECK ((sealed IS NULL) = (data_key_version IS NULL)),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
  FOREIGN KEY (tenant_id, connector, data_key_version)
    REFERENCES data_keys_with_versions (tenant_id, connector, version)
) STRICT, WITHOUT ROWID;

INSERT INTO connections_with_versions
  (tenant_id, connection_id, connector, slug, name, data_key_version, sealed, credentials_at, created_at)
  SELECT tenant_id, connection_id, connector, slug, name,
    COALESCE(sealed ->> '$.data_key_version', 1), sealed, created_at, created_at
  FROM connections;

-- Its rows would go with the table that they refer to.
CREATE TABLE upstream_tools_again (
  tenant_id            TEXT NOT NULL,
  connection_id        TEXT NOT NULL,
  name                 TEXT NOT NULL,
  definition           TEXT NOT NULL,
  sha256               TEXT NOT NULL,
  seen_at              INTEGER NOT NULL,
  access               TEXT CHECK (access IN ('read', 'write', 'money')),
  class                TEXT CHECK (class IN ('messaging', 'financial', 'crm', 'database', 'documents')),
  approved_sha256      TEXT,
  approved_by          TEXT,
  approved_at          INTEGER,
  approved_definition  TEXT,
  PRIMARY KEY (tenant_id, connection_id, name),
  FOREIGN KEY (tenant_id, connection_id)
    REFERENCES connections_with_versions (tenant_id, connection_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO upstream_tools_again
  (tenant_id, connection_id, name, definition, sha256, seen_at, access, class,
   approved_sha256, approved_by, approved_at, approved_definition)
  SELECT tenant_id, connection_id, name, definition, sha256, seen_at, access, class,
    approved_sha256, approved_by, approved_at, approved_definition
  FROM upstream_tools;

DROP TABLE upstream_tools;
DROP TABLE connections;
DROP TABLE data_keys;
ALTER TABLE data_keys_with_versions RENAME TO data_keys;
ALTER TABLE connections_with_versions RENAME TO connections;
ALTER TABLE upstream_tools_again RENAME TO upstream_tools;
