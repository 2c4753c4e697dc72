-- Identity providers whose word a tenant takes for its users' consent. `jwks` has
-- public keys alone.
CREATE TABLE trusted_issuers (
  tenant_id   TEXT NOT NULL,
  issuer_id   TEXT NOT NULL,
  issuer      TEXT NOT NULL,
  jwks        TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, issuer_id),
  UNIQUE (tenant_id, issuer),
  FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) STRICT, WITHOUT ROWID;

-- Who a provider's users are here. Whoever is not in it is nobody.
CREATE TABLE issuer_subjects (
  tenant_id     TEXT NOT NULL,
  issuer_id     TEXT NOT NULL,
  subject       TEXT NOT NULL,
  principal_id  TEXT NOT NULL,
  PRIMARY KEY (tenant_id, issuer_id, subject),
  FOREIGN KEY (tenant_id, issuer_id)
    REFERENCES trusted_issuers (tenant_id, issuer_id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, principal_id) REFERENCES users (tenant_id, principal_id)
) STRICT, WITHOUT ROWID;
