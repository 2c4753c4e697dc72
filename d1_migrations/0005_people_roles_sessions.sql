-- People of three kinds, roles of a tenant's own, keys with options, sign-ins,
-- settings, flags and support. `version` counts a row's changes: it is the ETag.

ALTER TABLE tenants ADD COLUMN slug TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tenants ADD COLUMN closed_at INTEGER;
ALTER TABLE tenants ADD COLUMN erase_at INTEGER;
ALTER TABLE tenants ADD COLUMN erased_at INTEGER;
-- What people type to sign in; where nobody chose one, the identifier without `t_`.
UPDATE tenants SET slug = replace(substr(tenant_id, 3), '_', '-');
CREATE UNIQUE INDEX tenants_by_slug ON tenants (slug);

-- Sets of permissions that a tenant has named; `permissions` is a JSON array of
-- names. The five built-in roles stand in the code.
CREATE TABLE roles (
  tenant_id    TEXT NOT NULL,
  role         TEXT NOT NULL,
  description  TEXT NOT NULL,
  permissions  TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, role),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Employees. `allow_tables` and `connections` are JSON arrays, or NULL for all.
CREATE TABLE users_next (
  tenant_id      TEXT NOT NULL,
  principal_id   TEXT NOT NULL,
  name           TEXT NOT NULL,
  email          TEXT,
  phone          TEXT,
  password_hash  TEXT,
  role           TEXT NOT NULL,
  connections    TEXT,
  allow_tables   TEXT,
  created_at     INTEGER NOT NULL,
  suspended_at   INTEGER,
  version        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, principal_id),
  UNIQUE (tenant_id, email),
  UNIQUE (tenant_id, phone),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

INSERT INTO users_next (tenant_id, principal_id, name, role, created_at, suspended_at)
  SELECT tenant_id, principal_id, name, role, created_at, suspended_at FROM users;

CREATE TABLE grants_next (
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
  FOREIGN KEY (tenant_id, principal_id) REFERENCES users_next (tenant_id, principal_id)
) STRICT, WITHOUT ROWID;

INSERT INTO grants_next SELECT tenant_id, grant_id, principal_id, client_id, client_name,
  permissions, connections, created_at, expires_at, revoked_at FROM grants;

CREATE TABLE issuer_subjects_next (
  tenant_id     TEXT NOT NULL,
  issuer_id     TEXT NOT NULL,
  subject       TEXT NOT NULL,
  principal_id  TEXT NOT NULL,
  PRIMARY KEY (tenant_id, issuer_id, subject),
  FOREIGN KEY (tenant_id, issuer_id)
    REFERENCES trusted_issuers (tenant_id, issuer_id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, principal_id) REFERENCES users_next (tenant_id, principal_id)
) STRICT, WITHOUT ROWID;

INSERT INTO issuer_subjects_next
  SELECT tenant_id, issuer_id, subject, principal_id FROM issuer_subjects;

-- Children before their parent; renaming the parent renames it in their keys.
DROP TABLE issuer_subjects;
DROP TABLE grants;
DROP TABLE users;
ALTER TABLE users_next RENAME TO users;
ALTER TABLE grants_next RENAME TO grants;
ALTER TABLE issuer_subjects_next RENAME TO issuer_subjects;

-- End customers of a tenant, bound to the number that its systems know them by.
CREATE TABLE customers (
  tenant_id        TEXT NOT NULL,
  principal_id     TEXT NOT NULL,
  customer_number  TEXT NOT NULL,
  name             TEXT NOT NULL,
  email            TEXT,
  phone            TEXT,
  password_hash    TEXT,
  created_at       INTEGER NOT NULL,
  suspended_at     INTEGER,
  version          INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, principal_id),
  UNIQUE (tenant_id, customer_number),
  UNIQUE (tenant_id, email),
  UNIQUE (tenant_id, phone),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Either a role, whose permissions may change, or permissions of the key's own.
