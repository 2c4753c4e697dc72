-- Several connections of a kind: a slug tells them apart in tool names. Where
-- there was one connection of a kind, the kind is its slug.
CREATE TABLE connections_with_slug (
  tenant_id      TEXT NOT NULL,
  connection_id  TEXT NOT NULL,
  connector      TEXT NOT NULL,
  slug           TEXT NOT NULL,
  name           TEXT NOT NULL,
  sealed         TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, connection_id),
  UNIQUE (tenant_id, slug),
  FOREIGN KEY (tenant_id, connector) REFERENCES data_keys (tenant_id, connector)
) STRICT, WITHOUT ROWID;

INSERT INTO connections_with_slug
  (tenant_id, connection_id, connector, slug, name, sealed, created_at)
  SELECT tenant_id, connection_id, connector, connector, name, sealed, created_at FROM connections;

DROP TABLE connections;
ALTER TABLE connections_with_slug RENAME TO connections;

-- People of a tenant. How they sign in is not here.
CREATE TABLE users (
  tenant_id     TEXT NOT NULL,
  principal_id  TEXT NOT NULL,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'cfo', 'agent', 'viewer')),
  created_at    INTEGER NOT NULL,
  suspended_at  INTEGER,
  PRIMARY KEY (tenant_id, principal_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- What a user has allowed an assistant: never more than the user may.
-- `permissions` is a JSON array of permission names; `connections` a JSON array
-- of connection ids, or NULL for all.
CREATE TABLE grants (
  tenant_id     TEXT NOT NULL,
  grant_id      TEXT NOT NULL,
  principal_id  TEXT NOT NULL,
  client_id     TEXT NOT NULL,
  client_name   TEXT NOT NULL,
  permissions   TEXT NOT NULL,
  connections   TEXT,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER,
  PRIMARY KEY (tenant_id, grant_id),
  FOREIGN KEY (tenant_id, principal_id) REFERENCES users (tenant_id, principal_id)
) STRICT, WITHOUT ROWID;

-- Tools of another MCP server. `definition` is what the server sent last, and
-- `sha256` its digest; a tool may be called while `approved_sha256` equals it.
CREATE TABLE upstream_tools (
  tenant_id        TEXT NOT NULL,
  connection_id    TEXT NOT NULL,
  name             TEXT NOT NULL,
  definition       TEXT NOT NULL,
  sha256           TEXT NOT NULL,
  seen_at          INTEGER NOT NULL,
  access           TEXT CHECK (access IN ('read', 'write', 'money')),
  class            TEXT CHECK (class IN ('messaging', 'financial', 'crm', 'database', 'documents')),
  approved_sha256  TEXT,
  approved_by      TEXT,
  approved_at      INTEGER,
  PRIMARY KEY (tenant_id, connection_id, name),
  FOREIGN KEY (tenant_id, connection_id)
    REFERENCES connections (tenant_id, connection_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
