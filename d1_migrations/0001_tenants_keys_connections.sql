-- Tenant configuration. Every table of a tenant has tenant_id first in its
-- primary key and in every foreign key: a row cannot point across tenants.

CREATE TABLE tenants (
  tenant_id   TEXT NOT NULL PRIMARY KEY,
  name        TEXT NOT NULL,
  plan        TEXT NOT NULL CHECK (plan IN ('free', 'starter', 'business', 'enterprise')),
  status      TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- API keys. The token itself is shown once and never stored; token_sha256 ties
-- the row to the one token that was issued.
CREATE TABLE api_keys (
  tenant_id     TEXT NOT NULL,
  key_id        TEXT NOT NULL,
  principal_id  TEXT NOT NULL,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'cfo', 'agent', 'viewer')),
  token_sha256  TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER,
  PRIMARY KEY (tenant_id, key_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- One data key per tenant and connector, wrapped by that connector's
-- key-encryption key, which is nowhere in this database.
CREATE TABLE data_keys (
  tenant_id   TEXT NOT NULL,
  connector   TEXT NOT NULL,
  wrapped     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, connector),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- A tenant's connected systems; `sealed` holds ciphertext only.
CREATE TABLE connections (
  tenant_id      TEXT NOT NULL,
  connection_id  TEXT NOT NULL,
  connector      TEXT NOT NULL,
  name           TEXT NOT NULL,
  sealed         TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, connection_id),
  UNIQUE (tenant_id, connector),
  FOREIGN KEY (tenant_id, connector) REFERENCES data_keys (tenant_id, connector)
) STRICT, WITHOUT ROWID;
