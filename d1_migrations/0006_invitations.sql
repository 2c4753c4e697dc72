-- Invitations to set a password: signed, used once, and known by their digest alone.
CREATE TABLE invitations (
  tenant_id      TEXT NOT NULL,
  invitation_id  TEXT NOT NULL,
  user_id        TEXT,
  customer_id    TEXT,
  token_sha256   TEXT NOT NULL,
  created_by     TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  used_at        INTEGER,
  PRIMARY KEY (tenant_id, invitation_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, principal_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, principal_id),
  CHECK ((user_id IS NULL) <> (customer_id IS NULL))
) STRICT, WITHOUT ROWID;