-- `created_by` is the principal who made it, `rotated_to` the key that follows it.
CREATE TABLE api_keys_next (
  tenant_id       TEXT NOT NULL,
  key_id          TEXT NOT NULL,
  principal_id    TEXT NOT NULL,
  name            TEXT NOT NULL,
  role            TEXT,
  permissions     TEXT,
  connections     TEXT,
  address_ranges  TEXT,
  token_sha256    TEXT NOT NULL,
  created_by      TEXT,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  revoked_at      INTEGER,
  last_used_at    INTEGER,
  rotated_to      TEXT,
  version         INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, key_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
  CHECK ((role IS NULL) <> (permissions IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO api_keys_next
  (tenant_id, key_id, principal_id, name, role, token_sha256, created_at, expires_at, revoked_at)
  SELECT tenant_id, key_id, principal_id, name, role, token_sha256, created_at, expires_at,
    revoked_at FROM api_keys;

DROP TABLE api_keys;
ALTER TABLE api_keys_next RENAME TO api_keys;

-- What a platform admin may do for a tenant, for a while, because its Admin said so.
CREATE TABLE support_grants (
  tenant_id    TEXT NOT NULL,
  grant_id     TEXT NOT NULL,
  permissions  TEXT NOT NULL,
  reason       TEXT NOT NULL,
  granted_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  PRIMARY KEY (tenant_id, grant_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Sign-ins: of an employee, of a customer, or of a platform admin under a support
-- grant. The refresh token is stored as its SHA-256 and replaced at each use.
CREATE TABLE sessions (
  tenant_id         TEXT NOT NULL,
  session_id        TEXT NOT NULL,
  user_id           TEXT,
  customer_id       TEXT,
  support_grant_id  TEXT,
  admin_id          TEXT,
  refresh_sha256    TEXT,
  created_at        INTEGER NOT NULL,
  expires_at        INTEGER NOT NULL,
  revoked_at        INTEGER,
  PRIMARY KEY (tenant_id, session_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, principal_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, principal_id),
  FOREIGN KEY (tenant_id, support_grant_id) REFERENCES support_grants (tenant_id, grant_id),
  CHECK ((user_id IS NOT NULL) + (customer_id IS NOT NULL) + (support_grant_id IS NOT NULL) = 1),
  CHECK ((admin_id IS NULL) = (support_grant_id IS NULL))
) STRICT, WITHOUT ROWID;

-- A tenant's settings: a JSON document that fits the schema of the code.
CREATE TABLE tenant_settings (
  tenant_id  TEXT NOT NULL PRIMARY KEY,
  document   TEXT NOT NULL,
  version    INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Where a tenant differs from a feature's default.
CREATE TABLE feature_flags (
  tenant_id   TEXT NOT NULL,
  flag        TEXT NOT NULL,
  enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  changed_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, flag),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- The platform's own tables: whoever runs it, and the keys that sign tokens.
CREATE TABLE platform_admins (
  admin_id       TEXT NOT NULL PRIMARY KEY,
  name           TEXT NOT NULL,
  email          TEXT NOT NULL UNIQUE,
  password_hash  TEXT,
  created_at     INTEGER NOT NULL,
  suspended_at   INTEGER,
  version        INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

-- A sign-in (with a refresh token) or a key (with the digest of its one token).
CREATE TABLE platform_sessions (
  session_id      TEXT NOT NULL PRIMARY KEY,
  admin_id        TEXT NOT NULL REFERENCES platform_admins (admin_id),
  name            TEXT,
  token_sha256    TEXT,
  refresh_sha256  TEXT,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  revoked_at      INTEGER
) STRICT, WITHOUT ROWID;

-- Keys that sign tokens, beside the first one, which is a secret of the
-- deployment. `sealed` is the private half, encrypted; NULL for a key that only
-- verifies. A key verifies until `verifies_until`.
CREATE TABLE signing_keys (
  kid             TEXT NOT NULL PRIMARY KEY,
  public_key      TEXT NOT NULL,
  sealed          TEXT,
  created_at      INTEGER NOT NULL,
  verifies_until  INTEGER
) STRICT, WITHOUT ROWID;
